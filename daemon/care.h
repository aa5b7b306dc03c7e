/* care.h - `followd check` and `followd backup FILE`. */
#ifndef FOLLOWD_CARE_H
#define FOLLOWD_CARE_H

#include "base/base.h"

/* Whether the command line asks for one of them; if so, `*code` is how the
 * process is to end. */
bool care_take(int argc, char **argv, int *code);

#endif
