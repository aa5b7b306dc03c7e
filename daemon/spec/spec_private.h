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
    FIELD_TEXT,     /* char[], `most` bytes at most */
    FIELD_SEED,     /* int64_t; null is -1 */
    FIELD_JOB,      /* int64_t, the id of a job; null is 0 */
    FIELD_TIME,     /* double, s; "final" is -1 */
    FIELD_UPLOAD,   /* char[SPEC_ARRAY_SIZE]; null is "" */
    FIELD_SET,      /* int64_t: 1 << value of each choice, or'ed */
    FIELD_REALS,    /* struct real_list */
    FIELD_STEPS,    /* struct eta_schedule */
    FIELD_FORMULAS, /* system.expressions */
    FIELD_CONSTANTS /* system.constant_names with system.constants */
};

/* One key of a job description. The whole of validation, the JSON Schema and
 * doc/jobs.md come from the table of these. */
struct field {
    const char *section, *key; /* "network", "neurons_ff" */
    enum field_type type;
    const char *unit;           /* of the value, "1" for a pure number */
    double least, most;         /* both allowed; of each in a list */
    size_t offset;              /* in struct spec */
    const char *const *choices; /* by value, to NULL */
    const char *value;          /* its default as JSON; NULL: the system's */
    const char *text;           /* one line, with the paper's symbol */
};

extern const struct field fields[];
extern const size_t fields_count;

/* names.c: enums by name, in the order of their values. */
extern const char *const system_names[],
    *const variant_names[],
        *const feedforward_names[],
            *const input_names[],
                *const nengo_names[],
                    *const init_names[],
                        *const sign_names[],
                            *const plastic_names[],
                                *const layer_names[],
                                    *const delay_names[],
                                        *const task_names[],
                                            *const engine_names[],
                                                *const precision_names[];
const struct field *field_find(const char *section, const char *key);
bool field_is_section(const char *name);

/* systems.c: whether a key means anything in this job; and the constants of
 * spec->system.type in its variant, as published. A new system forgets all else
 * that was known of the one before. */
bool field_applies(const struct field *field, const struct spec *spec);
bool system_has(enum system_type type, const char *key);
bool system_has_variant(enum system_type type, enum variant variant);
void system_fill(struct spec *spec, bool is_new);
/* As Markdown, appended. */
MUST_USE enum status system_document(struct bytes *out);

/* fault.c */
bool fault_is_below(const struct faults *faults, const char *pointer);
void fault_type(struct faults *faults, const char *pointer, const char *wanted,
                const json_t *value);
void pointer_join(char out[128], const char *parent, const char *key);
/* What a value is, for a person: 1e9, "text", an array. */
void value_describe(const json_t *value, char *out, size_t size);
/* The nearest of two words, or neither: guess_offer() every candidate. */
struct guess {
    const char *word, *best;
    size_t distance;
};
void guess_offer(struct guess *guess, const char *candidate);

/* read_values.c and read_lists.c: a value into its place in the spec, which
 * keeps what it has when there is a fault. */
void value_read(const struct field *field, const json_t *value,
                const char *pointer, struct spec *spec, struct faults *faults);
void count_read(const struct field *field, const json_t *value,
                const char *pointer, int64_t *out, struct faults *faults);
bool real_read(const struct field *field, const json_t *value,
               const char *pointer, double *out, struct faults *faults);
bool choice_read(const char *const *choices, const json_t *value,
                 const char *pointer, unsigned *out, struct faults *faults);
bool text_read(const json_t *value, const char *pointer, char *out,
               size_t least, size_t most, struct faults *faults);
void list_read(const struct field *field, const json_t *value,
               const char *pointer, struct spec *spec, struct faults *faults);

/* read.c: what `object` has of the sections, over what `spec` has. */
void spec_apply(const json_t *object, struct spec *spec, struct faults *faults);

/* presets.c: what a preset changes of the one that it stands on, as JSON. */
const char *preset_base(size_t index); /* "" stands on the fields' defaults */
const char *preset_changes(size_t index);
/* Every field at its default. */
MUST_USE enum status spec_default(struct spec *out);

/* check.c: what one field alone cannot tell. */
void spec_check(const struct spec *spec, struct faults *faults);
/* check_model.c: the part of it that is about system, network and rules. */
void spec_check_model(const struct spec *spec, struct faults *faults);

/* write.c: the value of one field [owned]; the object of a section in `parent`,
 * made when it is not there [borrowed]. */
json_t *field_to_json(const struct field *field, const struct spec *spec);
json_t *section_of(json_t *parent, const char *section);

#endif
