/* spec_private.h - what the files of this room share. */
#ifndef FOLLOWD_SPEC_PRIVATE_H
#define FOLLOWD_SPEC_PRIVATE_H

#include "spec/spec.h"

enum field_type {
    FIELD_CHOICE, /* an enum, by name */
    FIELD_COUNT,  /* int64_t */
    FIELD_REAL,   /* double */
    FIELD_RANGE,  /* double[2], [0] < [1] */
    FIELD_BOOL,
    FIELD_TEXT /* char[], `most` bytes at most                              */
};

/* One key of a job description. The whole of validation, the JSON Schema and
 * doc/jobs.md come from the table of these. */
struct field {
    const char *section, *key; /* "network", "neurons_ff" */
    enum field_type type;
    const char *unit;           /* of the value, "1" for a pure number */
    double least, most;         /* both allowed */
    size_t offset;              /* in struct spec */
    const char *const *choices; /* of a FIELD_CHOICE, by its value, to NULL */
    const char *text;           /* one line, with the paper's symbol */
};

extern const struct field fields[];
extern const size_t fields_count;
const struct field *field_find(const char *section, const char *key);
bool field_is_section(const char *name);

/* fields.c, in the order of the enums */
extern const char *const system_names[],
    *const input_names[], *const nengo_names[], *const engine_names[],
                                                    *const precision_names[];

/* fault.c: adds one; what does not fit any more is counted. Texts are cut at a
 * character's border, so they stay UTF-8. */
void fault_add(struct faults *faults, const char *pointer, const char *format,
               ...) PRINTF_LIKE(3, 4);
bool fault_is_below(const struct faults *faults, const char *pointer);
void pointer_join(char out[128], const char *parent, const char *key);
/* What a value is, for a person: 1e9, "text", an array. */
void value_describe(const json_t *value, char *out, size_t size);
/* The nearest of two words, or neither: guess_offer() every candidate. */
struct guess {
    const char *word, *best;
    size_t distance;
};
void guess_offer(struct guess *guess, const char *candidate);

/* check.c: what one field alone cannot tell. */
void spec_check(const struct spec *spec, struct faults *faults);

/* write.c: the value of one field [owned], and the one that all presets agree
 * on [owned], or NULL. */
json_t *field_to_json(const struct field *field, const struct spec *spec);
json_t *field_default(const struct field *field);

#endif
