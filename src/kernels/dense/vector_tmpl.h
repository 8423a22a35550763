/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over plain loops, compiled once for every instruction set: the including file defines
 * SFD_SET and has its own compiler flags; the compiler vectorises. */
#include "kernels/dense/max.h"
#include "kernels/dense/vector.h"
#include "kernels/loops.h"
#include "kernels/name.h"

#include <math.h>

void SFD_NAME(sfd_f32_add)(float *restrict acc, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        acc[i] += x[i];
}

void SFD_NAME(sfd_f32_max)(float *restrict acc, const float *restrict x, size_t n)
{
    sfd_max_into(acc, x, n);
}

void SFD_NAME(sfd_f32_add_scaled)(float *restrict acc, const float *restrict x, float f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        acc[i] += f * x[i];
}

/* Added to and taken from a float below 2^22, it leaves the nearest integer, ties to even. */
#define ROUNDING 0x1.8p23f

void SFD_NAME(sfd_u8_from_f32)(uint8_t *restrict y, const float *restrict x, float factor,
                               float zero, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float v = fmaf(x[i], factor, zero);
        v = v > 0 ? v : 0;
        v = v < 255 ? v : 255;
        y[i] = (uint8_t)(int)(v + ROUNDING - ROUNDING);
    }
}

void SFD_NAME(sfd_f32_from_u8)(float *restrict y, const uint8_t *restrict x, float scale, int zero,
                               size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = scale * (float)(x[i] - zero);
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

double SFD_NAME(sfd_f32_fma_chains)(size_t n)
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
