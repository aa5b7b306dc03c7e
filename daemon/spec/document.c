/* document.c - presets, systems and the table of fields as Markdown: the second
 * part of doc/jobs.md. */
#include "spec/spec_private.h"

#include <stdlib.h>
#include <string.h>

static enum status
document_presets(struct bytes *out)
{
    enum status status =
        bytes_printf(out, "## Presets\n\n"
                          "| preset | | stands on | changes |\n"
                          "|---|---|---|---|\n");
    for (size_t i = 0; preset_name(i) != NULL && status == OK; i++) {
        bool changes = strcmp(preset_changes(i), "{}") != 0;
        status = bytes_printf(
            out, "| `%s` | %s |%s%s |%s%s%s |\n", preset_name(i),
            preset_description(i), preset_base(i)[0] != '\0' ? " " : "",
            preset_base(i), changes ? " `" : "",
            changes ? preset_changes(i) : "", changes ? "`" : "");
    }
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
    case FIELD_SET:
        return document_choices(field, out);
    case FIELD_BOOL:
        return bytes_printf(out, "`true`, `false`");
    case FIELD_UPLOAD:
        return bytes_printf(out, "64 digits, or `null`");
    case FIELD_FORMULAS:
        return bytes_printf(out, "texts of 1 to %d bytes",
                            SPEC_FORMULA_SIZE - 1);
    case FIELD_CONSTANTS:
        before = "an object of numbers, each ";
        break;
    case FIELD_COUNT:
        before = "whole, ";
        break;
    case FIELD_SEED:
    case FIELD_JOB:
        before = "`null`, or whole, ";
        break;
    case FIELD_TIME:
        before = "`\"final\"`, or ";
        break;
    case FIELD_RANGE:
        before = "two, rising, ";
        break;
    case FIELD_REALS:
        before = "a list of numbers, each ";
        break;
    case FIELD_STEPS:
        before = "a list of pairs, times ";
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
    json_t *value = field->value != NULL
                        ? json_loads(field->value, JSON_DECODE_ANY, NULL)
                        : NULL;
    char *text =
        value == NULL
            ? NULL
            : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    enum status status =
        bytes_printf(out, "| `%s.%s` | %s | %s | ", field->section, field->key,
                     strcmp(field->unit, "1") == 0 ? "" : field->unit,
                     text != NULL ? text : "the system's");
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
    if (status == OK)
        status = system_document(out);
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
