/* SPDX-License-Identifier: Apache-2.0 */
/* vec.h for AVX-512 and AVX2. */
#ifndef SFD_KERNELS_VEC_X86_H
#define SFD_KERNELS_VEC_X86_H

#include <immintrin.h>

#ifdef __AVX512F__
#define VEC           16
#define VEC_REGISTERS 32
#define VEC_OP(op)    _mm512_##op##_ps
typedef __m512 vec;
#else
#define VEC           8
#define VEC_REGISTERS 16
#define VEC_OP(op)    _mm256_##op##_ps
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

ALWAYS_INLINE vec vec_div(vec a, vec b)
{
    return VEC_OP(div)(a, b);
}

/* b where either is NaN */
ALWAYS_INLINE vec vec_max(vec a, vec b)
{
    return VEC_OP(max)(a, b);
}

ALWAYS_INLINE vec vec_min(vec a, vec b)
{
    return VEC_OP(min)(a, b);
}

/* max(x, 0); NaN stays NaN */
ALWAYS_INLINE vec vec_relu(vec x)
{
    return VEC_OP(max)(vec_set(0), x);
}

/* a * b + c, rounded once */
ALWAYS_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return VEC_OP(fmadd)(a, b, c);
}

#endif
