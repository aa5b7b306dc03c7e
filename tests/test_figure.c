/* What `follow plot` draws, as gnuplot programs. */
#include "testing.h"

#include "client/figure.h"
#include "client/series.h"

#include <math.h>
#include <string.h>

static const char trace[] = "t,u1,x1,x2,xhat1,xhat2,error1,error2,"
                            "error_filtered1,error_filtered2\r\n"
                            "0.001,0.5,1,nan,1,2,0,0,-3,0.1\r\n"
                            "4,0.5,1,-2,1,2,0,0,0.1,+inf\r\n";

TEST(columns_of_csv_are_found_by_name_and_holes_are_left_out)
{
    struct range range = {INFINITY, -INFINITY};

    ck_assert_int_eq(series_dimensions(trace, "x"), 2);
    ck_assert_int_eq(series_dimensions(trace, "u"), 1);
    ck_assert_uint_eq(series_rows(trace), 2);
    range_widen(trace, "x2", &range);
    ck_assert_double_eq(range.least, -2);
    range_widen(trace, "error_filtered1", &range);
    range_widen(trace, "error_filtered2", &range);
    ck_assert_double_eq(range.least, -3);
    ck_assert_double_eq(range.most, 0.1);
    range = (struct range){INFINITY, -INFINITY};
    range_widen_positive(trace, "error_filtered1", "t", (struct range){0, 5},
                         &range);
    ck_assert_double_eq(range.least, 0.1);
}

TEST(a_title_cannot_command_gnuplot)
{
    struct figure figure = {.title = "it's\n!touch /tmp/x",
                            .start = trace,
                            .duration = 8,
                            .settle = 4};
    struct bytes out = {0};
    struct error err;

    ck_assert_int_eq(figure_script(&figure, "png", "a'b.png", &out, &err), OK);
    ck_assert_ptr_nonnull(
        strstr((char *)out.data, "'it''s !touch /tmp/x' noenhanced"));
    ck_assert_ptr_nonnull(strstr((char *)out.data, "'a''b.png'"));
    ck_assert_ptr_null(strstr((char *)out.data, "\r"));
    bytes_free(&out);
}

TEST(a_job_that_has_recorded_nothing_gives_no_figure)
{
    struct figure figure = {.title = "", .start = "t,u1,x1\r\n"};
    struct bytes out = {0};
    struct error err;

    ck_assert_int_eq(figure_script(&figure, "png", "a.png", &out, &err),
                     NOT_FOUND);
    bytes_free(&out);
}

static const char metrics[] = "t_end,mse,mse_raw\r\n"
                              "4,1e-3,2e-3\r\n"
                              "8,5e-4,1e-3\r\n";

/* The program for a run [owned]. */
static char *
script_of(bool feedback, bool learning)
{
    struct figure figure = {.title = "",
                            .start = trace,
                            .metrics = metrics,
                            .duration = 16,
                            .period = 4,
                            .settle = 4,
                            .test = 4,
                            .feedback = feedback,
                            .learning = learning};
    struct bytes out = {0};
    struct error err;

    ck_assert_int_eq(figure_script(&figure, "png", "a.png", &out, &err), OK);
    return (char *)out.data;
}

TEST(the_error_shown_is_what_drives_learning_where_anything_learns)
{
    static const struct {
        bool feedback, learning, filtered;
    } cases[] = {{true, true, true},
                 {true, false, true},
                 {false, true, true}, /* the readout alone */
                 {false, false, false}};

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        char *script = script_of(cases[i].feedback, cases[i].learning);
        ck_assert_int_eq(strstr(script, "'t':'error_filtered2'") != NULL,
                         cases[i].filtered);
        ck_assert_int_eq(strstr(script, "column('mse')") != NULL,
                         cases[i].filtered);
        ck_assert_int_eq(strstr(script, "'t':'error2'") != NULL,
                         !cases[i].filtered);
        free(script);
    }
}

TEST(the_ground_is_grey_where_feedback_is_off)
{
    char *script = script_of(true, true);

    ck_assert_ptr_nonnull(strstr(script, "rectangle from 0, graph 0 to 4,"));
    ck_assert_ptr_nonnull(strstr(script, "rectangle from 12, graph 0 to 16,"));
    free(script);
    script = script_of(false, true);
    ck_assert_ptr_nonnull(strstr(script, "rectangle from 0, graph 0 to 16,"));
    ck_assert_ptr_null(strstr(script, "rectangle from 12,"));
    free(script);
}

TEST(episodes_are_drawn_on_decades_and_nothing_is_no_figure)
{
    struct bytes out = {0};
    struct error err;

    ck_assert_int_eq(figure_episodes_script("", "episode,time\n", "png",
                                            "a.png", &out, &err),
                     NOT_FOUND);
    ck_assert_int_eq(figure_episodes_script("", "episode,time\n0,30\n9,0.6\n",
                                            "png", "a.png", &out, &err),
                     OK);
    ck_assert_ptr_nonnull(strstr((char *)out.data, "set yrange [0.1:100]"));
    ck_assert_ptr_nonnull(strstr((char *)out.data, "set xrange [0:10]"));
    bytes_free(&out);
}

TEST_MAIN("figure")
