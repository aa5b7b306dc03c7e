/* arrays.c - what users upload: kept, and taken away again. */
#include "queue/queue_private.h"

static enum status
transaction_end(struct store *store, enum status status, struct error *err)
{
    if (status == OK)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

enum status
queue_keep_array(struct store *store, struct upload *upload,
                 const char *content, char sha256[SHA256_HEX_SIZE],
                 bool *created, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = array_save(store, upload, content, sha256, created, err);
    return transaction_end(store, status, err);
}

enum status
arrays_sweep(struct store *store, bool uploads, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = array_sweep(store, uploads, err);
    return transaction_end(store, status, err);
}

/* The file goes after its row is gone for good, and not while the same is being
 * kept again. */
enum status
queue_drop_array(struct store *store, const char *sha256, struct error *err)
{
    enum status status = store_begin(store, err);
    if (status != OK)
        return status;
    status = array_remove(store, sha256, err);
    status = transaction_end(store, status, err);
    return status == OK ? arrays_sweep(store, false, err) : status;
}
