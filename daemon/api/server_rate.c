/* server_rate.c - how often one may ask.
 *
 * Each token has a bucket that fills with `rate` requests a second, up to
 * BURST_SECONDS of them; a request takes one, an empty bucket is a 429. */
#include "api/server_private.h"

#include <math.h>

#define BURST_SECONDS 10.0

/* The lock is held. The bucket of this token, else that which was not needed
 * for longest. */
static struct bucket *
bucket_find(struct api *api, int64_t token, double now)
{
    struct bucket *oldest = &api->rates[0];
    for (size_t i = 0; i < ARRAY_LENGTH(api->rates); i++) {
        struct bucket *one = &api->rates[i];
        if (one->at > 0 && one->token == token)
            return one;
        if (one->at < oldest->at)
            oldest = one;
    }
    *oldest = (struct bucket){token, BURST_SECONDS * api->options.rate, now};
    return oldest;
}

bool
api_lets_ask(struct api *api, int64_t token)
{
    double now = clock_monotonic(), rate = api->options.rate;
    if (!(rate > 0))
        return true;
    pthread_mutex_lock(&api->rates_lock);
    struct bucket *bucket = bucket_find(api, token, now);
    bucket->left = fmin(bucket->left + rate * (now - bucket->at),
                        fmax(1, BURST_SECONDS * rate));
    bucket->at = now;
    bool may = bucket->left >= 1;
    if (may)
        bucket->left -= 1;
    pthread_mutex_unlock(&api->rates_lock);
    return may;
}
