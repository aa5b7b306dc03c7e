/* cache.c - decoders that were solved for before, one file a recipe.
 *
 * A file's name is the hash of its key, the text of all that determines the
 * decoders. The file repeats the key and holds a hash of the numbers: it is
 * used when both are right, and written again when they are not. */
#include "model/model_private.h"

#include "npz/npz.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHM    "decoders 1" /* counts up when other numbers come out */
#define DISTRIBUTION "hypersphere 2.4" /* as Nengo 2.4 draws points */
#define FILE_MOST    ((size_t)1 << 30)

static enum status
cache_key(const struct ensemble_recipe *recipe, struct bytes *out)
{
    return bytes_printf(
        out,
        "%s; %s; neurons %lld; dimensions %d; radius %a; max_rates %a %a; "
        "intercepts %a %a; gain %a; bias %a %a; seed %u; tau_rc %a; "
        "tau_ref %a",
        ALGORITHM, DISTRIBUTION, (long long)recipe->neurons, recipe->dimensions,
        recipe->radius, recipe->max_rates[0], recipe->max_rates[1],
        recipe->intercepts[0], recipe->intercepts[1], recipe->gain,
        recipe->bias[0], recipe->bias[1], recipe->seed, MODEL_TAU_RC,
        MODEL_TAU_REF);
}

static enum status
cache_path(const char *folder, const struct bytes *key, struct bytes *out)
{
    char name[SHA256_HEX_SIZE];

    sha256_hex(key->data, key->size, name);
    return bytes_printf(out, "%s/decoders-%.32s.npz", folder, name);
}

static bool
holds(const struct npz *npz, const char *name, const void *data, size_t size)
{
    const struct npz_array *array = npz_find(npz, name);

    return array && array->type == NPZ_UINT8 && array->size == size &&
           memcmp(array->data, data, size) == 0;
}

/* Copies the decoders out of a sound file. */
static bool
decoders_from_npz(const struct npz *npz, const struct bytes *key,
                  const struct ensemble_recipe *recipe, double *decoders)
{
    size_t shape[2] = {(size_t)recipe->dimensions, (size_t)recipe->neurons};
    size_t size = shape[0] * shape[1] * sizeof(double);
    unsigned char hash[32];
    const void *data;

    if (npz_need(npz, "decoders", NPZ_FLOAT64, 2, shape, &data, NULL) != OK)
        return false;
    sha256_raw(data, size, hash);
    if (!holds(npz, "key", key->data, key->size) ||
        !holds(npz, "sha256", hash, sizeof(hash)))
        return false;
    memcpy(decoders, data, size);
    return true;
}

static bool
decoders_from_file(const char *path, const struct bytes *key,
                   const struct ensemble_recipe *recipe, double *decoders)
{
    struct bytes file = {0};
    struct npz *npz = NULL;
    struct error err = {0};
    bool found = false;

    if (file_read(path, FILE_MOST, &file, &err) == OK &&
        npz_open(file.data, file.size, FILE_MOST, &npz, &err) == OK)
        found = decoders_from_npz(npz, key, recipe, decoders);
    if (!found && err.status != NOT_FOUND) {
        char quoted[1024];

        log_event(LOG_LEVEL_WARNING, "cache_file_unsound", "path=%s",
                  log_quote(path, quoted, sizeof(quoted)));
    }
    npz_close(npz);
    bytes_free(&file);
    return found;
}

bool
cache_get(const char *folder, const struct ensemble_recipe *recipe,
          double *decoders)
{
    struct bytes key = {0}, path = {0};
    bool found = false;

    if (cache_key(recipe, &key) == OK && cache_path(folder, &key, &path) == OK)
        found =
            decoders_from_file((const char *)path.data, &key, recipe, decoders);
    bytes_free(&key);
    bytes_free(&path);
    return found;
}

static enum status
decoders_to_file(const char *path, const struct bytes *key,
                 const struct ensemble_recipe *recipe, const double *decoders,
                 struct error *err)
{
    size_t neurons = (size_t)recipe->neurons, d = (size_t)recipe->dimensions;
    struct bytes file = {0};
    unsigned char hash[32];
    enum status status;
    struct npz_array arrays[] = {
        npz_view("key", NPZ_UINT8, key->data, 1, key->size),
        npz_view("sha256", NPZ_UINT8, hash, 1, sizeof(hash)),
        npz_view("decoders", NPZ_FLOAT64, decoders, 2, d, neurons),
    };

    sha256_raw(decoders, neurons * d * sizeof(double), hash);
    status = npz_write(arrays, ARRAY_LENGTH(arrays), &file, err);
    if (status == OK)
        status = file_write(path, 0600, file.data, file.size, err);
    bytes_free(&file);
    return status;
}

void
cache_put(const char *folder, const struct ensemble_recipe *recipe,
          const double *decoders)
{
    struct bytes key = {0}, path = {0};
    struct error err = {.text = "no memory"};
    enum status status = folder_make(folder, &err);

    if (status == OK)
        status = cache_key(recipe, &key);
    if (status == OK)
        status = cache_path(folder, &key, &path);
    if (status == OK)
        status = decoders_to_file((const char *)path.data, &key, recipe,
                                  decoders, &err);
    if (status != OK) {
        char quoted[1024];

        log_event(LOG_LEVEL_WARNING, "cache_not_written", "reason=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
    }
    bytes_free(&key);
    bytes_free(&path);
}
