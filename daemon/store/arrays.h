/* arrays.h - what users have uploaded: npz files beside the database, and rows
 * about them. Part of the store's door, included by store.h.
 *
 * A file is at its place before its row is there, and its row is gone before
 * the file goes; array_sweep() takes away what is between. */
#ifndef FOLLOWD_STORE_ARRAYS_H
#define FOLLOWD_STORE_ARRAYS_H

#include "base/base.h"

struct store;

/* ---- upload.c ----------------------------------------------------------- */

/* Bytes on their way in, in a file that goes with them unless array_save() has
 * kept it. Needs no transaction. */
struct upload;
MUST_USE enum status upload_open(const struct store *, struct upload **out,
                                 struct error *);
MUST_USE enum status upload_append(struct upload *, const void *data,
                                   size_t size, struct error *);
size_t upload_size(const struct upload *upload); /* bytes */
/* All bytes so far [borrowed], until upload_close(). At least one. */
MUST_USE enum status upload_view(struct upload *, const void **data,
                                 struct error *);
void upload_close(struct upload *upload);

/* ---- array.c ------------------------------------------------------------ */

struct array {
    char sha256[SHA256_HEX_SIZE]; /* of the npz */
    int64_t size;                 /* bytes of npz */
    char *content;                /* JSON, as given to array_save() [owned] */
    char *jobs;                   /* JSON list of those that take it [owned] */
    int64_t created_at;
};
void array_clear(struct array *array);

/* Keeps what was uploaded; `*created` false when it was there. */
MUST_USE enum status array_save(struct store *, struct upload *,
                                const char *content,
                                char sha256[SHA256_HEX_SIZE], bool *created,
                                struct error *);
/* NOT_FOUND. */
MUST_USE enum status array_load(struct store *, const char *sha256,
                                struct array *, struct error *);
/* The newest first. `*list` [owned], array_list_free(). */
MUST_USE enum status array_list(struct store *, int64_t limit, int64_t offset,
                                struct array **list, size_t *count,
                                struct error *);
void array_list_free(struct array *list, size_t count);
/* A descriptor [owned] to read the npz from. CORRUPT when it is not as long as
 * it was. */
MUST_USE enum status array_open(struct store *, const char *sha256, int *out,
                                struct error *);
/* The row; array_sweep() takes the file. NOT_FOUND; CONFLICT, with their
 * numbers, while jobs take it. */
MUST_USE enum status array_remove(struct store *, const char *sha256,
                                  struct error *);
/* From now on the job takes it. CONFLICT when there is none. */
MUST_USE enum status array_use(struct store *, int64_t job, const char *sha256,
                               struct error *);
/* Takes files without a row away; with `uploads`, those on their way in, too.
 * In a transaction, so that nothing is being kept. */
MUST_USE enum status array_sweep(struct store *, bool uploads, struct error *);

#endif
