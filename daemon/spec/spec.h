/* spec.h - the description of a job: what may be asked for, what it means.
 *
 * Knows the table of fields (fields.c), systems, presets and how JSON
 * becomes a struct spec, or a list of every fault in it. Knows nothing of
 * networks in the making, SQL or HTTP. Above: everybody but base. Below: base.
 *
 * All functions are pure: no state, no files, safe from any thread. */
#ifndef FOLLOWD_SPEC_H
#define FOLLOWD_SPEC_H

#include "base/base.h"
#include "spec/fields.h"

#include <jansson.h>

#define SPEC_BODY_MOST   65536 /* bytes of JSON text in one description */
#define SPEC_DEPTH_MOST  16    /* nested arrays and objects in it */
#define SPEC_MEMORY_MOST ((int64_t)64 << 30) /* bytes, see spec_memory() */

#define SPEC_AFTER_MOST 16 /* jobs that one may come after */

/* What a user hands in: a spec and what the queue shows beside it. */
struct submission {
    struct spec spec;
    char name[129];  /* "" when none was given */
    char tags[4097]; /* JSON object of strings as text, keys sorted; "{}" */
    int priority;    /* -100 to 100, higher goes first, 0 unless told */
    char note[4097];
    struct {
        int64_t job;
        bool any_end; /* however that one ends; else it must succeed */
    } after[SPEC_AFTER_MOST];
    size_t after_count;
};

/* Everything that is wrong with a description, not only the first thing. */
#define FAULTS_MOST 64
struct fault {
    char pointer[128]; /* JSON pointer, "" is the whole description */
    char detail[256];  /* "must be from 1 to 1000000, is 1000000000" */
};
struct faults {
    size_t count; /* in `list` */
    size_t more;  /* that did not fit into it */
    struct fault list[FAULTS_MOST];
};
/* Adds one; what does not fit any more is counted. Texts are cut at a
 * character's border, so they stay UTF-8. For whoever knows more about a spec
 * than this room does: a formula's grammar, an upload's shape. */
void fault_add(struct faults *faults, const char *pointer, const char *format,
               ...) PRINTF_LIKE(3, 4);

/* Text to JSON: at most SPEC_BODY_MOST bytes, at most SPEC_DEPTH_MOST deep, no
 * key twice. TOO_LARGE, or INVALID with line and column. `*out` [owned]. */
MUST_USE enum status spec_check_text(const char *text, size_t size,
                                     json_t **out, struct error *err);

/* JSON to a submission; `object` is [borrowed]. INVALID when `faults` (emptied
 * first) has any, and then `out` is meaningless. */
MUST_USE enum status spec_from_json(const json_t *object,
                                    struct submission *out,
                                    struct faults *faults);
/* The resolved spec as JSON [owned]; spec_from_json() makes the same spec of
 * it, bit for bit. NULL when there is no memory. */
MUST_USE json_t *spec_to_json(const struct spec *spec);
/* The same as one line of text [owned, free()]. */
MUST_USE char *spec_to_text(const struct spec *spec);
/* Text that spec_to_text() wrote, from the store or the daemon. CORRUPT. */
MUST_USE enum status spec_from_text(const char *text, struct spec *out,
                                    struct error *err);

/* JSON Schema 2020-12 of what spec_from_json() takes [owned], and the presets
 * and the same table as Markdown, for doc/jobs.md (appended). */
MUST_USE json_t *spec_schema(void);
MUST_USE enum status spec_document(struct bytes *out);

/* Presets by number from 0, in order; NULL after the last. */
const char *preset_name(size_t index);
const char *preset_description(size_t index); /* one sentence */
/* NOT_FOUND, with the nearest name in the text. */
MUST_USE enum status preset_spec(const char *name, struct spec *out,
                                 struct error *err);

/* Whether there are weights that something else than learning made and that are
 * no product of encoders with factors. */
bool spec_has_fixed_weights(const struct spec *spec);
/* Whether all weights are E_s D at any time, D being learned: not so when some
 * are missing, random, uploaded or of one sign. */
bool spec_is_factored(const struct spec *spec);
/* Whether decoders are other than those that were solved for. */
bool spec_spoils_decoders(const struct spec *spec);
/* Whether every weight is held by itself. */
bool spec_is_dense(const struct spec *spec);
/* Whether the system is an arm or an acrobot: driven by torques, integrated as
 * the published robot script does, and with that script's trial structure. */
bool spec_is_arm(const struct spec *spec);
/* s, the end of a period that is spent silenced; 0 without trial clamps. */
double spec_trial_clamp(const struct spec *spec);
int64_t spec_steps(const struct spec *spec); /* the whole job */
/* What a step is: SPEC_DT (s); 1 (episode) when an arm learns by reinforcement.
 */
double spec_step_length(const struct spec *spec);
int64_t spec_period_steps(const struct spec *spec);
/* Whether a period from `from` to `to` (s) lies where the error is let through:
 * after `settle`, before `test`. */
bool spec_lets_error_pass(const struct spec *spec, double from, double to);
void spec_dimensions(const struct spec *spec, int *d, int *d_in); /* x and u */
/* Bytes on the host that making the network takes at most, some 8 N_rec^2:
 * the decoders need a Gram matrix of float64. INT64_MAX when it overflows. */
int64_t spec_memory(const struct spec *spec);

/* What jobs have in common that are simulated together, as a line of text: jobs
 * of one text have one engine_shape. `fixed`: what start.job had learned stands
 * beside fixed weights, see spec_shape_is_fixed() of its shape. */
#define SPEC_SHAPE_SIZE 128
void spec_shape(const struct spec *spec, bool fixed, char out[SPEC_SHAPE_SIZE]);
bool spec_shape_is_fixed(const char *shape);

const char *system_name(enum system_type type); /* "vanderPol" */
const char *input_name(enum input_type type);   /* "amplVaryHeightsScaled" */
const char *nengo_name(enum nengo_rule rule);   /* "2.4" */
const char *precision_name(enum precision precision); /* "f32" */

#endif
