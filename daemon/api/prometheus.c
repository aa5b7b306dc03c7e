/* prometheus.c - the daemon in numbers, in Prometheus' text format 0.0.4. */
#include "api/handlers.h"
#include "api/traffic.h"
#include "queue/queue.h"

#include "version.h"

#include <stdlib.h>
#include <unistd.h>

#define ACTIVE_MOST 256 /* jobs that are told one by one */

static enum status
head(struct bytes *out, const char *name, const char *type, const char *help)
{
    return bytes_printf(out, "# HELP followd_%s %s\n# TYPE followd_%s %s\n",
                        name, help, name, type);
}

/* One number without labels. */
static enum status
gauge(struct bytes *out, const char *name, const char *help, double value)
{
    enum status status = head(out, name, "gauge", help);
    return status ? status
                  : bytes_printf(out, "followd_%s %.17g\n", name, value);
}

static enum status
tell_jobs(struct store *store, struct bytes *out, struct error *err)
{
    int64_t count[JOB_STATES];
    enum status status = job_count(store, count, err);
    if (status == OK)
        status = head(out, "jobs", "gauge", "Jobs, by state.");
    for (int i = 0; status == OK && i < JOB_STATES; i++)
        status = bytes_printf(out, "followd_jobs{state=\"%s\"} %lld\n",
                              job_state_name((enum job_state)i),
                              (long long)count[i]);
    return status;
}

/* Of jobs that run: how far they are, and how fast. */
static enum status
tell_running(struct store *store, struct bytes *out, struct error *err)
{
    struct job_filter filter = {.state = job_state_name(JOB_RUNNING),
                                .limit = ACTIVE_MOST};
    struct job *list = NULL;
    size_t count = 0;
    enum status status = job_list(store, &filter, &list, &count, err);
    if (status == OK)
        status = head(out, "job_progress_ratio", "gauge",
                      "Simulated part of a job that runs, 0 to 1.");
    for (size_t i = 0; status == OK && i < count; i++)
        status =
            bytes_printf(out, "followd_job_progress_ratio{job=\"%lld\"} %.9g\n",
                         (long long)list[i].id,
                         list[i].total > 0 ? list[i].done / list[i].total : 0);
    if (status == OK)
        status = head(out, "job_rate_ratio", "gauge",
                      "Simulated seconds per second of a job that runs.");
    for (size_t i = 0; status == OK && i < count; i++)
        status =
            bytes_printf(out, "followd_job_rate_ratio{job=\"%lld\"} %.9g\n",
                         (long long)list[i].id, list[i].rate);
    job_list_free(list, count);
    return status;
}

static enum status
tell_devices(struct store *store, struct bytes *out, struct error *err)
{
    struct device *list = NULL;
    size_t count = 0;
    int64_t held = 0;
    enum status status = device_list(store, &list, &count, err);
    free(list);
    if (status == OK)
        status = queue_held(store, &held, err);
    if (status == OK)
        status = gauge(out, "devices", "Devices that workers came with.",
                       (double)count);
    return status ? status
                  : gauge(out, "leases", "Jobs that workers have now.",
                          (double)held);
}

static enum status
tell_space(struct store *store, struct bytes *out, struct error *err)
{
    struct space space = {0};
    enum status status = space_look(store, &space, err);
    if (status == OK)
        status = gauge(out, "database_bytes", "Size of the database.",
                       (double)space.size);
    if (status == OK)
        status = gauge(out, "database_unused_bytes",
                       "Bytes of the database that hold nothing.",
                       (double)space.unused);
    return status
               ? status
               : gauge(out, "disk_free_bytes",
                       "Room on the disk of the database.", (double)space.free);
}

static enum status
tell_traffic(const struct traffic *traffic, struct bytes *out)
{
    uint64_t sum = 0;
    enum status status =
        head(out, "http_requests_total", "counter", "Answers, by kind.");
    for (int i = 1; status == OK && i < TRAFFIC_KINDS; i++)
        status = bytes_printf(
            out, "followd_http_requests_total{code=\"%dxx\"} %llu\n", i,
            (unsigned long long)traffic->kinds[i]);
    if (status == OK)
        status = head(out, "http_request_seconds", "histogram",
                      "Time from a request's first byte to its answer, waiting "
                      "for changes not counted.");
    for (int i = 0; status == OK && i < TRAFFIC_BUCKETS; i++) {
        sum += traffic->buckets[i];
        status = bytes_printf(
            out, "followd_http_request_seconds_bucket{le=\"%s\"} %llu\n",
            traffic_edge(i), (unsigned long long)sum);
    }
    if (status == OK)
        status = bytes_printf(out,
                              "followd_http_request_seconds_sum %.9g\n"
                              "followd_http_request_seconds_count %llu\n",
                              (double)traffic->microseconds * 1e-6,
                              (unsigned long long)sum);
    return status ? status
                  : gauge(out, "http_connections", "Connections that stand.",
                          (double)traffic->connections);
}

/* Of this process: its memory, from /proc; nothing where there is none. */
static enum status
tell_process(struct bytes *out)
{
    struct bytes text = {0};
    struct error ignored;
    enum status status = OK;
    char *pages = NULL;
    if (file_read("/proc/self/statm", 4096, &text, &ignored) == OK)
        strtoull((char *)text.data, &pages, 10);
    if (pages)
        status = gauge(out, "resident_memory_bytes", "Memory of the daemon.",
                       (double)strtoull(pages, NULL, 10) *
                           (double)sysconf(_SC_PAGESIZE));
    bytes_free(&text);
    return status;
}

enum status
prometheus_show(struct request *request, struct response *response,
                struct error *err)
{
    static const char *const known[] = {NULL};
    struct bytes *out = &response->body;
    struct traffic traffic;
    enum status status = request_only(request, known, err);
    if (status == OK)
        status = head(out, "build_info", "gauge", "1; its labels tell.");
    if (status == OK)
        status = bytes_printf(
            out, "followd_build_info{version=\"%s\",git=\"%s\"} 1\n",
            FOLLOWD_VERSION, FOLLOWD_GIT);
    if (status == OK)
        status = tell_jobs(request->store, out, err);
    if (status == OK)
        status = tell_running(request->store, out, err);
    if (status == OK)
        status = tell_devices(request->store, out, err);
    if (status == OK)
        status = tell_space(request->store, out, err);
    traffic_copy(request->api, &traffic);
    if (status == OK)
        status = tell_traffic(&traffic, out);
    if (status == OK)
        status = tell_process(out);
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return status;
}
