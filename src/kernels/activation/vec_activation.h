/* SPDX-License-Identifier: Apache-2.0 */
/* activation.h for vectors. */
#ifndef SFD_KERNELS_ACTIVATION_VEC_ACTIVATION_H
#define SFD_KERNELS_ACTIVATION_VEC_ACTIVATION_H

#include "kernels/activation/activation.h"
#include "kernels/vec.h"

/* 2^n for the n in the lowest bits of SFD_EXP_ROUNDER + n. */
ALWAYS_INLINE vec vec_power_of_2(vec shifted)
{
#if VEC == 16
    const __m512i bits = _mm512_add_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 23));
#else
    const __m256i bits = _mm256_add_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 23));
#endif
}

/* The limits keep NaN, since the instructions give their second operand then. */
ALWAYS_INLINE vec vec_silu(vec x)
{
    const vec most = vec_set(-SFD_EXP_LEAST), least = vec_set(-SFD_EXP_MOST);
    const vec y = VEC_OP(max)(least, VEC_OP(min)(most, x));
    const vec rounder = vec_set(SFD_EXP_ROUNDER);
    const vec shifted = vec_fma(y, vec_set(-SFD_EXP_LOG2_E), rounder);
    const vec n = vec_sub(shifted, rounder);
    const vec minus_r =
        vec_fma(n, vec_set(SFD_EXP_LN2_LOW), vec_fma(n, vec_set(SFD_EXP_LN2_HIGH), y));
    vec p = vec_fma(minus_r, vec_set(SFD_EXP_6), vec_set(-SFD_EXP_5));
    p = vec_fma(p, minus_r, vec_set(SFD_EXP_4));
    p = vec_fma(p, minus_r, vec_set(-SFD_EXP_3));
    p = vec_fma(p, minus_r, vec_set(SFD_EXP_2));
    p = vec_fma(p, minus_r, vec_set(-1));
    p = vec_fma(p, minus_r, vec_set(1));
    return VEC_OP(div)(x, vec_fma(p, vec_power_of_2(shifted), vec_set(1)));
}

#endif
