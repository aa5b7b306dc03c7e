/* traffic.h - how many requests came, and how long they took. */
#ifndef FOLLOWD_API_TRAFFIC_H
#define FOLLOWD_API_TRAFFIC_H

#include "api/api_private.h"

#define TRAFFIC_KINDS   6 /* of codes: 1xx to 5xx, by their first digit */
#define TRAFFIC_BUCKETS 8

struct traffic {
    uint64_t kinds[TRAFFIC_KINDS];
    uint64_t buckets[TRAFFIC_BUCKETS]; /* each without those before it        */
    uint64_t microseconds;             /* of all together                     */
    int connections;                   /* now                                 */
};

/* The upper edge of a bucket, in s: "0.001", ..., "+Inf". */
const char *traffic_edge(int bucket);
void traffic_copy(const struct api *api, struct traffic *out);

#endif
