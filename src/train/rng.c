/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64 streams [Steele, Lea, Flood, OOPSLA 2014]. */
#include "train/rng.h"

uint64_t sfd_rng_next(sfd_rng *r)
{
    uint64_t z = (r->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

sfd_rng sfd_rng_stream(uint64_t seed, sfd_rng_purpose purpose, uint64_t a, uint64_t b)
{
    sfd_rng r = {seed};
    r.state = sfd_rng_next(&r) ^ (uint64_t)purpose;
    r.state = sfd_rng_next(&r) ^ a;
    r.state = sfd_rng_next(&r) ^ b;
    r.state = sfd_rng_next(&r);
    return r;
}

double sfd_rng_uniform(sfd_rng *r)
{
    return (double)(sfd_rng_next(r) >> 11) * 0x1p-53;
}

uint64_t sfd_rng_below(sfd_rng *r, uint64_t n)
{
    return (uint64_t)(sfd_rng_uniform(r) * (double)n);
}

double sfd_rng_normal(sfd_rng *r)
{
    /* Irwin-Hall: needs no libm function whose rounding differs between machines */
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += sfd_rng_uniform(r);
    return sum;
}
