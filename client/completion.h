/* completion.h - what a shell may complete, for the writers of its scripts.
 *
 * The table of commands has the words; what they stand for ("JOB", "FILE") has
 * candidates here. */
#ifndef FOLLOWD_CLIENT_COMPLETION_H
#define FOLLOWD_CLIENT_COMPLETION_H

#include <stdbool.h>

/* What one of "FILE", "JOB...", "ff|rec" is completed with. */
struct candidates {
    const char *of;    /* NULL ends the table                                 */
    bool files;        /* names of files                                      */
    const char *words; /* these, NULL: none                                   */
    const char *call;  /* and those that this prints, in any shell, or NULL   */
};
/* Never NULL: what nothing is known of has neither files nor words. */
const struct candidates *candidates_of(const char *placeholder);

/* Each prints a script. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

#endif
