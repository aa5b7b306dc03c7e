/* spec_testing.h - reading job descriptions, and what is told of bad ones. */
#ifndef FOLLOWD_SPEC_TESTING_H
#define FOLLOWD_SPEC_TESTING_H

#include "testing.h"

#include "spec/spec.h"

static struct submission submission;
static struct faults faults;

/* Reads a description that must be JSON. */
static TEST_UNUSED enum status
read_text(const char *text)
{
    json_t *json;
    struct error err;
    enum status status = spec_check_text(text, strlen(text), &json, &err);
    ck_assert_msg(status == OK, "%s: %s", text, err.text);
    status = spec_from_json(json, &submission, &faults);
    json_decref(json);
    return status;
}

/* The text of the fault at `pointer`, or NULL. */
static TEST_UNUSED const char *
fault_at(const char *pointer)
{
    for (size_t i = 0; i < faults.count; i++)
        if (strcmp(faults.list[i].pointer, pointer) == 0)
            return faults.list[i].detail;
    return NULL;
}

/* Asserts that `text` has one fault, at `pointer`, that says `words`. */
static TEST_UNUSED void
assert_fault(const char *text, const char *pointer, const char *words)
{
    ck_assert_int_eq(read_text(text), INVALID);
    const char *detail = fault_at(pointer);
    ck_assert_msg(detail != NULL, "%s: nothing at %s, but %s: %s", text,
                  pointer, faults.list[0].pointer, faults.list[0].detail);
    ck_assert_msg(strstr(detail, words) != NULL, "%s: %s", text, detail);
    ck_assert_msg(faults.count == 1, "%s: also %s: %s", text,
                  faults.list[1].pointer, faults.list[1].detail);
}

#endif
