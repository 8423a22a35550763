/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy's pairwise sums: up to 8 one by one, up to 128 in eight lanes, more in two halves, the
 * first a multiple of 8. */
#include "tubes/numpy.h"

#define LANES 8
#define BLOCK 128

#define DEFINE_MEAN(name, type)                                                                    \
    static type sum_block_##name(const type *v, size_t n)                                          \
    {                                                                                              \
        type lane[LANES], sum;                                                                     \
        size_t i;                                                                                  \
        for (i = 0; i < LANES; i++)                                                                \
            lane[i] = v[i];                                                                        \
        for (i = LANES; i < n - n % LANES; i++)                                                    \
            lane[i % LANES] += v[i];                                                               \
        sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +                                        \
              ((lane[4] + lane[5]) + (lane[6] + lane[7]));                                         \
        for (; i < n; i++)                                                                         \
            sum += v[i];                                                                           \
        return sum;                                                                                \
    }                                                                                              \
                                                                                                   \
    static type sum_##name(const type *v, size_t n)                                                \
    {                                                                                              \
        type sum = 0;                                                                              \
        if (n > BLOCK) {                                                                           \
            const size_t half = n / 2 - n / 2 % LANES;                                             \
            sum = sum_##name(v, half);                                                             \
            return sum + sum_##name(v + half, n - half);                                           \
        }                                                                                          \
        if (n >= LANES)                                                                            \
            return sum_block_##name(v, n);                                                         \
        for (size_t i = 0; i < n; i++)                                                             \
            sum += v[i];                                                                           \
        return sum;                                                                                \
    }                                                                                              \
                                                                                                   \
    type sfd_numpy_##name(const type *v, size_t n)                                                 \
    {                                                                                              \
        return sum_##name(v, n) / (type)n;                                                         \
    }

DEFINE_MEAN(mean, double)
DEFINE_MEAN(mean_f32, float)
