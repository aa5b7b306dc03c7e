/* npz_copy.c - reads an .npz and writes what it understood as another, so that
 * NumPy can judge both. */
#include "npz/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int count, char **words)
{
    struct bytes in = {0}, out = {0};
    struct error err = {0};
    struct npz_array *arrays = NULL;
    struct npz *npz = NULL;
    enum status status;

    if (count != 3) {
        fprintf(stderr, "usage: npz_copy IN.npz OUT.npz\n");
        return 2;
    }
    status = file_read(words[1], 1 << 26, &in, &err);
    if (status == OK)
        status = npz_open(in.data, in.size, 1 << 26, &npz, &err);
    if (status == OK) {
        arrays = memory_array(npz_count(npz), sizeof(*arrays));
        for (size_t i = 0; arrays && i < npz_count(npz); i++)
            arrays[i] = *npz_at(npz, i);
        status =
            arrays ? npz_write(arrays, npz_count(npz), &out, &err) : NO_MEMORY;
    }
    if (status == OK)
        status = file_write(words[2], 0600, out.data, out.size, &err);
    if (status != OK)
        fprintf(stderr, "%s: %s\n", status_name(status), err.text);
    free(arrays);
    npz_close(npz);
    bytes_free(&in);
    bytes_free(&out);
    return status == OK ? 0 : 1;
}
