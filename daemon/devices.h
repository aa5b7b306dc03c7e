/* devices.h - which devices this machine has.
 *
 * The daemon never loads OpenCL, where a driver could take it down: it asks a
 * process of its own. */
#ifndef FOLLOWD_DEVICES_H
#define FOLLOWD_DEVICES_H

#include "base/base.h"

#include <jansson.h>

/* Appends an object for each to the array `devices`: what `followd worker
 * --list-devices` prints of it, and its host. */
MUST_USE enum status devices_find(json_t *devices, struct error *err);

#endif
