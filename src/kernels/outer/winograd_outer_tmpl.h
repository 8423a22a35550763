/* SPDX-License-Identifier: Apache-2.0 */
/* winograd.h in vectors of channels, compiled for AVX2, AVX-512 and NEON: the including file
 * defines SFD_SET. */
#include "kernels/conv/winograd_tmpl.h"
#include "kernels/name.h"
#include "kernels/outer/winograd.h"

#define WINO_TAPS 3

/* Transposed wino_output: gradients of outputs y -> t. */
ALWAYS_INLINE void wino_output_back(const vec y[WINO_OUT], vec t[WINO_IN])
{
    const float a = WINO_A, b = WINO_B;
    const vec even_a = vec_fma(vec_set(a * a), y[2], y[0]),
              even_b = vec_fma(vec_set(b * b), y[2], y[0]);
    const vec odd_a = vec_mul(vec_set(a), vec_fma(vec_set(a * a), y[3], y[1]));
    const vec odd_b = vec_mul(vec_set(b), vec_fma(vec_set(b * b), y[3], y[1]));
    t[0] = y[0];
    t[1] = vec_add(even_a, odd_a);
    t[2] = vec_sub(even_a, odd_a);
    t[3] = vec_add(even_b, odd_b);
    t[4] = vec_sub(even_b, odd_b);
    t[5] = y[3];
}

/* Transposed wino_filter: sums of products u -> gradients of taps g. */
ALWAYS_INLINE void wino_filter_back(const vec u[WINO_IN], vec g[WINO_TAPS])
{
    const float a = WINO_A, b = WINO_B, aa = a * a, bb = b * b;
    const vec scale_a = vec_set(1 / (2 * aa * (aa - bb))),
              scale_b = vec_set(1 / (2 * bb * (bb - aa)));
    const vec sum_a = vec_mul(scale_a, vec_add(u[1], u[2]));
    const vec sum_b = vec_mul(scale_b, vec_add(u[3], u[4]));
    const vec difference_a = vec_mul(scale_a, vec_sub(u[1], u[2]));
    const vec difference_b = vec_mul(scale_b, vec_sub(u[3], u[4]));
    g[0] = vec_fma(vec_set(1 / (aa * bb)), u[0], vec_add(sum_a, sum_b));
    g[1] = vec_fma(vec_set(a), difference_a, vec_mul(vec_set(b), difference_b));
    g[2] = vec_fma(vec_set(aa), sum_a, vec_fma(vec_set(bb), sum_b, u[5]));
}

/* A transform along one axis, or along both: rows first. `n_from` and `n_to` are constants after
 * inlining. */
#define WINO_APPLY(name, one_axis, n_from, n_to)                                                   \
    ALWAYS_INLINE void name##_line(const float *const *at, size_t c, float *to, size_t plane)      \
    {                                                                                              \
        vec from[n_from], result[n_to];                                                            \
        for (int i = 0; i < n_from; i++)                                                           \
            from[i] = vec_load(at[i] + c);                                                         \
        one_axis(from, result);                                                                    \
        for (int i = 0; i < n_to; i++)                                                             \
            vec_store(to + (size_t)i * plane + c, result[i]);                                      \
    }                                                                                              \
    ALWAYS_INLINE void name##_square(const float *const *at, size_t c, float *to, size_t plane)    \
    {                                                                                              \
        vec half[n_from][n_to];                                                                    \
        for (int i = 0; i < n_from; i++) {                                                         \
            vec from[n_from];                                                                      \
            for (int j = 0; j < n_from; j++)                                                       \
                from[j] = vec_load(at[i * n_from + j] + c);                                        \
            one_axis(from, half[i]);                                                               \
        }                                                                                          \
        for (int j = 0; j < n_to; j++) {                                                           \
            vec from[n_from], result[n_to];                                                        \
            for (int i = 0; i < n_from; i++)                                                       \
                from[i] = half[i][j];                                                              \
            one_axis(from, result);                                                                \
            for (int i = 0; i < n_to; i++)                                                         \
                vec_store(to + (size_t)(i * n_to + j) * plane + c, result[i]);                     \
        }                                                                                          \
    }                                                                                              \
    static void name(int axes, const float *const *at, size_t n, float *to, size_t plane)          \
    {                                                                                              \
        for (size_t c = 0; c < n; c += VEC)                                                        \
            if (axes == 1)                                                                         \
                name##_line(at, c, to, plane);                                                     \
            else                                                                                   \
                name##_square(at, c, to, plane);                                                   \
    }

WINO_APPLY(wino_outer_inputs, wino_input, WINO_IN, WINO_IN)
WINO_APPLY(wino_outer_outputs, wino_output_back, WINO_OUT, WINO_IN)
WINO_APPLY(wino_outer_points, wino_filter_back, WINO_IN, WINO_TAPS)

static void wino_outer_taps(int axes, const float *from, size_t from_plane, size_t n, float *to,
                            size_t to_plane)
{
    const float *at[WINO_HW];
    for (size_t i = 0; i < (axes == 1 ? WINO_IN : WINO_HW); i++)
        at[i] = from + i * from_plane;
    wino_outer_points(axes, at, n, to, to_plane);
}

const sfd_wino_outer SFD_NAME(sfd_wino_outer) = {wino_outer_inputs, wino_outer_outputs,
                                                 wino_outer_taps};
