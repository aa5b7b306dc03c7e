/* test_random.c - random streams, against what their authors and NumPy give. */
#include "testing.h"

#include "random/random.h"

TEST(the_twister_gives_the_numbers_that_its_authors_published)
{
    const uint32_t list[] = {0x123, 0x234, 0x345, 0x456};
    struct mt19937 twister;
    uint32_t last = 0;

    mt19937_seed_list(&twister, list, 4);
    ck_assert_uint_eq(mt19937_next(&twister), 1067595299u);
    ck_assert_uint_eq(mt19937_next(&twister), 955945823u);
    mt19937_seed(&twister, 5489);
    for (int i = 0; i < 10000; i++)
        last = mt19937_next(&twister);
    ck_assert_uint_eq(last, 4123659995u);
}

TEST(a_seed_gives_the_stream_of_numpy)
{
    const double samples[] = {0x1.ef1e88f9a3c82p-1, 0x1.182ed34b0d70bp-1,
                              0x1.f203af36c27e5p-1};
    const double normals[] = {0x1.fca80f8bf3fb1p-1, 0x1.144e7bb8bd05fp+0,
                              0x1.739dbc59dc5fcp+0};
    const double uniforms[] = {-0x1.69d0a17aa1ee8p-6, 0x1.27446ca805ae2p-1};
    struct random random;
    double ours[3];

    random_seed(&random, 4);
    for (int i = 0; i < 3; i++)
        ours[i] = random_sample(&random);
    assert_same_bits(ours, samples, 3, "random_sample");
    random_fill_normal(&random, 3, ours);
    assert_same_bits(ours, normals, 3, "normal");
    random_fill_uniform(&random, -0.2, 0.7, 2, ours);
    assert_same_bits(ours, uniforms, 2, "uniform");
}

TEST(a_list_of_one_seed_gives_another_stream_than_the_seed)
{
    const double uniforms[] = {0x1.d2faa5ee7a5dcp-1, 0x1.ca9349ecadd7ep-1};
    const double normals[] = {0x1.062773e93efcfp-1, 0x1.74ba2379ae6d9p-1};
    struct random random;
    double ours[2];

    random_seed_list(&random, 2);
    random_fill_uniform(&random, -1, 1, 2, ours);
    assert_same_bits(ours, uniforms, 2, "uniform");
    random_fill_normal(&random, 2, ours);
    assert_same_bits(ours, normals, 2, "normal");
}

TEST_MAIN("random")
