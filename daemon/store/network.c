/* network.c - neurons and decoders, once for all jobs that have the same. */
#include "store/store_private.h"

enum status
network_save(struct store *store, const char *key, const void *data,
             size_t size, struct error *err)
{
    char sha256[SHA256_HEX_SIZE];
    if (size > STORE_BLOB_MOST)
        return error_set(err, TOO_LARGE,
                         "a network of %zu bytes, at most %zu can be stored",
                         size, STORE_BLOB_MOST);
    sha256_hex(data, size, sha256);
    return query_done(store,
                      query_bind(store, QUERY_NETWORK_SAVE, "ttib", key, sha256,
                                 clock_now_ms(), data, size),
                      err);
}

enum status
network_known(struct store *store, const char *key, bool *out,
              struct error *err)
{
    int64_t known;
    enum status status =
        query_number(store, query_bind(store, QUERY_NETWORK_KNOWN, "t", key), 0,
                     &known, err);
    *out = known != 0;
    return status;
}

enum status
network_load(struct store *store, const char *key, struct bytes *data,
             struct error *err)
{
    bool row;
    sqlite3_stmt *statement = query_bind(store, QUERY_NETWORK_LOAD, "t", key);
    enum status status = query_row(store, statement, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return error_set(err, NOT_FOUND, "no worker has sent this network yet");
    status = column_verified(statement, 0, data, err);
    query_end(statement);
    return status;
}
