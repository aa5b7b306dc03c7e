/* unfit.c - a device has no memory for a job: it is tried there again after a
 * while, longer each time; or, where it will never fit, another device has to
 * take it. */
#include "queue/queue_private.h"

#include <stdio.h>
#include <stdlib.h>

#define SERVES_MS 120000 /* a device that was seen so lately is in service */

static enum status
unfit_never(struct store *store, const struct lease *lease, int64_t now,
            struct release *out, struct error *err)
{
    bool elsewhere;
    enum status status =
        unfit_elsewhere(store, lease->job, now - SERVES_MS, &elsewhere, err);
    if (!elsewhere)
        out->event = EVENT_FAILED;
    snprintf(out->reason, sizeof out->reason,
             elsewhere ? "it does not fit %s of %s, and waits for another "
                         "device: %s"
                       : "it does not fit %s of %s, nor any other device that "
                         "serves: %s",
             lease->device, lease->host, out->why);
    return status;
}

enum status
unfit_tell(struct store *store, const struct lease *lease, enum fitness fits,
           struct release *out, struct error *err)
{
    int64_t until, now = clock_now_ms();
    enum status status =
        unfit_add(store, lease->job, lease->host, lease->device,
                  fits == FITS_NEVER, &until, err);
    if (status != OK)
        return status;
    if (fits == FITS_NEVER)
        return unfit_never(store, lease, now, out, err);
    snprintf(out->reason, sizeof out->reason,
             "%s of %s has no memory for it now, it is tried there again in "
             "%g s: %s",
             lease->device, lease->host, (double)(until - now) / 1000,
             out->why);
    return OK;
}

enum status
unfit_look(struct queue *queue, struct store *store, struct error *err)
{
    int64_t *ids, now = clock_now_ms();
    size_t count;
    enum status status =
        unfit_over(store, queue->looked_at, now, &ids, &count, err);
    if (status != OK)
        return status;
    queue->looked_at = now;
    for (size_t i = 0; i < count; i++)
        queue_notify(queue, ids[i]);
    free(ids);
    return OK;
}
