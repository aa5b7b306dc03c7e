/* pairs.h - what two JSON objects have under the same paths. */
#ifndef FOLLOWD_CLIENT_PAIRS_H
#define FOLLOWD_CLIENT_PAIRS_H

#include <jansson.h>
#include <stdbool.h>

struct table;

/* {"dotted.path": [a, b]} [owned] for each path where two objects differ, or
 * for all; null stands for what one of them lacks. */
json_t *pairs_make(const json_t *a, const json_t *b, bool all);
/* A row of three cells for each pair. */
void pairs_fill(struct table *table, const json_t *pairs);
/* A number as people read it, or exactly; everything else as it stands. */
void cell_value(struct table *table, const json_t *value, bool exact);

#endif
