/* read_lists.c - values that are many: lists, sets, formulas, constants. Each
 * is taken whole or not at all, and what is behind its end is zero. */
#include "spec/spec_private.h"

#include <ctype.h>
#include <string.h>

static void
pointer_index(char out[128], const char *parent, size_t index)
{
    char key[24];
    snprintf(key, sizeof key, "%zu", index);
    pointer_join(out, parent, key);
}

/* Whether `value` is a list of `most` at most. */
static bool
is_list(const json_t *value, size_t most, const char *pointer,
        const char *wanted, struct faults *faults)
{
    if (!json_is_array(value)) {
        fault_type(faults, pointer, wanted, value);
        return false;
    }
    if (json_array_size(value) <= most)
        return true;
    fault_add(faults, pointer, "must have at most %zu entries, has %zu", most,
              json_array_size(value));
    return false;
}

static void
reals_read(const struct field *field, const json_t *value, const char *pointer,
           struct real_list *out, struct faults *faults)
{
    struct real_list list = {0};
    size_t before = faults->count + faults->more;
    if (!is_list(value, SPEC_LIST_MOST, pointer, "a list of numbers", faults))
        return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char place[128];
        pointer_index(place, pointer, i);
        (void)real_read(field, json_array_get(value, i), place, &list.at[i],
                        faults);
    }
    list.count = (int64_t)json_array_size(value);
    if (faults->count + faults->more == before)
        *out = list;
}

/* [t, eta], later than the one before; eta has the limits of learning.eta. */
static void
step_read(const struct field *field, const json_t *pair, const char *pointer,
          struct eta_schedule *out, struct faults *faults)
{
    const struct field *eta = field_find("learning", "eta");
    char place[128];
    int64_t i = out->count;
    if (!json_is_array(pair) || json_array_size(pair) != 2) {
        fault_type(faults, pointer, "a pair, [t, eta]", pair);
        return;
    }
    pointer_index(place, pointer, 0);
    if (real_read(field, json_array_get(pair, 0), place, &out->time[i],
                  faults) &&
        i > 0 && out->time[i] <= out->time[i - 1])
        fault_add(faults, place, "must be later than %.15g, the one before",
                  out->time[i - 1]);
    pointer_index(place, pointer, 1);
    (void)real_read(eta, json_array_get(pair, 1), place, &out->eta[i], faults);
}

static void
steps_read(const struct field *field, const json_t *value, const char *pointer,
           struct eta_schedule *out, struct faults *faults)
{
    struct eta_schedule steps = {0};
    size_t before = faults->count + faults->more;
    if (!is_list(value, SPEC_LIST_MOST, pointer,
                 "a list of pairs, [[t, eta], ...]", faults))
        return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char place[128];
        pointer_index(place, pointer, i);
        step_read(field, json_array_get(value, i), place, &steps, faults);
        steps.count++;
    }
    if (faults->count + faults->more == before)
        *out = steps;
}

static void
set_read(const struct field *field, const json_t *value, const char *pointer,
         int64_t *out, struct faults *faults)
{
    size_t before = faults->count + faults->more;
    int64_t set = 0;
    if (!is_list(value, 63, pointer, "a list of names", faults))
        return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char place[128];
        unsigned choice;
        pointer_index(place, pointer, i);
        if (!choice_read(field->choices, json_array_get(value, i), place,
                         &choice, faults))
            continue;
        if ((set & INT64_C(1) << choice) != 0)
            fault_add(faults, place, "is named twice");
        set |= INT64_C(1) << choice;
    }
    if (faults->count + faults->more == before)
        *out = set;
}

static void
formulas_read(const json_t *value, const char *pointer, struct spec *spec,
              struct faults *faults)
{
    char formulas[SPEC_DIMENSIONS_MOST][SPEC_FORMULA_SIZE] = {{0}};
    size_t before = faults->count + faults->more;
    if (!is_list(value, SPEC_DIMENSIONS_MOST, pointer, "a list of formulas",
                 faults))
        return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        char place[128];
        pointer_index(place, pointer, i);
        (void)text_read(json_array_get(value, i), place, formulas[i], 1,
                        SPEC_FORMULA_SIZE - 1, faults);
    }
    if (faults->count + faults->more == before)
        memcpy(spec->system.expressions, formulas, sizeof formulas);
}

/* A name that a formula can hold and that nothing else has: x1, u1 and t are
 * the system's own. */
static const char *
constant_fault(const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length >= SPEC_NAME_SIZE)
        return "a constant's name has 1 to 31 letters";
    if (isdigit((unsigned char)name[0]) != 0)
        return "a constant's name does not start with a digit";
    for (size_t i = 0; i < length; i++)
        if (name[i] != '_' && (isalnum((unsigned char)name[i]) == 0 ||
                               ((unsigned char)name[i] & 0x80) != 0))
            return "a constant's name has letters, digits and underscores only";
    if (strcmp(name, "t") == 0 ||
        ((name[0] == 'x' || name[0] == 'u') && length > 1 &&
         strspn(name + 1, "0123456789") == length - 1))
        return "x1, ..., u1, ... and t are the system's own";
    return NULL;
}

static void
constants_read(const struct field *field, json_t *value, const char *pointer,
               struct spec *spec, struct faults *faults)
{
    char names[SPEC_LIST_MOST][SPEC_NAME_SIZE] = {{0}};
    struct real_list list = {0};
    size_t before = faults->count + faults->more;
    const char *name;
    json_t *number;
    if (!json_is_object(value)) {
        fault_type(faults, pointer, "an object of numbers", value);
        return;
    }
    if (json_object_size(value) > SPEC_LIST_MOST) {
        fault_add(faults, pointer, "must have at most %d entries, has %zu",
                  SPEC_LIST_MOST, json_object_size(value));
        return;
    }
    json_object_foreach(value, name, number)
    {
        char place[128];
        const char *fault = constant_fault(name);
        pointer_join(place, pointer, name);
        if (fault != NULL)
            fault_add(faults, place, "%s", fault);
        else
            strcpy(names[list.count], name);
        (void)real_read(field, number, place, &list.at[list.count], faults);
        list.count++;
    }
    if (faults->count + faults->more != before)
        return;
    memcpy(spec->system.constant_names, names, sizeof names);
    spec->system.constants = list;
}

void
list_read(const struct field *field, const json_t *value, const char *pointer,
          struct spec *spec, struct faults *faults)
{
    void *out = (char *)spec + field->offset;
    if (field->type == FIELD_SET)
        set_read(field, value, pointer, out, faults);
    else if (field->type == FIELD_REALS)
        reals_read(field, value, pointer, out, faults);
    else if (field->type == FIELD_STEPS)
        steps_read(field, value, pointer, out, faults);
    else if (field->type == FIELD_FORMULAS)
        formulas_read(value, pointer, spec, faults);
    else
        constants_read(field, (json_t *)value, pointer, spec, faults);
}
