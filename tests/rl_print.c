/* rl_print.c - prints what reinforcement learning has learned, for tests in
 * Python.
 *
 *   rl_print EVERY <SPEC    all its episodes; its state is saved, and restored
 *                           into a new one, after EVERY of them
 *
 * SPEC is a job description in JSON; what comes out is an npz. */
#include "rl/rl.h"

#include <stdio.h>
#include <stdlib.h>

static int
complain(const char *text)
{
    fprintf(stderr, "rl_print: %s\n", text);
    return 1;
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

    if (status == OK && spec_from_json(object, &submission, &faults) != OK)
        status = error_set(err, INVALID, "%s %s", faults.list[0].pointer,
                           faults.list[0].detail);
    json_decref(object);
    if (status == OK)
        *out = submission.spec;
    return status;
}

/* As npz and back, in a new one. */
static enum status
move(struct rl **rl, const struct spec *spec, struct error *err)
{
    struct npz_array arrays[RL_ARRAYS];
    struct bytes bytes = {0};
    struct npz *npz = NULL;
    struct rl *next = NULL;
    enum status status;

    rl_save(*rl, arrays);
    status = npz_write(arrays, RL_ARRAYS, &bytes, err);
    if (status == OK)
        status = npz_open(bytes.data, bytes.size, 1 << 28, &npz, err);
    if (status == OK)
        status = rl_new(spec, &next, err);
    if (status == OK)
        status = rl_restore(next, npz, err);
    npz_close(npz);
    bytes_free(&bytes);
    rl_free(*rl);
    *rl = next;
    return status;
}

static enum status
learn(struct rl **rl, const struct spec *spec, int64_t every, struct error *err)
{
    enum status status = rl_new(spec, rl, err);

    while (status == OK && rl_episodes(*rl) < spec->rl.episodes) {
        status = rl_advance(*rl, 1000, err);
        if (status == OK && every > 0 && rl_is_between(*rl) &&
            rl_episodes(*rl) % every == 0)
            status = move(rl, spec, err);
    }
    return status;
}

int
main(int count, char **words)
{
    struct npz_array arrays[RL_ARRAYS];
    struct bytes out = {0};
    struct rl *rl = NULL;
    struct spec spec;
    struct error err;
    size_t written = 0;

    if (count != 2)
        return complain("EVERY <SPEC");
    if (read_spec(&spec, &err) != OK ||
        learn(&rl, &spec, strtoll(words[1], NULL, 10), &err) != OK)
        return complain(err.text);
    rl_save(rl, arrays);
    if (npz_write(arrays, RL_ARRAYS, &out, &err) != OK)
        return complain(err.text);
    written = fwrite(out.data, 1, out.size, stdout);
    rl_free(rl);
    bytes_free(&out);
    return written == 0 || fflush(stdout) ? complain("cannot write") : 0;
}
