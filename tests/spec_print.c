/* spec_print.c - prints what spec_document() writes, for doc/jobs.md. */
#include "spec/spec.h"

#include <stdio.h>

int
main(void)
{
    struct bytes page = {0};
    if (spec_document(&page) != OK) {
        fputs("spec_print: no memory\n", stderr);
        return 1;
    }
    size_t written = fwrite(page.data, 1, page.size, stdout);
    bool good = written == page.size && fflush(stdout) == 0;
    bytes_free(&page);
    return good ? 0 : 1;
}
