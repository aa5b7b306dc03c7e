/* fields.h - what a job may ask for, as C sees it; part of the door.
 *
 * fields.c says what each is called in JSON, its unit, limits and source. */
#ifndef FOLLOWD_SPEC_FIELDS_H
#define FOLLOWD_SPEC_FIELDS_H

#include "base/base.h"

#define SPEC_DT              0.001 /* s, one step of every simulation */
#define SPEC_DIMENSIONS_MOST 8     /* of u and of x */

/* The systems of the published scripts, by their names there, and the user's
 * own. The arms and acrobots, from SYSTEM_ROBOT1_GRAVITY on, are driven by
 * torques. */
enum system_type {
    SYSTEM_VAN_DER_POL,
    SYSTEM_LIN_OSC,
    SYSTEM_LORENZ,
    SYSTEM_ROBOT1,
    SYSTEM_ROB1SL,
    SYSTEM_ROBOT1_GRAVITY,
    SYSTEM_ROBOT1XY_GRAVITY,
    SYSTEM_ROBOT1_GRAVITY_INTERPOL,
    SYSTEM_ROBOT1XY_GRAVITY_INTERPOL,
    SYSTEM_ROBOT2_GRAVITY_INTERPOL,
    SYSTEM_ROBOT2_TODOROV,
    SYSTEM_ROBOT2_TODOROV_GRAVITY,
    SYSTEM_ROBOT2XY_TODOROV_GRAVITY,
    SYSTEM_ACROBOT2_GRAVITY,
    SYSTEM_ACROBOT2XY_GRAVITY,
    SYSTEM_EXPRESSION, /* one formula per dimension */
    SYSTEM_ARRAY,      /* x(t) as uploaded */
    SYSTEMS
};
/* What the system sees of u; "_nonlin" and "_nonlin2" of the scripts. */
enum feedforward {
    FEEDFORWARD_LINEAR,
    FEEDFORWARD_NONLIN,
    FEEDFORWARD_NONLIN2
};
/* Whose constants a system has when they are not given. */
enum variant { VARIANT_CODE, VARIANT_PAPER };
enum input_type {
    INPUT_RAMP_LEAVE,
    INPUT_RAMP_LEAVE_DIRN_VARY,
    INPUT_RAMP_LEAVE_DIRN_VARY_NON_LIN,
    INPUT_RAMP_LEAVE_HEIGHTS,
    INPUT_RAMP_LEAVE_RAMP_HEIGHTS, /* what is tested with */
    INPUT_RAMP_STEP,
    INPUT_KICK_START,
    INPUT_PERSISTENT,
    INPUT_PERSCONST,
    INPUT_AMPL_VARY,
    INPUT_AMPL_VARY_HEIGHTS,
    INPUT_AMPL_VARY_HEIGHTS_SCALED, /* what is learned with */
    INPUT_VAN_DER_POL_FREQ_VARY,
    INPUT_AMPL_VARY_RAMP_HEIGHTS_ALT,
    INPUT_AMPL_VARY_MULTI_TIME,
    INPUT_AMPL_DURN_VARY,
    INPUT_OSC,
    INPUT_NOSTIM,
    INPUT_RL_SWING, /* torques that a job of this kind learned, or uploaded */
    INPUT_RL_REACH1,
    INPUT_RL_REACH2,
    INPUT_RL_REACH3,
    INPUT_ARRAY, /* u(t) as uploaded */
    INPUTS_KNOWN
};
enum nengo_rule { NENGO_2_4, NENGO_2_5, NENGO_4 };
enum weights_init {
    WEIGHTS_ZERO,
    WEIGHTS_RANDOM,   /* sd * N(0, 1) */
    WEIGHTS_IDEAL,    /* of the system itself: "initLearned" */
    WEIGHTS_SHUFFLED, /* those of start.job, all entries permuted */
    WEIGHTS_ARRAY     /* uploaded: W_ff, W_rec */
};
enum weights_sign { SIGN_FREE, SIGN_NONNEGATIVE };
enum plastic { PLASTIC_FF = 1, PLASTIC_REC = 2, PLASTIC_READOUT = 4 };
enum delay_type { DELAY_PURE, DELAY_ALPHA };
enum rl_task {
    RL_NONE, /* a network learns, as nearly always */
    RL_SWING,
    RL_SWING2,
    RL_REACH1,
    RL_REACH2,
    RL_REACH3
};
enum engine_type { ENGINE_AUTO, ENGINE_FACTORED, ENGINE_DENSE };
enum precision { PRECISION_F32, PRECISION_F64 };

#define SPEC_LIST_MOST    16  /* numbers in a list, pairs in a schedule */
#define SPEC_FORMULA_SIZE 400 /* bytes of one formula, with the final zero */
#define SPEC_NAME_SIZE    32  /* bytes of a constant's name, likewise */
#define SPEC_ARRAY_SIZE   65  /* an uploaded array: SHA-256 in hex, "": none */

struct real_list {
    int64_t count;
    double at[SPEC_LIST_MOST];
};
/* eta[i] from time[i] (s, ascending) on; before the first, learning.eta. */
struct eta_schedule {
    int64_t count;
    double time[SPEC_LIST_MOST], eta[SPEC_LIST_MOST];
};

/* One job, resolved: every value is there. Plain values only, so it is copied
 * by assignment. Symbols are those of Gilra & Gerstner, eLife 2017. */
struct spec {
    char preset[40];
    struct {
        enum system_type type;
        enum variant variant;
        enum feedforward feedforward;
        double tau_input;          /* s: dx/dt = f(x) + u / tau_input */
        double tau_dyn;            /* s */
        double mu, scale;          /* van der Pol */
        double decay;              /* LinOsc: delta */
        double sigma, rho, beta;   /* Lorenz; x3 is counted from rho */
        double friction;           /* robot1, rob1SL: of x2, 1/s */
        double limit, limit_width; /* robot1: rad */
        double m1, m2;             /* kg, of the links */
        double l1, l2;             /* m, their lengths */
        double s1, s2;             /* m, to their centres of mass */
        double i1, i2;             /* kg m^2, their moments of inertia */
        double b11, b22, b12;      /* kg m^2/s, damping of the joints */
        double g;                  /* m/s^2 */
        struct real_list factors;  /* d of x and d_in of u: what the network
                                    * sees of positions, velocities, torques */
        struct real_list start;    /* x(0), d numbers; of arms the angles, rad,
                                    * and their velocities, 1/s. None: all
                                    * 0.001; arms: at rest, hanging */
        int64_t dimensions, dimensions_in; /* d, d_in of the user's own system,
                                            * else 0: the type knows them */
        char expressions[SPEC_DIMENSIONS_MOST][SPEC_FORMULA_SIZE];
        char constant_names[SPEC_LIST_MOST][SPEC_NAME_SIZE];
        struct real_list constants; /* by these names, in formulas */
        char array[SPEC_ARRAY_SIZE];
    } system;
    struct {
        int64_t neurons_ff, neurons_rec;
        double radius_ff, radius_rec; /* R1, R2: units of u and of x */
        double max_rates[2];          /* 1/s, uniform from [0] to [1] */
        double intercepts[2];         /* of the radius, uniform */
        double gain;                  /* nu of every neuron; 0: as max_rates and
                                       * intercepts have it */
        double bias[2];               /* with a gain: uniform */
        int64_t seed_ff, seed_rec;
        double tau_synapse; /* s, tau_s of every synapse */
        enum nengo_rule nengo;
        char arrays[SPEC_ARRAY_SIZE]; /* encoders, gains, ...: not from seeds */
    } network;
    struct {
        enum weights_init init;
        double sd;           /* of random weights, as "randomWeightSD" */
        double connectivity; /* part of all connections that exist */
        int64_t seed;        /* of init and mask; -1: the command's stream */
        int64_t shuffled;    /* of enum plastic, or'ed: FF, REC */
        enum weights_sign sign;
        char array[SPEC_ARRAY_SIZE];
    } weights;
    struct {
        bool enabled;
        double eta; /* learning rate as the published code has it */
        struct eta_schedule eta_schedule;
        double tau_error;    /* s, kappa^epsilon: the filter of the error */
        double error_cutoff; /* smaller components of it do not learn */
        int64_t plastic;     /* of enum plastic, or'ed */
        double decay;        /* 1/s, of all weights */
    } learning;
    struct {
        bool enabled;
        double gain;     /* k, at t = 0 */
        double gain_end; /* k at the end; linear between */
        double tau;      /* s, filter of the error that is fed back */
        double delay;    /* s, of the error that is fed back */
    } feedback;
    struct {
        enum input_type type;
        int64_t seed;
        double scale;     /* factor on u as published */
        double reduction; /* "inputreduction" of the scripts */
        char array[SPEC_ARRAY_SIZE];
        int64_t command_from; /* id of the rl job, 0: none */
    } input;
    struct {              /* all in s; whole steps, but ramp */
        double duration;  /* exactly so much is simulated */
        double period;    /* Tperiod, one trial */
        double ramp;      /* rampT, length of the pulse that starts a trial */
        double settle;    /* at the start: no feedback, no learning */
        double test;      /* at the end: no feedback, no learning */
        bool trial_clamp; /* silence the last part of a period */
    } schedule;
    struct {
        double neurons_sd, neurons_mean; /* thresholds, as "dynNoise" */
        double error_sd, error_mean;     /* units of x, as "errNoise" */
        int64_t seed;
    } noise;
    struct {
        double decoder_noise;  /* chi */
        double decoder_factor; /* x = 1 + xi */
        int64_t seed;          /* -1: the command's stream, as published */
    } readout;
    struct {
        int64_t job;   /* its network is the reference; 0: the system is */
        bool filtered; /* by tau_synapse, before x_hat is compared with it */
        double delay;  /* s */
        enum delay_type delay_type;
    } reference;
    struct {
        double window;     /* s, traces at full rate, at start and end */
        int64_t snapshots; /* checkpoints that are kept, evenly spaced */
        bool spikes;       /* every spike of the test windows */
        bool rates;        /* of every neuron, per window */
    } record;
    struct {
        int64_t job; /* whose weights and states are gone on from, 0: none */
        double at;   /* s, of its checkpoint; -1: the final one */
        bool states; /* with voltages, filters and time: "continue" */
    } start;
    struct {
        enum rl_task task;
        int64_t episodes;
        double alpha, gamma, lambda, epsilon; /* SARSA(lambda) */
        int64_t seed;
    } rl;
    struct {
        enum engine_type engine;
        enum precision precision;
        char device[128]; /* "any" or the id of one device */
    } compute;
};

#endif
