/* about.c - the daemon itself, and what it can do. */
#include "api/handlers.h"
#include "api/json.h"
#include "spec/spec.h"

#include "embedded_schema.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

enum status
health_live(struct request *request, struct response *response,
            struct error *err)
{
    enum status status = request_bare(request, err);
    return status ? status
                  : response_json(response, 200,
                                  json_pack("{s:s}", "status", "ok"), err);
}

/* Ready: the store answers and work is handed out. */
enum status
health_ready(struct request *request, struct response *response,
             struct error *err)
{
    int64_t count[JOB_STATES];
    enum status status = request_bare(request, err);
    if (status)
        return status;
    if (api_is_draining(request->api))
        return error_set(err, UNAVAILABLE, "the daemon stops");
    if (!request->store || job_count(request->store, count, err))
        return error_set(err, UNAVAILABLE, "the store does not answer");
    return response_json(response, 200, json_pack("{s:s}", "status", "ready"),
                         err);
}

enum status
version_show(struct request *request, struct response *response,
             struct error *err)
{
    enum status status = request_bare(request, err);
    if (status)
        return status;
    return response_json(response, 200,
                         json_pack("{s:s, s:s, s:s, s:s}", "name", "followd",
                                   "version", FOLLOWD_VERSION, "git",
                                   FOLLOWD_GIT, "api", "v1"),
                         err);
}

/* ---- presets ----------------------------------------------------------------
 */

static json_t *
preset_json(size_t index)
{
    struct spec spec;
    const char *name = preset_name(index);
    if (preset_spec(name, &spec, NULL))
        return NULL;
    return json_pack("{s:s, s:s, s:o}", "name", name, "description",
                     preset_description(index), "spec", spec_to_json(&spec));
}

enum status
presets_list(struct request *request, struct response *response,
             struct error *err)
{
    enum status status = request_bare(request, err);
    if (status)
        return status;
    json_t *items = json_array();
    for (size_t i = 0; preset_name(i); i++)
        json_array_append_new(items, preset_json(i));
    return response_json(response, 200, json_pack("{s:o}", "items", items),
                         err);
}

enum status
presets_show(struct request *request, struct response *response,
             struct error *err)
{
    struct spec spec;
    enum status status = request_bare(request, err);
    if (status == OK)
        status = preset_spec(request->captures[0], &spec, err);
    if (status)
        return status;
    size_t index = 0;
    while (strcmp(preset_name(index), request->captures[0]) != 0)
        index++;
    return response_json(response, 200, preset_json(index), err);
}

enum status
schema_show(struct request *request, struct response *response,
            struct error *err)
{
    enum status status = request_bare(request, err);
    if (status)
        return status;
    status = response_json(response, 200, spec_schema(), err);
    response->content_type = "application/schema+json";
    return status;
}

/* schema/openapi.json, with what only the executable knows. */
enum status
openapi_show(struct request *request, struct response *response,
             struct error *err)
{
    enum status status = request_bare(request, err);
    if (status)
        return status;
    const struct embedded_file *file = &embedded_schema[0];
    json_t *document =
        json_loadb((const char *)file->data, file->size, 0, NULL);
    json_t *parts = json_object_get(document, "components");
    json_object_set_new(json_object_get(parts, "schemas"), "job_description",
                        spec_schema());
    json_object_set_new(json_object_get(document, "info"), "version",
                        json_string(FOLLOWD_VERSION));
    return response_json(response, 200, document, err);
}

/* ---- devices ----------------------------------------------------------------
 */

static json_t *
worker_json(const struct worker *worker)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:b}", "name", worker->name, "host",
                     worker->host, "version", worker->version, "pid",
                     (json_int_t)worker->pid, "local", worker->local);
}

static json_t *
device_json(const struct device *device)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s?}", "id",
        device->id, "host", device->worker.host, "name", device->name, "type",
        device->type, "vendor", device->vendor, "driver", device->driver,
        "platform", device->platform, "memory", (json_int_t)device->memory,
        "units", (json_int_t)device->units, "worker",
        worker_json(&device->worker), "last_seen", json_time(device->last_seen),
        "fault", device->fault[0] ? device->fault : NULL);
}

static bool
has_equal(const json_t *a, const json_t *b, const char *key)
{
    return json_equal(json_object_get(a, key), json_object_get(b, key));
}

static bool
is_listed(const json_t *items, const json_t *device)
{
    size_t index;
    json_t *item;
    json_array_foreach(items, index,
                       item) if (has_equal(item, device, "id") &&
                                 has_equal(item, device, "host")) return true;
    return false;
}

/* Those that workers came with, and those of this machine that none has come
 * with yet. */
enum status
devices_list(struct request *request, struct response *response,
             struct error *err)
{
    struct device *list = NULL;
    size_t count = 0, index;
    enum status status = request_bare(request, err);
    if (status == OK)
        status = device_list(request->store, &list, &count, err);
    if (status)
        return status;
    json_t *items = json_array(), *found = api_devices(request->api), *one;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(items, device_json(&list[i]));
    free(list);
    json_array_foreach(found, index, one)
    {
        if (is_listed(items, one))
            continue;
        json_object_set_new(one, "worker", json_null());
        json_object_set_new(one, "last_seen", json_null());
        json_object_set_new(one, "fault", json_null());
        json_array_append(items, one);
    }
    json_decref(found);
    return response_json(response, 200, json_pack("{s:o}", "items", items),
                         err);
}
