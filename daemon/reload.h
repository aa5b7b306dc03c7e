/* reload.h - the options once more, while the daemon runs. */
#ifndef FOLLOWD_RELOAD_H
#define FOLLOWD_RELOAD_H

#include "options.h"

/* Reads them again and takes over what counts at once: log_level and the limits
 * of the disk. Of the others the log says that they need a new start. After a
 * failure all is as it was. */
MUST_USE enum status reload_options(struct options *options, int argc,
                                    char **argv, struct error *err);

#endif
