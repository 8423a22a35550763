/* SPDX-License-Identifier: Apache-2.0 */
/* The one-dimensional Winograd transforms F(4,3): four outputs of a three-tap filter from six
 * inputs with six multiplications instead of twelve [A. Lavin, S. Gray, "Fast Algorithms for
 * Convolutional Neural Networks", CVPR 2016]. Interpolation points 0, +-A, +-B and infinity;
 * A = 5/8 and B = 3/2 round a little less than the usual 1 and 2 (docs/performance.md).
 *
 * Two-dimensional transforms apply these along both axes. */
#ifndef SFD_KERNELS_CONV_WINOGRAD_TMPL_H
#define SFD_KERNELS_CONV_WINOGRAD_TMPL_H

#include "kernels/conv/winograd_grid.h"
#include "kernels/vec.h"

#define WINO_A 0.625f
#define WINO_B 1.5f

/* Inputs d -> t, in place possible. */
ALWAYS_INLINE void wino_input(const vec d[WINO_IN], vec t[WINO_IN])
{
    const float aa = WINO_A * WINO_A, bb = WINO_B * WINO_B;
    const vec both = vec_set(-(aa + bb)), product = vec_set(aa * bb);
    const vec even_a = vec_fma(vec_set(-bb), d[2], d[4]),
              even_b = vec_fma(vec_set(-aa), d[2], d[4]);
    const vec odd_a = vec_mul(vec_set(WINO_A), vec_fma(vec_set(-bb), d[1], d[3]));
    const vec odd_b = vec_mul(vec_set(WINO_B), vec_fma(vec_set(-aa), d[1], d[3]));
    const vec zero = vec_fma(both, d[2], vec_fma(product, d[0], d[4]));
    const vec infinity = vec_fma(both, d[3], vec_fma(product, d[1], d[5]));
    t[0] = zero;
    t[1] = vec_add(even_a, odd_a);
    t[2] = vec_sub(even_a, odd_a);
    t[3] = vec_add(even_b, odd_b);
    t[4] = vec_sub(even_b, odd_b);
    t[5] = infinity;
}

/* Products m -> outputs y. */
ALWAYS_INLINE void wino_output(const vec m[WINO_IN], vec y[WINO_OUT])
{
    const vec a = vec_set(WINO_A), b = vec_set(WINO_B);
    const vec sum_a = vec_add(m[1], m[2]), difference_a = vec_mul(a, vec_sub(m[1], m[2]));
    const vec sum_b = vec_add(m[3], m[4]), difference_b = vec_mul(b, vec_sub(m[3], m[4]));
    const vec aa = vec_set(WINO_A * WINO_A), bb = vec_set(WINO_B * WINO_B);
    y[0] = vec_add(m[0], vec_add(sum_a, sum_b));
    y[1] = vec_add(difference_a, difference_b);
    y[2] = vec_fma(aa, sum_a, vec_mul(bb, sum_b));
    y[3] = vec_add(vec_fma(aa, difference_a, vec_mul(bb, difference_b)), m[5]);
}

/* Filter taps g -> u, in double: done once, and its rounding would stay. */
static inline void wino_filter(const double g[3], double u[WINO_IN])
{
    const double a = WINO_A, b = WINO_B, aa = a * a, bb = b * b;
    const double scale_a = 1 / (2 * aa * (aa - bb)), scale_b = 1 / (2 * bb * (bb - aa));
    u[0] = g[0] / (aa * bb);
    u[1] = (g[0] + a * g[1] + aa * g[2]) * scale_a;
    u[2] = (g[0] - a * g[1] + aa * g[2]) * scale_a;
    u[3] = (g[0] + b * g[1] + bb * g[2]) * scale_b;
    u[4] = (g[0] - b * g[1] + bb * g[2]) * scale_b;
    u[5] = g[2];
}

#endif
