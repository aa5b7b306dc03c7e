/* matrix.h - a weight matrix W (N_rec, N_pre), row by row.
 *
 *   W = mask (kept W0 + E D)     or W itself, where it is held by itself
 *
 * E is scaled_encoders_rec (N_rec, d), D is D_ff (d, N_ff) or D_rec (d, N_rec).
 * Element (i, j) is a sum of d products in float64, taken in the order of d, to
 * which the fixed weight is added, if the job has any, so that any part has the
 * same bits whenever and in whatever pieces it is asked for. */
#ifndef FOLLOWD_API_MATRIX_H
#define FOLLOWD_API_MATRIX_H

#include "api/weights.h"
#include "lineage/lineage.h"

enum layer { LAYER_FF, LAYER_REC, LAYERS };
/* "ff" or "rec"; NOT_FOUND. */
MUST_USE enum status layer_parse(const char *name, enum layer *out,
                                 struct error *err);

struct matrix {
    size_t rows, columns, d;
    double *encoders; /* E [rows][d] [owned]                                  */
    double *factor;   /* D [d][columns] [owned]                               */
    double *fixed;    /* W0 [rows][columns], or NULL [owned]                  */
    double kept;      /* the part of it that has not decayed                  */
    unsigned char *mask; /* [rows][columns] 0 or 1, or NULL: all [owned]      */
    struct npz *learned; /* what `whole` is in [owned]                        */
    const struct npz_array *whole; /* W itself, [columns][rows]; or NULL      */
};

/* Takes what it needs out of `weights`, which stays open. */
MUST_USE enum status matrix_open(struct store *store, struct weights *weights,
                                 enum layer layer, struct matrix **out,
                                 struct error *err);
/* That of the checkpoint that a request names, whose network must be known.
 * weights_close() the weights, also after a failure. */
MUST_USE enum status matrix_ask(const struct request *request, enum layer layer,
                                struct weights *weights, struct matrix **out,
                                struct error *err);
void matrix_close(struct matrix *matrix);
/* Elements [from, end) of row i, to out[from], ... */
void matrix_row(const struct matrix *matrix, size_t i, size_t from, size_t end,
                double *out);

/* W0 and mask of a job, made anew; all NULL when its weights are E D alone, or
 * held by themselves. connections_free() them, also after a failure. */
MUST_USE enum status weights_anew(struct store *store,
                                  const struct weights *weights,
                                  struct connections *out, struct error *err);
/* line.c: the job and those it went on from. lineage_free() it, also after a
 * failure. */
MUST_USE enum status line_load(struct store *store, const struct job *job,
                               struct lineage *out, struct error *err);

#endif
