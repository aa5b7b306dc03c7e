/* test_model_weights.c - reading functions out of spikes, and whole weights. */
#include "model_testing.h"

static struct network *
network_made(void)
{
    struct network *network = NULL;
    struct error err;

    ck_assert_msg(network_build(&van_der_pol, NULL, &network, &err) == OK, "%s",
                  err.text);
    return network;
}

static void
identity(void *context, const double *point, double *out)
{
    (void)context;
    out[0] = point[0];
    out[1] = point[1];
}

static void
three_linear(void *context, const double *point, double *out)
{
    (void)context;
    out[0] = point[0] + 2 * point[1];
    out[1] = -0.5 * point[0];
    out[2] = 0;
}

static void
product(void *context, const double *point, double *out)
{
    (void)context;
    out[0] = point[0] * point[1];
}

static double *
decoded(const struct network *network, enum model_layer layer,
        model_function *function, int outputs)
{
    double *out = memory_array((size_t)(outputs * 100), sizeof(double));
    struct error err;

    ck_assert_ptr_nonnull(out);
    ck_assert_msg(network_decode(network, layer, function, NULL, outputs, out,
                                 &err) == OK,
                  "%s", err.text);
    return out;
}

/* What the static rates of the recurrent layer say at a point. */
static double
read_out(const struct network *network, const double *weights, double x,
         double y)
{
    double sum = 0;

    for (int i = 0; i < 100; i++) {
        const double *scaled = network->scaled_encoders_rec + 2 * i;

        sum += weights[i] * neuron_rate(scaled[0] * x + scaled[1] * y +
                                        network->bias_rec[i]);
    }
    return sum;
}

TEST(reading_the_point_itself_is_what_the_decoders_do)
{
    struct network *network = network_made();
    double *ours = decoded(network, MODEL_REC, identity, 2);

    assert_same_bits(ours, network->decoders, 200, "decoders");
    free(ours);
    network_free(network);
}

TEST(a_linear_function_is_read_by_the_same_combination_of_decoders)
{
    struct network *network = network_made();
    double *ff = decoded(network, MODEL_FF, identity, 2);
    double *ours = decoded(network, MODEL_FF, three_linear, 3);

    for (int i = 0; i < 100; i++) {
        ck_assert_double_eq_tol(ours[i], ff[i] + 2 * ff[100 + i], 1e-15);
        ck_assert_double_eq_tol(ours[100 + i], -0.5 * ff[i], 1e-15);
        ck_assert_double_eq(ours[200 + i], 0);
    }
    free(ours);
    free(ff);
    network_free(network);
}

TEST(a_product_of_two_dimensions_can_be_read)
{
    struct network *network = network_made();
    double *ours = decoded(network, MODEL_REC, product, 1);

    for (double angle = 0; angle < 6.2; angle += 0.1) {
        const double x = 3 * cos(angle), y = 3 * sin(angle);

        ck_assert_double_eq_tol(read_out(network, ours, x, y), x * y, 2.5);
    }
    free(ours);
    network_free(network);
}

TEST(spoiled_decoders_are_off_by_a_number_each_in_the_order_of_rows)
{
    struct network *network = network_made(), *sound = network_made();
    struct random random, same;

    random_seed(&random, 5);
    random_seed(&same, 5);
    network_spoil_decoders(network, 0.5, 2, &random);
    for (int i = 0; i < 200; i++) {
        double sample;

        random_fill_uniform(&same, -1, 1, 1, &sample);
        ck_assert_double_eq(network->decoders[i],
                            sound->decoders[i] * (0.5 + sample * 2));
    }
    network_free(network);
    network_free(sound);
}

TEST(whole_weights_are_what_is_left_of_the_fixed_ones_and_the_product)
{
    struct network *network = network_made();
    struct connections parts = {0};
    double *D = network->decoders; /* some factors */
    struct error err;

    parts.weights_ff = memory_array(10000, sizeof(double));
    parts.weights_rec = memory_array(10000, sizeof(double));
    parts.mask_ff = memory_array(10000, 1);
    parts.mask_rec = memory_array(10000, 1);
    for (int i = 0; i < 10000; i++) {
        parts.weights_rec[i] = i;
        parts.mask_rec[i] = i % 3 == 0;
    }
    ck_assert_int_eq(connections_whole(&parts, network, 0.5, NULL, D, &err),
                     OK);
    for (int i = 0; i < 100; i++)
        for (int j = 0; j < 100; j++) {
            const double *e = network->scaled_encoders_rec + 2 * i;
            const int at = 100 * i + j;
            const double sum = 0.5 * at + e[0] * D[j] + e[1] * D[100 + j];

            ck_assert_double_eq_tol(parts.weights_rec[at],
                                    at % 3 == 0 ? sum : 0, 1e-10);
            ck_assert_double_eq(parts.weights_ff[at], 0);
        }
    connections_free(&parts);
    network_free(network);
}

TEST_MAIN("model weights")
