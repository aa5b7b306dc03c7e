/* compare.c - `follow diff`: what two jobs differ in, as one JSON object that
 * --json prints and people get as tables.
 *
 * Equal are two jobs with the same description and the same weights, bit for
 * bit. What they ran on and how it went are shown and decide nothing. */
#include "client/client.h"

#include "client/matrices.h"
#include "client/pairs.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct side {
    int64_t id;
    char checkpoint[CHECKPOINT_SIZE];
    json_t *job;              /* [owned] */
    struct matrices *weights; /* [owned] NULL: it has none                   */
};

/* ---- what is compared --------------------------------------------------- */

/* A job without weights is no failure: there is its description. What learns
 * torques never has any. */
static enum status
side_get(struct client *client, const char *word, struct side *out,
         struct error *err)
{
    enum status status =
        checkpoint_find(client, word, &out->id, out->checkpoint, err);

    if (status == OK)
        status = client_get(client, &out->job, err, "/api/v1/jobs/%" PRId64,
                            out->id);
    if (status == OK && !job_is_reinforcement(out->job))
        status =
            matrices_get(client, out->id, out->checkpoint, &out->weights, err);
    if (status != NOT_FOUND || !out->job)
        return status;
    fprintf(stderr, "follow: %s\n", err->text);
    return OK;
}

static void
side_free(struct side *side)
{
    json_decref(side->job);
    matrices_free(side->weights);
}

static json_t *
number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Both matrices; `out` [owned] is null where there is nothing to compare. */
static enum status
weights_compare(struct client *client, const struct side sides[2], json_t **out,
                bool *equal, struct error *err)
{
    static const char *const names[] = {"ff", "rec"};
    enum status status = OK;

    *equal = !sides[0].weights && !sides[1].weights;
    *out = json_null();
    if (!sides[0].weights || !sides[1].weights)
        return OK;
    *out = json_object();
    *equal = true;
    for (size_t i = 0; status == OK && i < ARRAY_LENGTH(names); i++) {
        struct likeness like;
        status = matrices_compare(client, sides[0].weights, sides[1].weights,
                                  names[i], &like, err);
        if (status != OK)
            break;
        *equal = *equal && like.difference == 0;
        json_object_set_new(*out, names[i],
                            json_pack("{s:o, s:o, s:o}", "difference",
                                      number_or_null(like.difference), "r2",
                                      number_or_null(like.r2), "correlation",
                                      number_or_null(like.correlation)));
    }
    if (status != CONFLICT) /* of another shape */
        return status;
    fprintf(stderr, "follow: %s\n", err->text);
    json_decref(*out);
    *out = json_null();
    *equal = false;
    return OK;
}

static json_t *
of_both(const struct side sides[2], const char *key, const char *inner,
        bool all)
{
    const json_t *a = json_object_get(sides[0].job, key);
    const json_t *b = json_object_get(sides[1].job, key);

    if (inner)
        a = json_object_get(a, inner), b = json_object_get(b, inner);
    return pairs_make(a, b, all);
}

static enum status
jobs_compare(struct client *client, const struct side sides[2], json_t **out,
             struct error *err)
{
    json_t *spec = of_both(sides, "spec", NULL, false), *weights;
    bool equal;
    enum status status = weights_compare(client, sides, &weights, &equal, err);

    *out = json_pack(
        "{s:b, s:[{s:I, s:s}, {s:I, s:s}], s:o, s:o, s:{s:o, s:o}, s:o}",
        "equal", equal && json_object_size(spec) == 0, "jobs", "id",
        (json_int_t)sides[0].id, "checkpoint", sides[0].checkpoint, "id",
        (json_int_t)sides[1].id, "checkpoint", sides[1].checkpoint, "spec",
        spec, "provenance", of_both(sides, "provenance", NULL, false),
        "metrics", "last", of_both(sides, "metrics", "last", true), "min",
        of_both(sides, "metrics", "min", true), "weights", weights);
    return status;
}

/* ---- for people --------------------------------------------------------- */

/* "JOB" or "JOB@TIME", as head of a column. */
static void
head_write(const json_t *result, size_t side, const char *before, char *out,
           size_t size)
{
    const json_t *job = json_array_get(json_object_get(result, "jobs"), side);
    const char *at = json_text(job, "checkpoint");
    bool is_final = strcmp(at, "final") == 0;

    snprintf(out, size, "%s%.0f%s%s", before, json_number(job, "id"),
             is_final ? "" : "@", is_final ? "" : at);
}

/* A table follows the one before it after an empty line. */
static void
table_end(struct table *table, bool *any)
{
    struct look look;

    look_at(stdout, &look);
    if (table->count) {
        fputs(*any ? "\n" : "", stdout);
        table_print(table, stdout, &look);
        *any = true;
    }
    table_free(table);
}

static void
differences_print(const json_t *result, const char *what, const char *title,
                  bool *any)
{
    char a[80], b[80];
    const char *heads[] = {title, a, b, NULL};
    struct table table;

    head_write(result, 0, "<JOB ", a, sizeof(a));
    head_write(result, 1, "<JOB ", b, sizeof(b));
    table_start(&table, heads, 2);
    pairs_fill(&table, json_object_get(result, what));
    table_end(&table, any);
}

static void
metrics_print(const json_t *result, bool *any)
{
    char names[4][80];
    const char *heads[] = {"<METRIC", names[0], names[1],
                           names[2],  names[3], NULL};
    const json_t *last =
        json_object_get(json_object_get(result, "metrics"), "last");
    const json_t *least =
        json_object_get(json_object_get(result, "metrics"), "min");
    const char *key;
    json_t *pair;
    struct table table;

    for (size_t i = 0; i < 4; i++)
        head_write(result, i % 2, i < 2 ? "LAST OF " : "MIN OF ", names[i],
                   sizeof(names[i]));
    table_start(&table, heads, 0);
    json_object_foreach((json_t *)last, key, pair)
    {
        const json_t *of_min = json_object_get(least, key);
        table_cell(&table, key);
        for (size_t i = 0; i < 4; i++)
            cell_value(&table, json_array_get(i < 2 ? pair : of_min, i % 2),
                       false);
    }
    table_end(&table, any);
}

static void
likeness_print(const json_t *result, bool *any)
{
    static const char *const heads[] = {"<WEIGHTS", "DIFFERENCE", "R2",
                                        "CORRELATION", NULL};
    const char *key;
    json_t *like;
    struct table table;

    table_start(&table, heads, 0);
    json_object_foreach(json_object_get(result, "weights"), key, like)
    {
        table_cell(&table, key);
        for (size_t i = 1; heads[i]; i++) {
            static const char *const names[] = {"", "difference", "r2",
                                                "correlation"};
            cell_value(&table, json_object_get(like, names[i]), false);
        }
    }
    table_end(&table, any);
}

enum outcome
diff_run(struct client *client, const struct arguments *arguments)
{
    struct side sides[2] = {0};
    json_t *result = NULL;
    struct error err;
    bool any = false, equal = false;
    enum status status = side_get(client, arguments->words[0], &sides[0], &err);

    if (status == OK)
        status = side_get(client, arguments->words[1], &sides[1], &err);
    if (status == OK)
        status = jobs_compare(client, sides, &result, &err);
    if (status == OK && client->json) {
        json_dumpf(result, stdout, JSON_COMPACT | JSON_REAL_PRECISION(17));
        putchar('\n');
    } else if (status == OK) {
        differences_print(result, "spec", "<KEY", &any);
        differences_print(result, "provenance", "<RAN ON", &any);
        if (sides[0].id != sides[1].id)
            metrics_print(result, &any);
        likeness_print(result, &any);
    }
    equal = json_is_true(json_object_get(result, "equal"));
    json_decref(result);
    side_free(&sides[0]);
    side_free(&sides[1]);
    if (status != OK)
        return client_fail(client, status, &err);
    return equal ? DONE : JOB_FAILED;
}
