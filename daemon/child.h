/* child.h - followd itself, once more, in another role. */
#ifndef FOLLOWD_CHILD_H
#define FOLLOWD_CHILD_H

#include <sys/types.h>

/* Starts this executable with these arguments; what it prints goes to `out`, or
 * with -1 to where errors go. It dies with the thread that calls this, which so
 * must be the main one. The process, or -1. */
pid_t child_start(int out, char *const arguments[]);

#endif
