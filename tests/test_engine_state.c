/* test_engine_state.c - the same bits, however a run is cut, interrupted or
 * seated, and what a network that breaks down says. */
#include "engine_testing.h"

#define RUN 1000 /* steps */

/* What is compiled in: the published network alone, and each way to hold
 * weights with everything else. */
static const struct kind {
    enum engine_weights weights;
    enum nengo_rule nengo;
    bool more;     /* fixed weights, missing connections, learned decoders,
                    * decay, noise                                           */
    int64_t delay; /* steps */
} kinds[] = {
    {ENGINE_WEIGHTS_FACTORED, NENGO_2_4, false, 0},
    {ENGINE_WEIGHTS_FACTORED, NENGO_2_5, true, 1},
    {ENGINE_WEIGHTS_GATHERED, NENGO_2_4, true, 40},
    {ENGINE_WEIGHTS_DENSE, NENGO_4, true, 301},
};
#define PUBLISHED (&kinds[0])

static struct engine_shape
kind_shape(const struct kind *kind, const struct network *network,
           enum precision precision)
{
    const bool whole = kind->weights != ENGINE_WEIGHTS_FACTORED;
    struct engine_shape shape = shape_of(network, precision);

    shape.nengo = kind->nengo;
    shape.weights = kind->weights;
    shape.weights_fixed = kind->weights == ENGINE_WEIGHTS_GATHERED;
    shape.weights_masked = whole;
    shape.weights_clipped = kind->weights == ENGINE_WEIGHTS_DENSE;
    shape.plastic_readout = shape.decays = shape.noisy = kind->more;
    shape.delay_steps = kind->delay;
    return shape;
}

static struct engine_rule
kind_rule(const struct kind *kind)
{
    struct engine_rule rule = quick_rule;

    rule.delay_steps = kind->delay;
    if (!kind->more)
        return rule;
    rule.plastic |= PLASTIC_READOUT;
    rule.decay = 0.5;
    rule.noise_sd = 0.2;
    rule.noise_seed = 9;
    return rule;
}

/* Three networks of one shape with signals, and a device. */
struct company {
    struct opencl *cl;
    struct engine_shape shape;
    struct engine_rule rule;
    struct network *networks[3];
    struct connections connections[3];
    struct signal signals[3];
};

static struct company
company_new(const struct kind *kind, enum precision precision)
{
    struct company company = {.cl = device_opened(), .rule = kind_rule(kind)};
    for (int i = 0; i < 3; i++) {
        company.networks[i] = network_of(2, 2, 4 + i);
        company.signals[i] = signal_new(company.networks[i], STEPS_MOST);
        company.connections[i] =
            connections_of(company.networks[i], 1e-4 * (i + 1), true);
        for (int64_t n = 0; kind->more && n < STEPS_MOST; n++)
            company.signals[i].eta[n] /= 200; /* the readout is quick */
    }
    company.shape = kind_shape(kind, company.networks[0], precision);
    return company;
}

static void
company_free(struct company *company)
{
    for (int i = 0; i < 3; i++) {
        network_free(company->networks[i]);
        connections_free(&company->connections[i]);
        signal_free(&company->signals[i]);
    }
    opencl_close(company->cl);
}

static void
company_sit(const struct company *company, int member, struct engine *engine,
            int seat)
{
    assert_ok(engine_seat(engine, seat, company->networks[member],
                          &company->connections[member], &company->rule, why));
}

/* An engine of `seats` in which network 0 has just taken `seat`. */
static struct engine *
engine_with(const struct company *company, int seats, int seat)
{
    struct engine *engine = engine_opened(company->cl, &company->shape, seats);
    company_sit(company, 0, engine, seat);
    return engine;
}

static void
assert_same_state(struct engine *engine, int seat, struct engine *other,
                  int other_seat)
{
    struct engine_state ours, theirs;

    assert_ok(engine_save(engine, seat, &ours, why));
    assert_ok(engine_save(other, other_seat, &theirs, why));
    ck_assert_int_eq(ours.step, theirs.step);
    ck_assert_uint_eq(ours.count, theirs.count);
    for (size_t i = 0; i < ours.count; i++) {
        const struct engine_part *part = &ours.parts[i];
        const struct engine_part *same = engine_state_find(&theirs, part->name);
        ck_assert_ptr_nonnull(same);
        ck_assert_uint_eq(part->rows, same->rows);
        ck_assert_uint_eq(part->columns, same->columns);
        ck_assert_msg(memcmp(part->data, same->data,
                             part->rows * part->columns * ours.real_size) == 0,
                      "%s differs", part->name);
    }
    engine_state_free(&ours);
    engine_state_free(&theirs);
}

/* ---- slices, save and load ----------------------------------------------- */

static void
assert_slices_do_not_matter(const struct kind *kind, enum precision precision)
{
    static const int64_t cuts[] = {1, 2, 3, 7, 64, 299, 1, 331, 292};
    struct company company = company_new(kind, precision);
    struct engine *whole = engine_with(&company, 1, 0);
    struct engine *sliced = engine_with(&company, 1, 0);
    struct record at_once = {0}, in_parts = {0};

    signal_run(whole, &company.signals[0], 0, RUN, &at_once);
    for (size_t i = 0; i < ARRAY_LENGTH(cuts); i++)
        signal_run(sliced, &company.signals[0], in_parts.steps, cuts[i],
                   &in_parts);
    assert_alive(&at_once);
    assert_same_record(&in_parts, &at_once);
    assert_same_state(sliced, 0, whole, 0);
    record_free(&at_once);
    record_free(&in_parts);
    engine_close(whole);
    engine_close(sliced);
    company_free(&company);
}

TEST(a_drive_cut_into_odd_slices_gives_the_same_bits)
{
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++)
        for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++)
            assert_slices_do_not_matter(&kinds[k], precisions[p]);
}

/* The first half in one engine, the second in a new one, in another seat. */
static void
assert_restored_goes_on(const struct kind *kind, enum precision precision)
{
    struct company company = company_new(kind, precision);
    struct engine *whole = engine_with(&company, 1, 0);
    struct engine *first = engine_with(&company, 1, 0);
    struct record all = {0}, halves[3] = {{0}};
    struct engine_state state;

    signal_run(whole, &company.signals[0], 0, RUN, &all);
    signal_run(first, &company.signals[0], 0, RUN / 2 + 1, &halves[2]);
    assert_ok(engine_save(first, 0, &state, why));
    ck_assert_int_eq(state.step, RUN / 2 + 1);
    engine_close(first);

    struct engine *second = engine_with(&company, 3, 2);
    struct engine_drive drives[3] = {{0}};
    drives[2] = signal_part(&company.signals[0], state.step, RUN - state.step);
    assert_ok(engine_load(second, 2, &state, why));
    engine_state_free(&state);
    slice_run(second, 3, drives, halves);
    assert_alive(&all);
    assert_same_record(&halves[2], &all);
    assert_same_state(second, 2, whole, 0);
    record_free(&all);
    for (int i = 0; i < 3; i++)
        record_free(&halves[i]);
    engine_close(whole);
    engine_close(second);
    company_free(&company);
}

TEST(a_run_restored_from_a_state_continues_bit_for_bit)
{
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++)
        for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++)
            assert_restored_goes_on(&kinds[k], precisions[p]);
}

static void
assert_begins_anew(const struct kind *kind)
{
    struct company company = company_new(kind, PRECISION_F32);
    struct engine *engine = engine_with(&company, 1, 0);
    struct record first = {0}, again = {0};
    struct engine_state state;

    signal_run(engine, &company.signals[0], 0, RUN, &first);
    company_sit(&company, 0, engine, 0);
    signal_run(engine, &company.signals[0], 0, 300, &again);
    assert_ok(engine_save(engine, 0, &state, why));
    engine_state_free(&state);
    signal_run(engine, &company.signals[0], 300, RUN - 300, &again);
    assert_alive(&first);
    assert_same_record(&again, &first);
    record_free(&first);
    record_free(&again);
    engine_close(engine);
    company_free(&company);
}

TEST(saving_changes_nothing_and_a_seat_taken_anew_begins_at_zero)
{
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++)
        assert_begins_anew(&kinds[k]);
}

static void
assert_other_states_are_refused(const struct kind *kind)
{
    struct company narrow = company_new(kind, PRECISION_F32);
    struct engine *engine = engine_with(&narrow, 2, 0);
    struct engine_state state;
    struct error err;

    assert_ok(engine_save(engine, 0, &state, why));
    ck_assert_int_eq(engine_load(engine, 1, &state, &err), CONFLICT);
    ck_assert_str_eq(err.text, "seat 1 is empty");
    state.real_size = 8;
    ck_assert_int_eq(engine_load(engine, 0, &state, &err), INVALID);
    state.real_size = 4;
    for (size_t i = 0; i < state.count; i++) {
        state.parts[i].rows++;
        ck_assert_int_eq(engine_load(engine, 0, &state, &err), INVALID);
        ck_assert_ptr_nonnull(strstr(err.text, state.parts[i].name));
        state.parts[i].rows--;
    }
    assert_ok(engine_load(engine, 0, &state, why));
    engine_state_free(&state);
    engine_close(engine);
    company_free(&narrow);
}

TEST(a_state_of_another_precision_or_shape_is_refused)
{
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++)
        assert_other_states_are_refused(&kinds[k]);
}

/* ---- neighbours ---------------------------------------------------------- */

/* Network 0 runs in the middle seat; one neighbour is there from the start with
 * slices of other lengths, one joins late, and one seat stays empty. */
static void
assert_neighbours_do_not_matter(const struct kind *kind,
                                enum precision precision)
{
    struct company company = company_new(kind, precision);
    struct engine *alone = engine_with(&company, 1, 0);
    struct engine *shared = engine_with(&company, 4, 1);
    struct record lonely = {0}, records[4] = {{0}};
    struct engine_drive drives[4] = {{0}};

    signal_run(alone, &company.signals[0], 0, RUN, &lonely);
    company_sit(&company, 1, shared, 0);
    drives[0] = signal_part(&company.signals[1], 0, 900);
    drives[1] = signal_part(&company.signals[0], 0, 400);
    slice_run(shared, 4, drives, records);
    company_sit(&company, 2, shared, 2);
    drives[0] = signal_part(&company.signals[1], 900, 100);
    drives[1] = signal_part(&company.signals[0], 400, 600);
    drives[2] = signal_part(&company.signals[2], 0, 1500);
    slice_run(shared, 4, drives, records);
    assert_alive(&lonely);
    assert_alive(&records[0]);
    assert_alive(&records[2]);
    assert_same_record(&records[1], &lonely);
    assert_same_state(shared, 1, alone, 0);
    ck_assert_int_eq(records[3].steps, 0);
    for (int i = 0; i < 4; i++)
        record_free(&records[i]);
    record_free(&lonely);
    engine_close(alone);
    engine_close(shared);
    company_free(&company);
}

TEST(neighbours_change_no_bit_whenever_they_join)
{
    for (size_t k = 0; k < ARRAY_LENGTH(kinds); k++)
        for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++)
            assert_neighbours_do_not_matter(&kinds[k], precisions[p]);
}

/* ---- what is not finite -------------------------------------------------- */

/* Puts `bad` into u or x of the middle one of three networks at step 700. */
static void
assert_breakdown_is_told(enum precision precision, double bad, bool command)
{
    struct company company = company_new(PUBLISHED, precision);
    struct engine *alone = engine_with(&company, 1, 0);
    struct engine *shared = engine_with(&company, 3, 0);
    struct record lonely = {0}, records[3] = {{0}};
    struct engine_drive drives[3];
    struct signal *broken = &company.signals[1];

    (command ? broken->u : broken->x)[700 * 2 + 1] = bad;
    signal_run(alone, &company.signals[0], 0, RUN, &lonely);
    for (int i = 1; i < 3; i++)
        company_sit(&company, i, shared, i);
    for (int64_t first = 0; first < RUN; first += 500) {
        for (int i = 0; i < 3; i++)
            drives[i] = signal_part(&company.signals[i], first, 500);
        slice_run(shared, 3, drives, records);
        ck_assert_msg(records[1].finite == (first == 0),
                      "%s: %g in %s, %s after step %lld",
                      precision_name(precision), bad, command ? "u" : "x",
                      records[1].finite ? "finite" : "not finite",
                      (long long)first + 500);
    }
    assert_alive(&records[0]);
    assert_alive(&records[2]);
    assert_same_record(&records[0], &lonely);
    for (int i = 0; i < 3; i++)
        record_free(&records[i]);
    record_free(&lonely);
    engine_close(alone);
    engine_close(shared);
    company_free(&company);
}

TEST(what_is_not_finite_in_the_reference_is_told_of_that_network_alone)
{
    for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++) {
        assert_breakdown_is_told(precisions[p], NAN, false);
        assert_breakdown_is_told(precisions[p], INFINITY, false);
    }
}

TEST(what_is_not_finite_in_the_command_is_told_of_that_network_alone)
{
    for (size_t p = 0; p < ARRAY_LENGTH(precisions); p++) {
        assert_breakdown_is_told(precisions[p], NAN, true);
        assert_breakdown_is_told(precisions[p], INFINITY, true);
        assert_breakdown_is_told(precisions[p], -INFINITY, true);
        assert_breakdown_is_told(precisions[p], 1e308, true);
    }
}

TEST_MAIN("engine state")
