/* caret.c - points at the characters of a description that are wrong. */
#include "client/client.h"

#include <stdlib.h>
#include <string.h>

#define PLACE "at character " /* what a fault with a place begins with */

/* What a JSON pointer, "#/system/...", leads to [borrowed], NULL when it is
 * not there. */
static const json_t *
pointer_follow(const json_t *from, const char *pointer)
{
    pointer += *pointer == '#';
    while (from && *pointer == '/') {
        const size_t length = strcspn(++pointer, "/");

        from = json_is_array(from)
                   ? json_array_get(from, strtoul(pointer, NULL, 10))
                   : json_object_getn(from, pointer, length);
        pointer += length;
    }
    return from;
}

/* The place [borrowed] that a fault tells, NULL when it tells none. */
static const char *
place_find(const json_t *fault)
{
    const char *place = strstr(json_text(fault, "detail"), PLACE);

    return place ? place + strlen(PLACE) : NULL;
}

void
carets_print(const json_t *description, const json_t *faults)
{
    const json_t *fault;
    size_t i;

    json_array_foreach((json_t *)faults, i, fault)
    {
        const char *text = json_string_value(
            pointer_follow(description, json_text(fault, "pointer")));
        const char *place = place_find(fault);
        char clean[600];

        if (text && place)
            fprintf(stderr, "    %s\n    %*s\n",
                    text_clean(text, clean, sizeof(clean)), atoi(place), "^");
    }
}
