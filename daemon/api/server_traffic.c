/* server_traffic.c - see traffic.h. Each number is counted by itself, so none
 * waits for another. */
#include "api/server_private.h"

static const struct {
    double most; /* s */
    const char *text;
} edges[TRAFFIC_BUCKETS] = {
    {0.001, "0.001"}, {0.005, "0.005"}, {0.02, "0.02"}, {0.1, "0.1"},
    {0.5, "0.5"},     {2.0, "2"},       {10.0, "10"},   {1e300, "+Inf"},
};

const char *
traffic_edge(int bucket)
{
    return edges[bucket].text;
}

void
traffic_count(struct api *api, int code, double seconds)
{
    int bucket = 0;
    while (seconds > edges[bucket].most)
        bucket++;
    atomic_fetch_add(&api->traffic.kinds[code / 100 % TRAFFIC_KINDS], 1);
    atomic_fetch_add(&api->traffic.buckets[bucket], 1);
    atomic_fetch_add(&api->traffic.microseconds, (uint64_t)(seconds * 1e6));
}

void
traffic_copy(const struct api *api, struct traffic *out)
{
    const struct traffic_counts *counts = &api->traffic;
    for (int i = 0; i < TRAFFIC_KINDS; i++)
        out->kinds[i] = atomic_load(&counts->kinds[i]);
    for (int i = 0; i < TRAFFIC_BUCKETS; i++)
        out->buckets[i] = atomic_load(&counts->buckets[i]);
    out->microseconds = atomic_load(&counts->microseconds);
    out->connections = atomic_load(&counts->connections);
}
