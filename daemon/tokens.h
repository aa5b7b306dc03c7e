/* tokens.h - `followd token add|list|revoke`. */
#ifndef FOLLOWD_TOKENS_H
#define FOLLOWD_TOKENS_H

#include <stdbool.h>

/* True when the command line asked for it, and then its exit status. */
bool tokens_take(int argc, char **argv, int *code);

#endif
