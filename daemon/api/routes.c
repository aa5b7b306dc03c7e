/* routes.c - every URL, in the order of doc/api.md and doc/protocol.md. */
#include "api/handlers.h"

#include <string.h>

#define JSON  "application/json"
#define NPZ   "application/octet-stream"
#define V1    "/api/v1"
#define JOB   V1 "/jobs/{id}"
#define AT    JOB "/checkpoints/{time}"
#define LEASE "/internal/leases/{lease}"

/* clang-format off */
static const struct route routes[] = {
    { "GET",    "/",                        page_show,          0, NULL, false, false, false },
    { "GET",    "/healthz",                 health_live,        0, NULL, false, false, false },
    { "GET",    "/readyz",                  health_ready,       0, NULL, false, false, false },
    { "GET",    "/metrics",                 prometheus_show,    0, NULL, false, false, false },
    { "GET",    V1 "/version",              version_show,       0, NULL, false, false, false },
    { "GET",    V1 "/openapi.json",         openapi_show,       0, NULL, false, false, false },
    { "GET",    V1 "/presets",              presets_list,       0, NULL, false, false, false },
    { "GET",    V1 "/presets/{name}",       presets_show,       0, NULL, false, false, false },
    { "GET",    V1 "/devices",              devices_list,       0, NULL, false, false, false },
    { "GET",    V1 "/schema/job",           schema_show,        0, NULL, false, false, false },
    { "POST",   V1 "/jobs",                 jobs_submit,        BODY_JSON_MAX, JSON, false, false, false },
    { "GET",    V1 "/jobs",                 jobs_list,          0, NULL, false, false, false },
    { "GET",    JOB,                        jobs_show,          0, NULL, false, false, true },
    { "PATCH",  JOB,                        jobs_change,        BODY_JSON_MAX, JSON, false, false, false },
    { "DELETE", JOB,                        jobs_delete,        0, NULL, false, false, false },
    { "POST",   JOB "/cancel",              jobs_cancel,        BODY_JSON_MAX, JSON, true, false, false },
    { "POST",   JOB "/pause",               jobs_pause,         BODY_JSON_MAX, JSON, true, false, false },
    { "POST",   JOB "/resume",              jobs_resume,        BODY_JSON_MAX, JSON, true, false, false },
    { "POST",   JOB "/retry",               jobs_retry,         BODY_JSON_MAX, JSON, true, false, false },
    { "POST",   V1 "/sweeps",               sweeps_submit,      BODY_JSON_MAX, JSON, false, false, false },
    { "GET",    V1 "/sweeps",               sweeps_list,        0, NULL, false, false, false },
    { "GET",    V1 "/sweeps/{id}",          sweeps_show,        0, NULL, false, false, false },
    { "GET",    JOB "/metrics",             metrics_show,       0, NULL, false, false, false },
    { "GET",    V1 "/metrics.csv",          metrics_many,       0, NULL, false, false, false },
    { "GET",    JOB "/traces",              traces_show,        0, NULL, false, false, false },
    { "GET",    JOB "/spikes.npz",          spikes_show,        0, NULL, false, false, false },
    { "GET",    JOB "/rates",               rates_show,         0, NULL, false, false, false },
    { "GET",    JOB "/log",                 log_show,           0, NULL, false, false, false },
    { "GET",    JOB "/checkpoints",         checkpoints_list,   0, NULL, false, false, false },
    { "GET",    AT "/weights.npz",          checkpoint_weights, 0, NULL, false, false, false },
    { "GET",    AT "/weights/{layer}.npy",  checkpoint_dense,   0, NULL, false, false, false },
    { "GET",    AT "/histogram",            checkpoint_histogram, 0, NULL, false, false, false },
    { "GET",    AT "/tile",                 checkpoint_tile,    0, NULL, false, false, false },
    { "GET",    AT "/{array}.npy",          checkpoint_array,   0, NULL, false, false, false },
    { "POST",   V1 "/arrays",               arrays_add,         BODY_ARRAYS_MAX, NULL, false, true, false },
    { "GET",    V1 "/arrays",               arrays_list,        0, NULL, false, false, false },
    { "GET",    V1 "/arrays/{sha256}",      arrays_show,        0, NULL, false, false, true },
    { "DELETE", V1 "/arrays/{sha256}",      arrays_delete,      0, NULL, false, false, false },
    { "GET",    V1 "/events",               events_listen,      0, NULL, false, false, false },
    { "POST",   "/internal/devices",        device_tell,        BODY_JSON_MAX, JSON, false, false, true },
    { "POST",   "/internal/leases",         lease_take,         BODY_JSON_MAX, JSON, false, false, true },
    { "GET",    LEASE "/checkpoint",        lease_checkpoint,   0, NULL, false, false, true },
    { "POST",   LEASE "/reports/{sequence}",lease_report,       BODY_REPORT_MAX, NPZ, false, false, true },
    { "GET",    "/internal/jobs/{id}/checkpoints/{step}", checkpoint_raw, 0, NULL, false, false, true },
    { "GET",    "/{file}",                  page_file,          0, NULL, false, false, false },
};
/* clang-format on */

bool
route_is_guarded(const char *path)
{
    return strncmp(path, "/api", 4) == 0 ||
           strncmp(path, "/internal", 9) == 0 || strcmp(path, "/metrics") == 0;
}

/* Compares one segment with its pattern: text, or text around one {name}. */
static bool
segment_matches(const char *pattern, size_t pattern_size, const char *text,
                size_t size, char **capture)
{
    const char *open = memchr(pattern, '{', pattern_size);
    if (!open)
        return pattern_size == size && memcmp(pattern, text, size) == 0;
    const char *close = memchr(pattern, '}', pattern_size);
    size_t tail = (size_t)(pattern + pattern_size - (close + 1));
    if (size <= tail || memcmp(text + size - tail, close + 1, tail) != 0)
        return false;
    *capture = (char *)text; /* cut off by route_cut() */
    return true;
}

/* Whether `path` fits `pattern`; where {…} begins goes to `captures`. */
static bool
route_matches(const char *pattern, const char *path,
              char *captures[REQUEST_CAPTURES_MAX])
{
    size_t found = 0;
    while (*pattern == '/' && *path == '/') {
        size_t want = strcspn(++pattern, "/"), size = strcspn(++path, "/");
        char *capture = NULL;
        if (!segment_matches(pattern, want, path, size, &capture))
            return false;
        if (capture)
            captures[found++] = capture;
        pattern += want;
        path += size;
    }
    while (found < REQUEST_CAPTURES_MAX)
        captures[found++] = NULL;
    return *pattern == '\0' && *path == '\0';
}

/* Ends every capture where its segment, or the pattern's suffix, begins. */
static void
route_cut(const struct route *route, char *captures[REQUEST_CAPTURES_MAX])
{
    const char *pattern = route->pattern;
    for (size_t i = 0; i < REQUEST_CAPTURES_MAX && captures[i]; i++) {
        pattern = strchr(pattern, '}') + 1;
        size_t tail = strcspn(pattern, "/");
        size_t size = strcspn(captures[i], "/");
        captures[i][size - tail] = '\0';
    }
}

static bool
method_matches(const char *wanted, const char *method)
{
    return strcmp(wanted, method) == 0 ||
           (strcmp(wanted, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

enum status
route_find(struct request *request, struct response *response,
           struct error *err)
{
    char allow[64] = "";
    for (size_t i = 0; i < ARRAY_LENGTH(routes); i++) {
        const struct route *route = &routes[i];
        char *captures[REQUEST_CAPTURES_MAX] = {NULL};
        if (!route_matches(route->pattern, request->path, captures))
            continue;
        if (method_matches(route->method, request->method)) {
            route_cut(route, captures);
            memcpy(request->captures, captures, sizeof(captures));
            request->route = route;
            return OK;
        }
        size_t used = strlen(allow);
        snprintf(allow + used, sizeof(allow) - used, "%s%s%s", used ? ", " : "",
                 route->method, strcmp(route->method, "GET") ? "" : ", HEAD");
    }
    response->close = true;
    if (!allow[0])
        return problem_set(response, PROBLEM_NOT_FOUND, err,
                           "there is nothing at this address");
    response_header(response, "Allow", "%s", allow);
    return problem_set(response, PROBLEM_METHOD, err, "this address answers %s",
                       allow);
}
