/* SPDX-License-Identifier: Apache-2.0 */
/* A vector of VEC floats: the including file defines VEC as 8 (AVX2) or 16 (AVX-512). */
#ifndef SFD_KERNELS_VEC_H
#define SFD_KERNELS_VEC_H

#include "kernels/unroll.h"

#include <immintrin.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#if VEC == 16
#define VEC_OP(op) _mm512_##op##_ps
typedef __m512 vec;
#else
#define VEC_OP(op) _mm256_##op##_ps
typedef __m256 vec;
#endif

ALWAYS_INLINE vec vec_load(const float *p)
{
    return VEC_OP(loadu)(p);
}

ALWAYS_INLINE void vec_store(float *p, vec v)
{
    VEC_OP(storeu)(p, v);
}

ALWAYS_INLINE vec vec_set(float x)
{
    return VEC_OP(set1)(x);
}

ALWAYS_INLINE vec vec_add(vec a, vec b)
{
    return VEC_OP(add)(a, b);
}

ALWAYS_INLINE vec vec_sub(vec a, vec b)
{
    return VEC_OP(sub)(a, b);
}

ALWAYS_INLINE vec vec_mul(vec a, vec b)
{
    return VEC_OP(mul)(a, b);
}

ALWAYS_INLINE vec vec_max(vec a, vec b)
{
    return VEC_OP(max)(a, b);
}

/* a * b + c, rounded once */
ALWAYS_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return VEC_OP(fmadd)(a, b, c);
}

#endif
