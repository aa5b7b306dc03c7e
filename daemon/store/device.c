/* device.c - devices that workers came with, and when they were last seen. */
#include "store/store_private.h"

#include <string.h>

enum status
device_save(struct store *store, const struct device *device, struct error *err)
{
    const struct worker *worker = &device->worker;
    return query_done(
        store,
        query_bind(store, QUERY_DEVICE_SAVE, "ttttttiitttidit", device->id,
                   device->name, device->type, device->vendor, device->driver,
                   device->platform, device->memory, device->units,
                   worker->name, worker->host, worker->version, worker->pid,
                   (int)worker->local, device->last_seen, device->fault),
        err);
}

enum status
device_touch(struct store *store, const char *host, const char *id, int64_t now,
             struct error *err)
{
    return query_done(
        store, query_bind(store, QUERY_DEVICE_TOUCH, "tti", id, host, now),
        err);
}

static enum status
device_read(sqlite3_stmt *row, void *out, struct error *err)
{
    struct device *device = out;
    (void)err;
    memset(device, 0, sizeof *device);
    column_copy_to(row, 0, device->id);
    column_copy_to(row, 1, device->name);
    column_copy_to(row, 2, device->type);
    column_copy_to(row, 3, device->vendor);
    column_copy_to(row, 4, device->driver);
    column_copy_to(row, 5, device->platform);
    device->memory = sqlite3_column_int64(row, 6);
    device->units = sqlite3_column_int64(row, 7);
    column_copy_to(row, 8, device->worker.name);
    column_copy_to(row, 9, device->worker.host);
    column_copy_to(row, 10, device->worker.version);
    device->worker.pid = sqlite3_column_int64(row, 11);
    device->worker.local = sqlite3_column_int(row, 12) != 0;
    device->last_seen = sqlite3_column_int64(row, 13);
    column_copy_to(row, 14, device->fault);
    return OK;
}

enum status
device_list(struct store *store, struct device **list, size_t *count,
            struct error *err)
{
    static const struct row_type type = {sizeof(struct device), device_read,
                                         NULL};
    sqlite3_stmt *statement = query_bind(store, QUERY_DEVICE_LIST, "");
    return query_list(store, statement, &type, list, count, err);
}
