/* SPDX-License-Identifier: Apache-2.0 */
/* Reproducible random numbers for tests. */
#ifndef SFD_TESTS_RANDOM_H
#define SFD_TESTS_RANDOM_H

#include "base/random.h"

typedef sfd_random test_random;

static inline uint32_t random_u32(test_random *r)
{
    return (uint32_t)(sfd_random_bits(r) >> 32);
}

/* Uniform integer in [low, high]. */
static inline int random_int(test_random *r, int low, int high)
{
    return low + (int)(random_u32(r) % (uint32_t)(high - low + 1));
}

/* Nonzero integers up to `most` in magnitude: sums of products stay exact in float. */
static inline void random_fill_ints(test_random *r, float *x, size_t n, int most)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(random_int(r, 1, most) * (random_u32(r) & 1 ? 1 : -1));
}

/* Uniform in [-1, 1). */
static inline void random_fill_reals(test_random *r, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(int32_t)random_u32(r) * 0x1p-31f;
}

#endif
