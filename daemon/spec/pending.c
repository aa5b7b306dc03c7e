/* pending.c - what a job may ask for that no engine simulates yet.
 *
 * A job is refused rather than run without what it asks for. Whoever makes a
 * key work takes its row away; when none is left, this file goes. */
#include "spec/spec_private.h"

#include <string.h>

/* Only this value, or these names, run. */
static const struct pending {
    const char *section, *key;
    const char *names; /* that run, each between blanks; NULL: the default */
} pending[] = {
    {"input", "type",
     " rampLeave rampLeaveDirnVary rampLeaveDirnVaryNonLin rampLeaveHeights "
     "rampLeaveRampHeights rampStep kickStart persistent persconst amplVary "
     "amplVaryHeights amplVaryHeightsScaled vanderPolfreqVary "
     "amplVaryRampHeightsAlt amplVaryMultiTime amplDurnVary inputOsc nostim "
     "array "},
};

static bool
is_among(const json_t *name, const char *names)
{
    char blank[64];
    snprintf(blank, sizeof blank, " %s ", json_string_value(name));
    return strstr(names, blank) != NULL;
}

/* Whether the job asks for what does not run. */
static bool
is_asked(const struct pending *row, const struct spec *spec,
         const struct spec *usual)
{
    const struct field *field = field_find(row->section, row->key);
    if (!field_applies(field, spec))
        return false;
    json_t *value = field_to_json(field, spec);
    json_t *runs = field_to_json(field, usual);
    bool asked = row->names != NULL ? !is_among(value, row->names)
                                    : json_equal(value, runs) == 0;
    json_decref(value);
    json_decref(runs);
    return asked;
}

enum status
spec_check_pending(const struct spec *spec, struct faults *faults)
{
    struct spec usual;
    enum status status = spec_default(&usual);
    for (size_t i = 0; i < ARRAY_LENGTH(pending) && status == OK; i++) {
        char pointer[128];
        snprintf(pointer, sizeof pointer, "/%s/%s", pending[i].section,
                 pending[i].key);
        if (is_asked(&pending[i], spec, &usual))
            fault_add(faults, pointer,
                      "is understood, but does not run yet in this version");
    }
    if (status != OK)
        return status;
    return faults->count == 0 ? OK : INVALID;
}
