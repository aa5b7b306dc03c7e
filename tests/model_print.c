/* model_print.c - prints what the model room computes, for tests in Python.
 *
 *   model_print random SEED COUNT      the streams of one seed
 *   model_print drive SLICE [NPZ] <SPEC   what drives a job; NPZ has arrays
 *                                      t, x, u that the job names
 *   model_print streams COUNT <SPEC    the command's stream, before and after
 *   model_print network CACHE <SPEC    the network of a job; "-": no cache
 *   model_print connections SEED <SPEC its weights and masks, drawn by
 *                                      RandomState([SEED]); what is shuffled,
 *                                      are the numbers 0, 1, 2, ...
 *
 * SPEC is a job description in JSON; what comes out is an npz. */
#include "drive/drive.h"
#include "model/model.h"
#include "npz/npz.h"
#include "random/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MOST ((size_t)1 << 30) /* bytes */

static int
complain(const char *text)
{
    fprintf(stderr, "model_print: %s\n", text);
    return 1;
}

static int
print_arrays(const struct npz_array *arrays, size_t count)
{
    struct bytes out = {0};
    struct error err;
    size_t written = 0;

    if (npz_write(arrays, count, &out, &err) != OK)
        return complain(err.text);
    written = fwrite(out.data, 1, out.size, stdout);
    bytes_free(&out);
    return written == 0 || fflush(stdout) ? complain("cannot write") : 0;
}

static int
print_random(uint32_t seed, size_t count)
{
    double *all = memory_array(5 * count, sizeof(double));
    struct random random;
    struct npz_array arrays[] = {
        npz_view("samples", NPZ_FLOAT64, all, 1, count),
        npz_view("normals", NPZ_FLOAT64, all + count, 1, count),
        npz_view("uniforms", NPZ_FLOAT64, all + 2 * count, 1, count),
        npz_view("list_normals", NPZ_FLOAT64, all + 3 * count, 1, count),
        npz_view("shuffled", NPZ_FLOAT64, all + 4 * count, 1, count),
    };
    int result;

    if (!all)
        return complain("no memory");
    random_seed(&random, seed);
    for (size_t i = 0; i < count; i++)
        all[i] = random_sample(&random);
    random_fill_normal(&random, (int64_t)count, all + count);
    random_fill_uniform(&random, -0.2, 0.7, (int64_t)count, all + 2 * count);
    random_seed_list(&random, seed);
    random_fill_normal(&random, (int64_t)count, all + 3 * count);
    for (size_t i = 0; i < count; i++)
        all[4 * count + i] = (double)i;
    random_shuffle(&random, (int64_t)count, all + 4 * count);
    result = print_arrays(arrays, ARRAY_LENGTH(arrays));
    free(all);
    return result;
}

static struct npz *
npz_read(const char *path)
{
    struct bytes file = {0};
    struct npz *npz = NULL;
    struct error err;

    if (file_read(path, FILE_MOST, &file, &err) != OK ||
        npz_open(file.data, file.size, FILE_MOST, &npz, &err) != OK)
        complain(err.text);
    bytes_free(&file);
    return npz;
}

/* The whole job, `slice` steps at a time. */
static int
print_drive(const struct spec *spec, const struct drive_sources *sources,
            int64_t slice)
{
    struct drive *drive = NULL;
    struct error err;

    if (drive_new(spec, sources, &drive, &err) != OK)
        return complain(err.text);
    const size_t steps = (size_t)drive_steps_total(drive);
    const size_t d = (size_t)drive_dimensions(drive);
    const size_t d_in = (size_t)drive_dimensions_in(drive);
    double *all = memory_array(steps, (d_in + 2 * d + 2) * sizeof(double));
    unsigned char *gates = memory_array(steps, 1);
    if (!all || !gates)
        return complain("no memory");
    double *x = all + steps * d_in, *target = x + steps * d;
    double *feedback = target + steps * d, *eta = feedback + steps;
    for (size_t done = 0; done < steps;) {
        const size_t left = steps - done;
        const size_t next = left < (size_t)slice ? left : (size_t)slice;
        const struct drive_rows rows = {all + done * d_in, x + done * d,
                                        target + done * d, feedback + done,
                                        eta + done,        gates + done};

        drive_advance(drive, (int64_t)next, &rows);
        done += next;
    }
    const struct npz_array arrays[] = {
        npz_view("u", NPZ_FLOAT64, all, 2, steps, d_in),
        npz_view("x", NPZ_FLOAT64, x, 2, steps, d),
        npz_view("target", NPZ_FLOAT64, target, 2, steps, d),
        npz_view("feedback", NPZ_FLOAT64, feedback, 1, steps),
        npz_view("eta", NPZ_FLOAT64, eta, 1, steps),
        npz_view("gates", NPZ_UINT8, gates, 1, steps),
    };
    const int result = print_arrays(arrays, ARRAY_LENGTH(arrays));
    drive_free(drive);
    free(all);
    free(gates);
    return result;
}

/* COUNT normal numbers, then COUNT uniform ones of each. */
static int
print_streams(const struct spec *spec, size_t count)
{
    double *all = memory_array(4 * count, sizeof(double));
    struct random streams[2];
    struct npz_array arrays[] = {
        npz_view("before", NPZ_FLOAT64, all, 1, 2 * count),
        npz_view("after", NPZ_FLOAT64, all + 2 * count, 1, 2 * count),
    };
    struct error err;
    int result;

    if (!all)
        return complain("no memory");
    if (drive_streams(spec, &streams[0], &streams[1], &err) != OK)
        return complain(err.text);
    for (size_t i = 0; i < 2; i++) {
        double *row = all + i * 2 * count;

        random_fill_normal(&streams[i], (int64_t)count, row);
        random_fill_uniform(&streams[i], 0, 1, (int64_t)count, row + count);
    }
    result = print_arrays(arrays, ARRAY_LENGTH(arrays));
    free(all);
    return result;
}

static int
print_network(const struct spec *spec, const char *cache_folder)
{
    struct network *network = NULL;
    struct bytes out = {0};
    struct error err;
    enum status status = network_new(spec, cache_folder, &network, &err);
    size_t written = 0;

    if (status == OK)
        status = network_to_npz(network, &out, &err);
    if (status == OK)
        written = fwrite(out.data, 1, out.size, stdout);
    network_free(network);
    bytes_free(&out);
    if (status != OK)
        return complain(err.text);
    return written == 0 || fflush(stdout) ? complain("cannot write") : 0;
}

static int
print_connections(const struct spec *spec, uint32_t seed)
{
    const size_t n_ff = (size_t)spec->network.neurons_ff;
    const size_t n_rec = (size_t)spec->network.neurons_rec;
    const size_t most = n_ff > n_rec ? n_ff : n_rec;
    struct network *network = NULL;
    struct connections connections = {0};
    struct random random;
    struct error err;
    double *numbers = memory_array(n_rec * most, sizeof(double));
    const struct connections_sources sources = {
        .random = &random, .learned_ff = numbers, .learned_rec = numbers};

    if (!numbers)
        return complain("no memory");
    for (size_t i = 0; i < n_rec * most; i++)
        numbers[i] = (double)i;
    random_seed_list(&random, seed);
    if (network_new(spec, NULL, &network, &err) != OK ||
        connections_fix(spec, network, &sources, &connections, &err) != OK ||
        connections_thin(spec, network, &connections, &err) != OK)
        return complain(err.text);
    struct npz_array arrays[5] = {
        npz_view("gain_rec", NPZ_FLOAT64, network->gain_rec, 1, n_rec)};
    size_t count = 1;
    if (connections.weights_ff) {
        arrays[count++] = npz_view("W_ff", NPZ_FLOAT64, connections.weights_ff,
                                   2, n_rec, n_ff);
        arrays[count++] = npz_view("W_rec", NPZ_FLOAT64,
                                   connections.weights_rec, 2, n_rec, n_rec);
    }
    if (connections.mask_ff) {
        arrays[count++] =
            npz_view("mask_ff", NPZ_BOOL, connections.mask_ff, 2, n_rec, n_ff);
        arrays[count++] = npz_view("mask_rec", NPZ_BOOL, connections.mask_rec,
                                   2, n_rec, n_rec);
    }
    const int result = print_arrays(arrays, count);
    connections_free(&connections);
    network_free(network);
    free(numbers);
    return result;
}

static enum status
read_spec(struct spec *out, struct error *err)
{
    char text[SPEC_BODY_MOST];
    size_t size = fread(text, 1, sizeof(text), stdin);
    struct submission submission;
    struct faults faults;
    json_t *object = NULL;
    enum status status = spec_check_text(text, size, &object, err);

    if (status != OK)
        return status;
    if (spec_from_json(object, &submission, &faults) != OK)
        status = error_set(err, INVALID, "%s %s", faults.list[0].pointer,
                           faults.list[0].detail);
    json_decref(object);
    *out = submission.spec;
    return status;
}

int
main(int count, char **words)
{
    struct spec spec;
    struct error err;

    if (count == 4 && strcmp(words[1], "random") == 0)
        return print_random((uint32_t)strtoul(words[2], NULL, 10),
                            (size_t)strtoul(words[3], NULL, 10));
    if (count < 3 || count > 4)
        return complain("random SEED COUNT | drive SLICE | streams COUNT | "
                        "network CACHE | connections SEED");
    if (read_spec(&spec, &err) != OK)
        return complain(err.text);
    if (strcmp(words[1], "drive") == 0) {
        struct npz *npz = count == 4 ? npz_read(words[3]) : NULL;
        const struct drive_sources sources = {npz, npz, npz};
        int result = print_drive(&spec, &sources, strtoll(words[2], NULL, 10));

        npz_close(npz);
        return result;
    }
    if (strcmp(words[1], "connections") == 0)
        return print_connections(&spec, (uint32_t)strtoul(words[2], NULL, 10));
    if (strcmp(words[1], "streams") == 0)
        return print_streams(&spec, strtoul(words[2], NULL, 10));
    return print_network(&spec, strcmp(words[2], "-") ? words[2] : NULL);
}
