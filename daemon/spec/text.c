/* text.c - JSON text that came from outside, checked before it is believed.
 *
 * jansson takes up to 79 times the size of the text, recurses while it dumps
 * and accepts a key twice: so size and depth are bounded before it is asked. */
#include "spec/spec_private.h"

/* How deep arrays and objects are nested at most; brackets inside of strings do
 * not count. It need not be JSON. */
static size_t
text_depth(const char *text, size_t size)
{
    size_t depth = 0;
    size_t deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

enum status
spec_check_text(const char *text, size_t size, json_t **out, struct error *err)
{
    json_error_t at;
    if (size == 0)
        return error_set(err, INVALID, "the text is empty");
    if (size > SPEC_BODY_MOST)
        return error_set(err, TOO_LARGE,
                         "the description has %zu bytes, at most %d are taken",
                         size, SPEC_BODY_MOST);
    if (text_depth(text, size) > SPEC_DEPTH_MOST)
        return error_set(err, INVALID,
                         "arrays and objects are nested deeper than %d",
                         SPEC_DEPTH_MOST);
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &at);
    if (*out != NULL)
        return OK;
    if (json_error_code(&at) == json_error_out_of_memory)
        return error_set(err, NO_MEMORY, "no memory to read the description");
    return error_set(err, INVALID, "line %d, column %d: %s", at.line, at.column,
                     at.text);
}
