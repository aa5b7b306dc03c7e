/* test_kernel_layouts.c - the kernel as it is laid out for GPUs that are not
 * there: compiled so for the device that is, and compared with plain C. */
#include "kernel_native.h"
#include "kernel_testing.h"

#define STEPS 1900 /* no clamp at the end, where all membranes are 0 */

/* The layout for a GPU of no particular make, with work-groups of at most
 * `group_most` work-items. */
static struct fit
gpu_fit(const struct network *network, enum precision precision,
        unsigned group_most)
{
    const struct opencl_device gpu = {.id = "gpu0",
                                      .gpu = true,
                                      .group_most = group_most,
                                      .width_f32 = 1,
                                      .width_f64 = 1};
    const struct engine_shape shape = shape_of(network, precision);
    struct fit fit;

    assert_ok(fit_choose(&gpu, &shape, 1, &fit, why));
    return fit;
}

static void
launch_run(struct launch *launch, struct opencl *cl, const struct fit *fit)
{
    char *texts[SOURCES];
    struct program *program = NULL;
    struct buffer *buffers[BUFFERS];

    assert_ok(sources_load(texts, why));
    assert_ok(program_build(cl, (const char *const *)texts, SOURCES,
                            fit->options, "advance", &program, why));
    sources_free(texts);
    const int most[ARGUMENTS_BEFORE_BUFFERS] = {(int)launch->steps, 1, 0,
                                                (int)launch->steps};
    for (unsigned i = 0; i < ARGUMENTS_BEFORE_BUFFERS; i++)
        assert_ok(program_set_int(program, i, most[i], why));
    for (unsigned i = 0; i < BUFFERS; i++) {
        assert_ok(buffer_new(cl, launch->sizes[i], &buffers[i], why));
        assert_ok(buffer_write(buffers[i], 0, launch->arrays[i],
                               launch->sizes[i], why));
        assert_ok(program_set_buffer(program, ARGUMENTS_BEFORE_BUFFERS + i,
                                     buffers[i], why));
    }
    assert_ok(program_run(program, 1, (size_t)fit->group, why));
    for (int i = 0; i < BUFFERS; i++)
        assert_ok(buffer_read(buffers[i], 0, launch->arrays[i],
                              launch->sizes[i], why));
    assert_ok(opencl_finish(cl, why));
    for (int i = 0; i < BUFFERS; i++)
        buffer_free(buffers[i]);
    program_free(program);
}

static struct network *
network_large(void)
{
    struct network *network = NULL;
    assert_ok(network_build(&van_der_pol, NULL, &network, why));
    return network;
}

/* Numbers of spikes alike; sums of many may be added in another order. */
static void
assert_same_summary(const struct launch *ours, const struct launch *theirs)
{
    const double *a = ours->arrays[BUFFER_SUMMARIES];
    const double *b = theirs->arrays[BUFFER_SUMMARIES];

    ck_assert_double_eq(a[SUMMARY_SPIKES_FF], b[SUMMARY_SPIKES_FF]);
    ck_assert_double_eq(a[SUMMARY_SPIKES_REC], b[SUMMARY_SPIKES_REC]);
    for (size_t i = SUMMARY_STATES;
         i < ours->sizes[BUFFER_SUMMARIES] / sizeof(double); i++)
        ck_assert_msg(b[i] != 0 && fabs(a[i] / b[i] - 1) < 1e-10,
                      "number %zu is %.17g, not %.17g", i, a[i], b[i]);
}

/* 100 + 100 neurons in f64: no spike differs, nor the learned factors. */
static void
assert_layout_agrees(unsigned group_most, int group, bool registers)
{
    struct opencl *cl = device_opened();
    struct network *network = network_large();
    struct signal signal = signal_new(network, STEPS);
    const struct fit fit = gpu_fit(network, PRECISION_F64, group_most);
    struct launch ours =
        launch_new(network, &quick_rule, &signal, 8, (size_t)fit.group);
    struct launch theirs = launch_new(network, &quick_rule, &signal, 8, 1);
    struct bytes our_factors = {0}, their_factors = {0};

    ck_assert_int_eq(fit.group, group);
    ck_assert_int_eq(fit.registers, registers);
    ck_assert_int_eq(fit.padded_ff, ours.padded_ff);
    launch_run(&ours, cl, &fit);
    native_f64.advance(STEPS, 0, theirs.arrays);

    struct record our_record = launch_record(&ours);
    struct record their_record = launch_record(&theirs);
    assert_alive(&their_record);
    assert_same_bytes(&our_record.spikes_ff, &their_record.spikes_ff, "ff");
    assert_same_bytes(&our_record.spikes_rec, &their_record.spikes_rec, "rec");
    launch_factors(&ours, &our_factors);
    launch_factors(&theirs, &their_factors);
    assert_near(&our_record.x_hat, &their_record.x_hat, 1e-12);
    assert_near(&our_factors, &their_factors, 1e-12);
    assert_same_summary(&ours, &theirs);
    record_free(&our_record);
    record_free(&their_record);
    bytes_free(&our_factors);
    bytes_free(&their_factors);
    launch_free(&ours);
    launch_free(&theirs);
    signal_free(&signal);
    network_free(network);
    opencl_close(cl);
}

TEST(neurons_in_registers_of_many_work_items_spike_as_in_plain_c)
{
    assert_layout_agrees(1024, 64, true);
}

/* 6: the sum over a group halves it again and again. */
TEST(neurons_in_memory_of_few_work_items_spike_as_in_plain_c)
{
    assert_layout_agrees(6, 4, false);
}

TEST_MAIN("kernel layouts")
