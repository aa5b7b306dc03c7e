/* spec.h - the description of a job: what may be asked for, what it means.
 *
 * Knows the table of fields (fields.c), the presets (presets.c) and how JSON
 * becomes a struct spec, or a list of every fault in it. Knows nothing of
 * networks in the making, SQL or HTTP. Above: everybody but base. Below: base.
 *
 * All functions are pure: no state, no files, safe from any thread. */
#ifndef FOLLOWD_SPEC_H
#define FOLLOWD_SPEC_H

#include "base/base.h"

#include <jansson.h>

#define SPEC_DT              0.001 /* s, one step of every simulation */
#define SPEC_TRIAL_CLAMP     0.5   /* s, end of a period spent silenced */
#define SPEC_DIMENSIONS_MOST 8     /* of u and of x */
#define SPEC_BODY_MOST       65536 /* bytes of JSON text in one description */
#define SPEC_DEPTH_MOST      16    /* nested arrays and objects in it */
#define SPEC_MEMORY_MOST     ((int64_t)64 << 30) /* bytes, see spec_memory() */

enum system_type { SYSTEM_VAN_DER_POL };
enum input_type {
    INPUT_AMPL_VARY_HEIGHTS_SCALED, /* what is learned with */
    INPUT_RAMP_LEAVE_RAMP_HEIGHTS   /* what is tested with */
};
enum nengo_rule { NENGO_2_4, NENGO_2_5, NENGO_4 };
enum engine_type { ENGINE_AUTO, ENGINE_FACTORED };
enum precision { PRECISION_F32, PRECISION_F64 };

/* One job, resolved: every value is there. Plain values only, so it is copied
 * by assignment. Symbols are those of Gilra & Gerstner, eLife 2017. */
struct spec {
    char preset[40];
    struct {
        enum system_type type;
        double mu, scale; /* dx2/dt = (mu (1 - scale x1^2) x2 - x1) / tau_dyn */
        double tau_dyn;   /* s */
    } system;
    struct {
        int64_t neurons_ff, neurons_rec;
        double radius_ff, radius_rec; /* R1, R2: units of u and of x */
        double max_rates[2];          /* 1/s, uniform from [0] to [1] */
        double intercepts[2];         /* of the radius, uniform */
        int64_t seed_ff, seed_rec;
        double tau_synapse; /* s, tau_s of every synapse */
        enum nengo_rule nengo;
    } network;
    struct {
        bool enabled;
        double eta;       /* learning rate as the published code has it */
        double tau_error; /* s, kappa^epsilon: the filter of the error */
    } learning;
    struct {
        bool enabled;
        double gain; /* k */
        double tau;  /* s, filter of the error that is fed back */
    } feedback;
    struct {
        enum input_type type;
        int64_t seed;
        double scale; /* factor on u as published */
    } input;
    struct {              /* all in s; whole steps, but ramp */
        double duration;  /* exactly so much is simulated */
        double period;    /* Tperiod, one trial */
        double ramp;      /* rampT, length of the pulse that starts a trial */
        double settle;    /* at the start: no feedback, no learning */
        double test;      /* at the end: no feedback, no learning */
        bool trial_clamp; /* silence the last SPEC_TRIAL_CLAMP of a period */
    } schedule;
    struct {
        double window;     /* s, traces at full rate, at start and end */
        int64_t snapshots; /* checkpoints that are kept, evenly spaced */
    } record;
    struct {
        enum engine_type engine;
        enum precision precision;
        char device[128]; /* "any" or the id of one device */
    } compute;
};

/* What a user hands in: a spec and what the queue shows beside it. */
struct submission {
    struct spec spec;
    char name[129];  /* "" when none was given */
    char tags[4097]; /* JSON object of strings as text, keys sorted; "{}" */
    int priority;    /* -100 to 100, higher goes first, 0 unless told */
    char note[4097];
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

int64_t spec_steps(const struct spec *spec); /* of SPEC_DT, the whole job */
int64_t spec_period_steps(const struct spec *spec);
void spec_dimensions(const struct spec *spec, int *d, int *d_in); /* x and u */
/* Host memory that making the network takes, in bytes: the decoders need every
 * neuron's rate at every evaluation point and a Gram matrix, all float64.
 * INT64_MAX when it overflows. */
int64_t spec_memory(const struct spec *spec);

const char *system_name(enum system_type type); /* "vanderPol" */
const char *input_name(enum input_type type);   /* "amplVaryHeightsScaled" */
const char *nengo_name(enum nengo_rule rule);   /* "2.4" */
const char *precision_name(enum precision precision); /* "f32" */

#endif
