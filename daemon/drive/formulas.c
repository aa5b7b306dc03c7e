/* formulas.c - dx/dt as the user writes it, one formula a dimension.
 *
 * muParser turns each into bytecode once. What it offers beyond numbers,
 * operators and the functions below is shut: no assignment, no strings, no
 * lists. A formula has no loops, so one of SPEC_FORMULA_SIZE bytes is
 * evaluated in bounded time.
 *
 * muParser's texts and tokens lie in buffers that all threads share, so only
 * its codes and positions are asked for, and the words are ours. */
#include "drive/drive_private.h"

#include <ctype.h>
#include <math.h>
#include <muParserDLL.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct formulas {
    int d;
    double t;
    double x[SPEC_DIMENSIONS_MOST], u[SPEC_DIMENSIONS_MOST];
    muParserHandle_t parser[SPEC_DIMENSIONS_MOST]; /* they read t, x, u */
};

/* ---- what a formula may say --------------------------------------------- */

static double
sign(double x)
{
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

static const struct {
    const char *name;
    muFun1_t one;
    muFun2_t two;
} functions[] = {
    {"sin", sin, NULL},     {"cos", cos, NULL},     {"tan", tan, NULL},
    {"asin", asin, NULL},   {"acos", acos, NULL},   {"atan", atan, NULL},
    {"sinh", sinh, NULL},   {"cosh", cosh, NULL},   {"tanh", tanh, NULL},
    {"asinh", asinh, NULL}, {"acosh", acosh, NULL}, {"atanh", atanh, NULL},
    {"exp", exp, NULL},     {"log", log, NULL},     {"log10", log10, NULL},
    {"sqrt", sqrt, NULL},   {"abs", fabs, NULL},    {"sign", sign, NULL},
    {"floor", floor, NULL}, {"atan2", NULL, atan2}, {"min", NULL, fmin},
    {"max", NULL, fmax},
};

/* "x1" to "x<count>", whatever `letter` stands for x. */
static bool
is_variable(const char *name, char letter, int count)
{
    return name[0] == letter && name[1] >= '1' && name[1] <= '0' + count &&
           name[2] == '\0';
}

/* Why a constant may not have this name; NULL when it may. */
static const char *
name_fault(const char *name, int d, int d_in)
{
    if (strcmp(name, "t") == 0 || is_variable(name, 'x', d) ||
        is_variable(name, 'u', d_in))
        return "is a variable already";
    if (strcmp(name, "pi") == 0)
        return "is a constant already";
    for (size_t i = 0; i < ARRAY_LENGTH(functions); i++)
        if (strcmp(name, functions[i].name) == 0)
            return "is a function already";
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return "does not begin with a letter";
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return "has more than letters, digits and _";
    return NULL;
}

static void
parser_define(muParserHandle_t parser, struct formulas *formulas,
              const struct spec *spec)
{
    int d, d_in;
    char name[3] = "";

    spec_dimensions(spec, &d, &d_in);
    mupClearFun(parser);
    mupClearConst(parser);
    for (size_t j = 0; j < ARRAY_LENGTH(functions); j++)
        if (functions[j].one)
            mupDefineFun1(parser, functions[j].name, functions[j].one, 1);
        else
            mupDefineFun2(parser, functions[j].name, functions[j].two, 1);
    for (int j = 0; j < SPEC_DIMENSIONS_MOST; j++) {
        name[1] = (char)('1' + j);
        name[0] = 'x';
        if (j < d)
            mupDefineVar(parser, name, &formulas->x[j]);
        name[0] = 'u';
        if (j < d_in)
            mupDefineVar(parser, name, &formulas->u[j]);
    }
    mupDefineVar(parser, "t", &formulas->t);
    mupDefineConst(parser, "pi", 3.14159265358979323846);
    for (int64_t j = 0; j < spec->system.constants.count; j++)
        mupDefineConst(parser, spec->system.constant_names[j],
                       spec->system.constants.at[j]);
}

/* ---- what is wrong with it ---------------------------------------------- */

#define CODE_NO_COLON 33 /* whose position muParser does not tell */

/* What muParser's codes say (its enum EErrorCodes, which only C++ can see);
 * NULL stands for a name or a sign that it does not know. */
static const char *
code_text(int code)
{
    static const char *const texts[] = {
        [0] = "an operator is not expected here",
        [2] = "something is missing at the end",
        [3] = "a comma is not expected here",
        [4] = "an argument is not expected here",
        [5] = "a number is not expected here",
        [6] = "a variable is not expected here",
        [7] = "a parenthesis is not expected here",
        [10] = "a number is missing here",
        [11] = "a closing parenthesis is missing",
        [12] = "a function is not expected here",
        [14] = "the function takes fewer arguments",
        [15] = "the function takes more arguments",
        [25] = "it is empty",
        [32] = "a condition is not expected here",
        [CODE_NO_COLON] = "the condition has no \":\"",
        [34] = "a \":\" has no condition before it",
        [39] = "an operand is missing here",
    };

    if (code == 1)
        return NULL;
    if (code < 0 || code >= (int)ARRAY_LENGTH(texts) || !texts[code])
        return "it is not a formula";
    return texts[code];
}

/* The name that begins at `text`, or its first character. */
static int
token_length(const char *text)
{
    int length = 0;

    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length > 0 ? length : 1;
}

static void
syntax_fault(const char *pointer, const char *formula, int code, int position,
             struct faults *faults)
{
    int length = (int)strlen(formula);
    const char *text = code_text(code);
    const char *at;

    if (code == CODE_NO_COLON)
        position = (int)(strrchr(formula, '?') - formula);
    if (position < 0) {
        fault_add(faults, pointer, "%s", text ? text : code_text(-1));
        return;
    }
    position = position < length ? position : length;
    at = formula + position;
    if (text)
        fault_add(faults, pointer, "at character %d: %s", position + 1, text);
    else
        fault_add(faults, pointer, "at character %d: unknown %s \"%.*s\"",
                  position + 1,
                  isalpha((unsigned char)*at) || *at == '_' ? "name" : "sign",
                  token_length(at), at);
}

/* Finds what muParser would take but a formula may not have. */
static bool
formula_is_plain(const char *pointer, const char *formula,
                 struct faults *faults)
{
    for (const char *c = formula; *c; c++) {
        bool compares = (c > formula && strchr("=<>!", c[-1])) || c[1] == '=';

        if (*c == '=' && !compares) {
            fault_add(faults, pointer,
                      "at character %d: nothing can be assigned, \"==\" "
                      "compares",
                      (int)(c - formula) + 1);
            return false;
        }
        if (*c != ' ' && !isalnum((unsigned char)*c) &&
            !strchr("_.+-*/^(),<>=!&|?:", *c)) {
            fault_add(faults, pointer,
                      "at character %d: this sign has no meaning here",
                      (int)(c - formula) + 1);
            return false;
        }
    }
    return true;
}

static void
ignore(muParserHandle_t parser)
{
    (void)parser; /* without a handler, muParser prints what is wrong */
}

/* The comma that is no function's, counted from 1. */
static int
comma_place(const char *formula)
{
    int depth = 0;

    for (const char *c = formula; *c; c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        if (*c == ',' && depth == 0)
            return (int)(c - formula) + 1;
    }
    return 1;
}

static bool
formula_parse(struct formulas *formulas, const struct spec *spec, int i,
              struct faults *faults)
{
    const char *formula = spec->system.expressions[i];
    muParserHandle_t parser = formulas->parser[i];
    char pointer[48];
    int results = 0;

    snprintf(pointer, sizeof(pointer), "/system/expressions/%d", i);
    if (!formula_is_plain(pointer, formula, faults))
        return false;
    mupSetExpr(parser, formula);
    if (!mupError(parser))
        mupEvalMulti(parser, &results);
    if (mupError(parser)) {
        syntax_fault(pointer, formula, mupGetErrorCode(parser),
                     mupGetErrorPos(parser), faults);
        return false;
    }
    if (results != 1)
        fault_add(faults, pointer,
                  "at character %d: a comma is not expected here",
                  comma_place(formula));
    return results == 1;
}

static bool
constants_are_sound(const struct spec *spec, struct faults *faults)
{
    size_t before = faults->count;
    char pointer[24 + SPEC_NAME_SIZE];
    int d, d_in;

    spec_dimensions(spec, &d, &d_in);
    for (int64_t i = 0; i < spec->system.constants.count; i++) {
        const char *name = spec->system.constant_names[i];
        const char *fault = name_fault(name, d, d_in);

        snprintf(pointer, sizeof(pointer), "/system/constants/%s", name);
        if (fault)
            fault_add(faults, pointer, "%s", fault);
    }
    return faults->count == before;
}

/* ---- the door ----------------------------------------------------------- */

struct formulas *
formulas_new(const struct spec *spec, struct faults *faults)
{
    struct formulas *formulas = memory_array(1, sizeof(*formulas));
    bool sound = formulas && constants_are_sound(spec, faults);
    int d_in;

    if (sound)
        spec_dimensions(spec, &formulas->d, &d_in);
    for (int i = 0; sound && i < formulas->d; i++) {
        formulas->parser[i] = mupCreate(muBASETYPE_FLOAT);
        sound = formulas->parser[i] != NULL;
        if (sound) {
            mupSetErrorHandler(formulas->parser[i], ignore);
            parser_define(formulas->parser[i], formulas, spec);
        }
    }
    for (int i = 0; formulas && i < formulas->d && formulas->parser[i]; i++)
        if (!formula_parse(formulas, spec, i, faults))
            sound = false;
    if (sound)
        return formulas;
    formulas_free(formulas);
    return NULL;
}

void
formulas_free(struct formulas *formulas)
{
    if (!formulas)
        return;
    for (int i = 0; i < formulas->d; i++)
        if (formulas->parser[i])
            mupRelease(formulas->parser[i]);
    free(formulas);
}

void
formulas_evaluate(struct formulas *formulas, double t, const double *x,
                  const double *u, double *dx)
{
    formulas->t = t;
    memcpy(formulas->x, x, sizeof(double) * (size_t)formulas->d);
    memcpy(formulas->u, u, sizeof(formulas->u));
    for (int i = 0; i < formulas->d; i++)
        dx[i] = mupEval(formulas->parser[i]);
}

double
formulas_part(struct formulas *formulas, const struct spec *spec,
              const char *text, size_t length)
{
    muParserHandle_t parser = mupCreate(muBASETYPE_FLOAT);
    char part[SPEC_FORMULA_SIZE];
    double value = NAN;

    if (!parser)
        return NAN;
    snprintf(part, sizeof(part), "%.*s", (int)length, text);
    mupSetErrorHandler(parser, ignore);
    parser_define(parser, formulas, spec);
    mupSetExpr(parser, part);
    if (!mupError(parser))
        value = mupEval(parser);
    if (mupError(parser))
        value = NAN;
    mupRelease(parser);
    return value;
}
