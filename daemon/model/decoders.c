/* decoders.c - the weights that read the represented point, or a function of
 * it, out of the spikes.
 *
 *   (A^T A + lambda I) X = A^T Y,  lambda = P (0.1 max(A))^2,  decoders = X^T
 *
 * A [P][N] holds the rate (Hz) of every neuron at every evaluation point, Y
 * [P][d] the points themselves, or the function's values. A is never there as a
 * whole: it is made in strips of rows, and each strip is added to the sums, so
 * that the memory is that of the N x N matrix.
 *
 * Summing A^T A costs three or four digits, and which ones depends on the BLAS
 * and its threads. One step of refinement with a residual that is taken from A
 * itself, A^T (Y - A X) - lambda X, wins them back, so that the decoders are
 * the same on every machine but for the last digit or two.
 * doc/model.md, section 2. */
#include "model/model_private.h"

#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define STRIP       512 /* rows of A at once                      */
#define PARTS_MOST  64  /* threads that share them                */
#define NOISE_SHARE 0.1 /* of the largest rate, squared in lambda */

struct fit {
    const struct ensemble *ensemble;
    int neurons, d;        /* N, d                                   */
    const double *targets; /* [P][outputs] Y [borrowed]         */
    int outputs;
    double *encoders; /* [N][d] per unit of the point           */
    double *strip;    /* [STRIP][N] Hz                          */
    double *missing;  /* [STRIP][outputs] Y - A X               */
    double *gram;     /* [N][N] Hz^2, its upper triangle        */
    double *right;    /* [outputs][N] the right-hand side       */
    double most;      /* Hz, the largest rate so far            */
};

/* Rates of all neurons at one point; the largest of them and of `most`. */
static double
rates_at(const struct fit *fit, const double *point, double *rates /* [N] */,
         double most)
{
    const struct ensemble *ensemble = fit->ensemble;

    for (int64_t i = 0; i < fit->neurons; i++) {
        double along = 0;

        for (int k = 0; k < fit->d; k++)
            along += point[k] * fit->encoders[i * fit->d + k];
        rates[i] = neuron_rate(ensemble->gain[i] * along + ensemble->bias[i]);
        if (rates[i] > most)
            most = rates[i];
    }
    return most;
}

/* Some rows of a strip, for a thread. */
struct part {
    const struct fit *fit;
    const double *points; /* [rows][d] of the strip [borrowed]               */
    int first, last;
    double most; /* Hz, the largest rate among them                          */
    pthread_t thread;
    bool alone; /* there was no thread for it                                */
};

static void *
part_fill(void *context)
{
    struct part *part = context;
    const struct fit *fit = part->fit;

    for (int64_t row = part->first; row < part->last; row++)
        part->most = rates_at(fit, part->points + row * fit->d,
                              fit->strip + row * fit->neurons, part->most);
    return NULL;
}

/* The rates at the points of a strip, by as many threads as there are cores:
 * rows know nothing of each other, so nothing depends on how many. */
static void
strip_fill(struct fit *fit, const double *points, int rows)
{
    struct part parts[PARTS_MOST];
    const int cores = cores_count();
    const int count = cores < PARTS_MOST ? cores : PARTS_MOST;

    for (int i = 0; i < count; i++) {
        struct part *part = &parts[i];

        *part = (struct part){.fit = fit,
                              .points = points,
                              .first = rows * i / count,
                              .last = rows * (i + 1) / count};
        part->alone = i + 1 == count ||
                      pthread_create(&part->thread, NULL, part_fill, part) != 0;
        if (part->alone)
            part_fill(part);
    }
    for (int i = 0; i < count; i++) {
        if (!parts[i].alone)
            pthread_join(parts[i].thread, NULL);
        fit->most = parts[i].most > fit->most ? parts[i].most : fit->most;
    }
}

/* right += targets^T strip */
static void
add_to_right(struct fit *fit, const double *targets /* [rows][outputs] */,
             int rows)
{
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, fit->outputs,
                fit->neurons, rows, 1, targets, fit->outputs, fit->strip,
                fit->neurons, 1, fit->right, fit->neurons);
}

/* gram += strip^T strip, right += targets^T strip */
static void
add_sums(struct fit *fit, const double *targets, const double *decoders,
         int rows)
{
    (void)decoders;
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, fit->neurons, rows, 1,
                fit->strip, fit->neurons, 1, fit->gram, fit->neurons);
    add_to_right(fit, targets, rows);
}

/* right += (targets - strip decoders^T)^T strip */
static void
add_residual(struct fit *fit, const double *targets, const double *decoders,
             int rows)
{
    memcpy(fit->missing, targets,
           (size_t)rows * (size_t)fit->outputs * sizeof(double));
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, fit->outputs,
                fit->neurons, -1, fit->strip, fit->neurons, decoders,
                fit->neurons, 1, fit->missing, fit->outputs);
    add_to_right(fit, fit->missing, rows);
}

/* Goes once over all of A, strip after strip. */
static void
for_each_strip(struct fit *fit, const double *decoders,
               void (*add)(struct fit *fit, const double *targets,
                           const double *decoders, int rows))
{
    int64_t points = fit->ensemble->points;

    for (int64_t first = 0; first < points; first += STRIP) {
        const double *here = fit->ensemble->eval_points + first * fit->d;
        int rows = points - first < STRIP ? (int)(points - first) : STRIP;

        strip_fill(fit, here, rows);
        add(fit, fit->targets + first * fit->outputs, decoders, rows);
    }
}

static double
lambda(const struct fit *fit)
{
    double sigma = NOISE_SHARE * fit->most;

    return (double)fit->ensemble->points * sigma * sigma;
}

/* The upper triangle by rows is the lower one by columns, as LAPACK reads it,
 * and so are the right-hand sides: nothing has to be turned over. */
static enum status
solve(struct fit *fit, double *decoders, struct error *err)
{
    int n = fit->neurons, d = fit->outputs;

    for_each_strip(fit, NULL, add_sums);
    for (int64_t i = 0; i < n; i++)
        fit->gram[i * n + i] += lambda(fit);
    if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, fit->gram, n) != 0)
        return error_set(err, FAILED, "no decoders: the neurons never fire");
    LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'L', n, d, fit->gram, n, fit->right,
                        n);
    memcpy(decoders, fit->right, (size_t)n * (size_t)d * sizeof(double));
    return OK;
}

static void
refine(struct fit *fit, double *decoders)
{
    int n = fit->neurons, d = fit->outputs;

    for (int64_t i = 0; i < (int64_t)d * n; i++)
        fit->right[i] = -lambda(fit) * decoders[i];
    for_each_strip(fit, decoders, add_residual);
    LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'L', n, d, fit->gram, n, fit->right,
                        n);
    for (int64_t i = 0; i < (int64_t)d * n; i++)
        decoders[i] += fit->right[i];
}

static enum status
fit_open(struct fit *fit, const struct ensemble *ensemble,
         const double *targets, int outputs, struct error *err)
{
    size_t neurons = (size_t)ensemble->recipe.neurons;
    size_t row = (size_t)ensemble->recipe.dimensions * sizeof(double);
    size_t out = (size_t)outputs * sizeof(double);

    *fit = (struct fit){
        .ensemble = ensemble, .targets = targets, .outputs = outputs};
    if (neurons > INT_MAX)
        return error_set(err, TOO_LARGE, "%zu neurons are beyond LAPACK",
                         neurons);
    fit->neurons = (int)neurons;
    fit->d = ensemble->recipe.dimensions;
    fit->encoders = memory_array(neurons, row);
    fit->strip = memory_array(STRIP, neurons * sizeof(double));
    fit->missing = memory_array(STRIP, out);
    fit->gram = memory_array(neurons, neurons * sizeof(double));
    fit->right = memory_array(neurons, out);
    if (!fit->encoders || !fit->strip || !fit->missing || !fit->gram ||
        !fit->right)
        return error_set(err, NO_MEMORY,
                         "no memory for the decoders of %zu neurons", neurons);
    for (int64_t i = 0; i < (int64_t)fit->neurons * fit->d; i++)
        fit->encoders[i] = ensemble->encoders[i] / ensemble->recipe.radius;
    return OK;
}

static void
fit_close(struct fit *fit)
{
    free(fit->encoders);
    free(fit->strip);
    free(fit->missing);
    free(fit->gram);
    free(fit->right);
}

enum status
decoders_solve(const struct ensemble *ensemble, const double *targets,
               int outputs, double *decoders, struct error *err)
{
    struct fit fit;
    enum status status = fit_open(&fit, ensemble, targets, outputs, err);

    if (status == OK)
        status = solve(&fit, decoders, err);
    if (status == OK)
        refine(&fit, decoders);
    fit_close(&fit);
    return status;
}
