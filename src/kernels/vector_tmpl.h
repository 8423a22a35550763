/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over plain loops, compiled once for every instruction set: the including file defines
 * SFD_SUFFIX and has its own compiler flags; the compiler vectorises. */
#include "kernels/kernels.h"
#include "kernels/unroll.h"

#include <float.h>

#define CAT_(a, b) a##__##b
#define CAT(a, b)  CAT_(a, b)
#define NAME(base) CAT(base, SFD_SUFFIX)

void NAME(sfd_f32_add)(float *restrict acc, const float *restrict x, size_t n);
void NAME(sfd_f32_max)(float *restrict acc, const float *restrict x, size_t n);
void NAME(sfd_f32_add_scaled)(float *restrict acc, const float *restrict x, float f, size_t n);
void NAME(sfd_f32_max_pool_row)(const sfd_pool_shape *s, const float *x, float *y, int t, int h);
double NAME(sfd_f32_fma_chains)(size_t n);

void NAME(sfd_f32_add)(float *restrict acc, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        acc[i] += x[i];
}

void NAME(sfd_f32_max)(float *restrict acc, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        acc[i] = acc[i] > x[i] ? acc[i] : x[i];
}

void NAME(sfd_f32_add_scaled)(float *restrict acc, const float *restrict x, float f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        acc[i] += f * x[i];
}

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif
#define N_CHAINS 12 /* more than a core's multiply-add units times their latency */

typedef float chain __attribute__((vector_size(LANES * sizeof(float))));

double NAME(sfd_f32_fma_chains)(size_t n)
{
    chain sum[N_CHAINS], total = {0};
    UNROLL
    for (int i = 0; i < N_CHAINS; i++)
        sum[i] = (chain){(float)i};
    const chain half = (chain){0} + 0.5f;
    for (size_t step = 0; step < n; step++) {
        UNROLL
        for (int i = 0; i < N_CHAINS; i++)
            sum[i] = sum[i] * half + half;
    }
    UNROLL
    for (int i = 0; i < N_CHAINS; i++)
        total += sum[i];
    volatile chain used = total; /* or the compiler leaves all of it out */
    (void)used;
    return 2.0 * LANES * N_CHAINS * (double)n;
}

/* Range of taps along one axis that fall inside the map, for output position `at`. */
static inline void inside_taps(const sfd_pool_shape *s, int axis, int at, int *first, int *end)
{
    const int start = at * s->stride[axis] - s->padding[axis];
    *first = start < 0 ? 0 : start;
    *end = start + s->kernel[axis] < s->in[axis] ? start + s->kernel[axis] : s->in[axis];
}

void NAME(sfd_f32_max_pool_row)(const sfd_pool_shape *s, const float *x, float *y, int t, int h)
{
    int t0, t1, h0, h1, v0, v1;
    inside_taps(s, 0, t, &t0, &t1);
    inside_taps(s, 1, h, &h0, &h1);
    for (int v = 0; v < s->out[2]; v++) {
        const size_t to =
            ((size_t)t * (size_t)s->out[1] + (size_t)h) * (size_t)s->out[2] + (size_t)v;
        float *row = y + to * s->y_ld;
        for (int c = 0; c < s->channels; c++)
            row[c] = -FLT_MAX;
        inside_taps(s, 2, v, &v0, &v1);
        for (int it = t0; it < t1; it++)
            for (int ih = h0; ih < h1; ih++)
                for (int iv = v0; iv < v1; iv++) {
                    const size_t from =
                        ((size_t)it * (size_t)s->in[1] + (size_t)ih) * (size_t)s->in[2] +
                        (size_t)iv;
                    NAME(sfd_f32_max)(row, x + from * s->x_ld, (size_t)s->channels);
                }
    }
}
