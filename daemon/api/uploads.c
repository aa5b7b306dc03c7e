/* uploads.c - whether the arrays that a job names are there, with the names and
 * shapes it needs; and what they tell that it leaves out. */
#include "api/sources.h"

#include <stdio.h>
#include <string.h>

#define ANY (-1) /* length */

/* What was uploaded under this hash, array by array [owned]; `*out` NULL when
 * nothing was. */
static enum status
content_load(struct store *store, const char *sha256, json_t **out,
             struct error *err)
{
    struct array array;
    *out = NULL;
    enum status status = array_load(store, sha256, &array, err);
    if (status == NOT_FOUND)
        return OK;
    if (status)
        return status;
    *out = json_loads(array.content, 0, NULL);
    array_clear(&array);
    return *out ? OK : error_set(err, CORRUPT, "an upload's row is damaged");
}

static const json_t *
content_find(const json_t *content, const char *name)
{
    size_t index;
    const json_t *array;
    json_array_foreach(content, index, array)
    {
        const char *text = json_string_value(json_object_get(array, "name"));
        if (text && strcmp(text, name) == 0)
            return array;
    }
    return NULL;
}

static int64_t
length_of(const json_t *array, size_t axis)
{
    const json_t *shape = json_object_get(array, "shape");
    return json_integer_value(json_array_get(shape, axis));
}

/* ---- filling ------------------------------------------------------------ */

/* Whether the description is of a system of the user's own. */
static bool
is_own_system(const json_t *object)
{
    const char *type = json_string_value(
        json_object_get(json_object_get(object, "system"), "type"));
    const char *preset = json_string_value(json_object_get(object, "preset"));
    struct spec spec;
    if (type)
        return strcmp(type, "array") == 0 || strcmp(type, "expression") == 0;
    if (!preset || preset_spec(preset, &spec, NULL))
        return false;
    return spec.system.type == SYSTEM_ARRAY ||
           spec.system.type == SYSTEM_EXPRESSION;
}

/* Where a description names an upload, which length of which array in it is
 * which number of the description. */
static const struct {
    const char *section, *key, *array;
    size_t axis;
    const char *into, *number;
    bool own; /* only of a system of the user's own */
} fillings[] = {
    {"system", "array", "x", 1, "system", "dimensions", true},
    {"system", "array", "u", 1, "system", "dimensions_in", true},
    {"input", "array", "u", 1, "system", "dimensions_in", true},
    {"network", "arrays", "encoders_rec", 1, "system", "dimensions", true},
    {"network", "arrays", "encoders_ff", 1, "system", "dimensions_in", true},
    {"network", "arrays", "encoders_rec", 0, "network", "neurons_rec", false},
    {"network", "arrays", "encoders_ff", 0, "network", "neurons_ff", false},
};

/* Sets a number unless there is one. */
static void
number_fill(json_t *object, const char *section, const char *key, int64_t value)
{
    if (!json_object_get(object, section))
        json_object_set_new(object, section, json_object());
    json_t *inside = json_object_get(object, section);
    if (value > 0 && json_is_object(inside) && !json_object_get(inside, key))
        json_object_set_new(inside, key, json_integer((json_int_t)value));
}

enum status
sources_fill(struct store *store, json_t *object, struct error *err)
{
    bool own = is_own_system(object);
    for (size_t i = 0; i < ARRAY_LENGTH(fillings); i++) {
        json_t *content = NULL;
        const char *sha256 = json_string_value(json_object_get(
            json_object_get(object, fillings[i].section), fillings[i].key));
        if (!sha256 || (fillings[i].own && !own))
            continue;
        enum status status = content_load(store, sha256, &content, err);
        if (status)
            return status;
        const json_t *array = content_find(content, fillings[i].array);
        if (array)
            number_fill(object, fillings[i].into, fillings[i].number,
                        length_of(array, fillings[i].axis));
        json_decref(content);
    }
    return OK;
}

/* ---- checking ----------------------------------------------------------- */

/* "(n, 2)" */
static void
shape_text(char *out, size_t size, int dimensions, const int64_t *lengths)
{
    size_t used = (size_t)snprintf(out, size, "(");
    for (int i = 0; i < dimensions && used < size; i++) {
        const char *between = i ? ", " : "";
        const char *end = dimensions == 1 ? "," : "";
        if (lengths[i] == ANY)
            used += (size_t)snprintf(out + used, size - used, "%sn%s", between,
                                     end);
        else
            used += (size_t)snprintf(out + used, size - used, "%s%lld%s",
                                     between, (long long)lengths[i], end);
    }
    if (used < size)
        snprintf(out + used, size - used, ")");
}

/* One upload that is being checked. */
struct upload_check {
    struct faults *faults;
    const char *pointer;
    const json_t *content;
};

/* Faults unless there is an array of numbers with this shape; NULL then. */
static const json_t *
need(const struct upload_check *check, const char *name, int dimensions,
     int64_t first, int64_t second)
{
    const int64_t wanted[2] = {first, second};
    const json_t *array = content_find(check->content, name);
    const char *dtype = json_string_value(json_object_get(array, "dtype"));
    char want[64], have[64];
    int64_t lengths[4] = {0};
    if (!array) {
        fault_add(check->faults, check->pointer, "has no array \"%s\"", name);
        return NULL;
    }
    int given = (int)json_array_size(json_object_get(array, "shape"));
    bool fits = given == dimensions;
    for (int i = 0; i < given && i < 4; i++) {
        lengths[i] = length_of(array, (size_t)i);
        if (i < dimensions && wanted[i] != ANY && wanted[i] != lengths[i])
            fits = false;
    }
    shape_text(want, sizeof(want), dimensions, wanted);
    shape_text(have, sizeof(have), given, lengths);
    if (!fits)
        fault_add(check->faults, check->pointer,
                  "array \"%s\" must have the shape %s, has %s", name, want,
                  have);
    else if (!dtype || strncmp(dtype, "float", 5) != 0)
        fault_add(check->faults, check->pointer,
                  "array \"%s\" must be float64 or float32, is %s", name,
                  dtype ? dtype : "none");
    else
        return array;
    return NULL;
}

/* `t` and a signal of so many columns; over the whole job, or any time. */
static void
check_signal(const struct upload_check *check, const char *name, int columns,
             double duration)
{
    const json_t *t = need(check, "t", 1, ANY, 0);
    if (!t)
        return;
    double first = json_number_value(json_object_get(t, "first"));
    double last = json_number_value(json_object_get(t, "last"));
    double slack = SPEC_DT + 1e-6 * duration; /* it may be float32 */
    (void)need(check, name, 2, length_of(t, 0), columns);
    if (length_of(t, 0) < 2)
        fault_add(check->faults, check->pointer,
                  "array \"t\" must have two times at least");
    else if (!json_is_true(json_object_get(t, "ascending")))
        fault_add(check->faults, check->pointer,
                  "array \"t\" must ascend from each time to the next");
    else if (duration > 0 && (first > slack || last < duration - slack))
        fault_add(check->faults, check->pointer,
                  "array \"t\" must go from 0 to %.15g s, as the job does, "
                  "goes from %.15g to %.15g",
                  duration, first, last);
}

static void
check_network(const struct upload_check *check, const struct spec *spec)
{
    int d, d_in;
    int64_t ff = spec->network.neurons_ff, rec = spec->network.neurons_rec;
    spec_dimensions(spec, &d, &d_in);
    (void)need(check, "encoders_ff", 2, ff, d_in);
    (void)need(check, "gain_ff", 1, ff, 0);
    (void)need(check, "bias_ff", 1, ff, 0);
    (void)need(check, "encoders_rec", 2, rec, d);
    (void)need(check, "gain_rec", 1, rec, 0);
    (void)need(check, "bias_rec", 1, rec, 0);
    (void)need(check, "decoders", 2, d, rec);
}

enum status
uploads_check(struct store *store, const struct spec *spec,
              struct faults *faults, struct error *err)
{
    const struct {
        const char *pointer, *sha256;
    } uploads[] = {{"/system/array", spec->system.array},
                   {"/input/array", spec->input.array},
                   {"/network/arrays", spec->network.arrays},
                   {"/weights/array", spec->weights.array}};
    int64_t ff = spec->network.neurons_ff, rec = spec->network.neurons_rec;
    int d, d_in;
    bool whole = spec->input.type == INPUT_ARRAY;
    spec_dimensions(spec, &d, &d_in);
    for (size_t i = 0; i < ARRAY_LENGTH(uploads); i++) {
        json_t *content = NULL;
        if (!uploads[i].sha256[0])
            continue;
        enum status status =
            content_load(store, uploads[i].sha256, &content, err);
        if (status)
            return status;
        struct upload_check check = {faults, uploads[i].pointer, content};
        if (!content)
            fault_add(faults, uploads[i].pointer,
                      "nothing was uploaded with this SHA-256");
        else if (i == 0)
            check_signal(&check, "x", d, spec->schedule.duration);
        else if (i == 1)
            check_signal(&check, "u", d_in,
                         whole ? spec->schedule.duration : 0);
        else if (i == 2)
            check_network(&check, spec);
        else {
            (void)need(&check, "W_ff", 2, rec, ff);
            (void)need(&check, "W_rec", 2, rec, rec);
        }
        json_decref(content);
    }
    return OK;
}
