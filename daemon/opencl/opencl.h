/* opencl.h - one device, its memory and its programs.
 *
 * The only room that says cl*. Knows nothing of networks: bytes go in, kernels
 * run, bytes come out. A process opens one device and gives it up when
 * anything on it fails, because a driver rarely recovers.
 * Above: engine, worker. Below: base.
 *
 * Errors: NOT_FOUND no such device, NO_MEMORY none is left, TOO_LARGE there was
 * never as much, UNAVAILABLE the device is lost, FAILED anything else; the text
 * names the call and its code. */
#ifndef FOLLOWD_OPENCL_H
#define FOLLOWD_OPENCL_H

#include "base/base.h"

/* What is known of a device without opening it. */
struct opencl_device {
    char id[16]; /* "gpu0", "cpu0": the order in which they are found */
    bool gpu;
    char name[128]; /* as the driver says it                             */
    char vendor[128];
    char driver[128];    /* driver version                                    */
    char platform[128];  /* platform name and version                         */
    uint64_t memory;     /* bytes                                             */
    unsigned units;      /* compute units: multiprocessors or cores           */
    unsigned group_most; /* work-items in a work-group                        */
    unsigned width_f32;  /* lanes of a native vector of float                 */
    unsigned width_f64;  /* ... of double, 0: no double precision             */
    bool nvidia;         /* warps of 32 and PTX                               */
};

/* All devices, GPUs first; none is no error. `list` is [owned], free(). */
MUST_USE enum status opencl_devices(struct opencl_device **list, size_t *count,
                                    struct error *err);

struct opencl; /* one opened device with one in-order queue */

/* `id` of a device, or "any" for the first of the list. */
MUST_USE enum status opencl_open(const char *id, struct opencl **out,
                                 struct error *err);
void opencl_close(struct opencl *cl);
const struct opencl_device *opencl_device(const struct opencl *cl);
/* Waits until everything enqueued is done. */
MUST_USE enum status opencl_finish(struct opencl *cl, struct error *err);

/* ---- memory -------------------------------------------------------------- */

struct buffer;

/* Zeroed device memory of at least one byte; close it before its device. */
MUST_USE enum status buffer_new(struct opencl *cl, size_t size,
                                struct buffer **out, struct error *err);
void buffer_free(struct buffer *buffer);
size_t buffer_size(const struct buffer *buffer);
/* Makes it all zero, enqueued in order. */
MUST_USE enum status buffer_clear(struct buffer *buffer, struct error *err);

/* Copies, enqueued in order. `host` must stay as it is until the next
 * opencl_finish(). */
MUST_USE enum status buffer_write(struct buffer *buffer, size_t offset,
                                  const void *host, size_t size,
                                  struct error *err);
MUST_USE enum status buffer_read(struct buffer *buffer, size_t offset,
                                 void *host, size_t size, struct error *err);
/* The same for the first `size` bytes of each of `rows` rows, which begin at 0
 * and are `pitch` bytes apart, here and there. */
MUST_USE enum status buffer_write_rows(struct buffer *buffer, const void *host,
                                       size_t size, size_t pitch, size_t rows,
                                       struct error *err);
MUST_USE enum status buffer_read_rows(struct buffer *buffer, void *host,
                                      size_t size, size_t pitch, size_t rows,
                                      struct error *err);

struct staging;

/* Memory of the host, of at least one byte, that is copied from and to faster
 * than any other; close it before its device. */
MUST_USE enum status staging_new(struct opencl *cl, size_t size,
                                 struct staging **out, struct error *err);
void staging_free(struct staging *staging);
void *staging_bytes(const struct staging *staging); /* [borrowed] */

/* ---- programs ------------------------------------------------------------ */

struct program; /* one built kernel with its arguments */

/* Keeps what is built from now on in files of this folder [borrowed], NULL: in
 * this process alone. PoCL and NVIDIA's driver keep them by themselves. */
void opencl_keep_programs(struct opencl *cl, const char *folder);
bool opencl_keeps_programs(const struct opencl *cl); /* the driver does      */
/* Builds the `sources`, in order, with `options` and takes the kernel `name`
 * from them. A build failure's text ends with the compiler's log. */
MUST_USE enum status program_build(struct opencl *cl,
                                   const char *const *sources, size_t count,
                                   const char *options, const char *name,
                                   struct program **out, struct error *err);
void program_free(struct program *program);

MUST_USE enum status program_set_int(struct program *program, unsigned index,
                                     int value, struct error *err);
MUST_USE enum status program_set_buffer(struct program *program, unsigned index,
                                        struct buffer *buffer,
                                        struct error *err);
/* Enqueues `groups` work-groups of `items` work-items and starts them. */
MUST_USE enum status program_run(struct program *program, size_t groups,
                                 size_t items, struct error *err);
/* How long the last run took on the device, once it is over; 0: not known. */
double program_seconds(const struct program *program);

#endif
