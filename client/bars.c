/* bars.c - jobs that are followed, as bars on a terminal. */
#include "client/watch_private.h"

#include <stdlib.h>
#include <string.h>

/* What people look at first: what runs, then what ended otherwise than well,
 * then what waits. */
static int
rank(const struct watched *job)
{
    if (!job_is_over(&job->view))
        return strcmp(job->view.state, "queued") == 0 ? 2 : 0;
    return job_is_good(&job->view) ? 3 : 1;
}

/* Marks the jobs that have a bar, at most `most` of them. */
static size_t
bars_choose(const struct watch *watch, size_t most, bool *chosen)
{
    size_t count = 0;

    for (int turn = 0; turn <= 3; turn++)
        for (size_t i = 0; i < watch->count && count < most; i++)
            if (rank(&watch->jobs[i]) == turn) {
                chosen[i] = true;
                count++;
            }
    return count;
}

static enum status
rest_write(const struct watch *watch, const bool *chosen, size_t count,
           struct bytes *out)
{
    size_t waiting = 0, over = 0;

    for (size_t i = 0; i < watch->count; i++) {
        bool ended = job_is_over(&watch->jobs[i].view);
        waiting += !chosen[i] && !ended;
        over += !chosen[i] && ended;
    }
    return bytes_printf(out, "\rand %zu more: %zu to come, %zu over\033[K\n",
                        watch->count - count, waiting, over);
}

static enum status
bars_write(struct watch *watch, bool *chosen, struct bytes *out)
{
    size_t rows = watch->look.rows > 3 ? (size_t)watch->look.rows - 1 : 2;
    bool all = watch->count <= rows;
    size_t count = bars_choose(watch, all ? rows : rows - 1, chosen);
    enum status status = OK;

    if (watch->drawn)
        status = bytes_printf(out, "\033[%zuA", watch->drawn);
    for (size_t i = 0; status == OK && i < watch->count; i++) {
        if (!chosen[i])
            continue;
        status = bytes_printf(out, "\r");
        if (status == OK)
            status = progress_line(&watch->jobs[i].view, &watch->look,
                                   clock_now_ms(), out);
        if (status == OK)
            status = bytes_printf(out, "\033[K\n");
    }
    if (status == OK && !all)
        status = rest_write(watch, chosen, count, out);
    watch->drawn = count + !all;
    return status;
}

void
bars_draw(struct watch *watch)
{
    struct bytes out = {0};
    bool *chosen = memory_array(watch->count, sizeof(*chosen));

    for (size_t i = 0; watch->count > 1 && i < watch->count; i++)
        if (text_width(watch->jobs[i].view.name) > watch->look.label)
            watch->look.label = text_width(watch->jobs[i].view.name);
    if (chosen && bars_write(watch, chosen, &out) == OK)
        fwrite(out.data, 1, out.size, watch->file);
    fflush(watch->file);
    bytes_free(&out);
    free(chosen);
}
