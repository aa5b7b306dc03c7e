/* document.c - the presets and the table of fields as Markdown: the second part
 * of doc/jobs.md. */
#include "spec/spec_private.h"

#include <stdlib.h>
#include <string.h>

static enum status
document_presets(struct bytes *out)
{
    enum status status = bytes_printf(out, "## Presets\n\n"
                                           "| preset | |\n"
                                           "|---|---|\n");
    for (size_t i = 0; preset_name(i) != NULL && status == OK; i++)
        status = bytes_printf(out, "| `%s` | %s |\n", preset_name(i),
                              preset_description(i));
    return status;
}

static enum status
document_choices(const struct field *field, struct bytes *out)
{
    enum status status = OK;
    for (size_t i = 0; field->choices[i] != NULL && status == OK; i++)
        status =
            bytes_printf(out, "%s`%s`", i == 0 ? "" : ", ", field->choices[i]);
    return status;
}

static enum status
document_limits(const struct field *field, struct bytes *out)
{
    const char *before = "", *after = "";
    switch (field->type) {
    case FIELD_CHOICE:
        return document_choices(field, out);
    case FIELD_BOOL:
        return bytes_printf(out, "`true`, `false`");
    case FIELD_COUNT:
        before = "whole, ";
        break;
    case FIELD_RANGE:
        before = "two, rising, ";
        break;
    case FIELD_TEXT:
        after = " bytes";
        break;
    case FIELD_REAL:
        break;
    }
    return bytes_printf(out, "%s%.15g to %.15g%s", before, field->least,
                        field->most, after);
}

static enum status
document_field(const struct field *field, struct bytes *out)
{
    json_t *value = field_default(field);
    char *text =
        value == NULL
            ? NULL
            : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    enum status status =
        bytes_printf(out, "| `%s.%s` | %s | %s | ", field->section, field->key,
                     strcmp(field->unit, "1") == 0 ? "" : field->unit,
                     text != NULL ? text : "the preset's");
    if (status == OK)
        status = document_limits(field, out);
    if (status == OK)
        status = bytes_printf(out, " | %s |\n", field->text);
    free(text);
    json_decref(value);
    return status;
}

enum status
spec_document(struct bytes *out)
{
    const char *section = "";
    enum status status = document_presets(out);
    for (size_t i = 0; i < fields_count && status == OK; i++) {
        if (strcmp(section, fields[i].section) != 0) {
            section = fields[i].section;
            status =
                bytes_printf(out,
                             "\n## %s\n\n"
                             "| key | unit | default | allowed | meaning |\n"
                             "|---|---|---|---|---|\n",
                             section);
        }
        if (status == OK)
            status = document_field(&fields[i], out);
    }
    return status;
}
