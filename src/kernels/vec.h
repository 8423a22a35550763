/* SPDX-License-Identifier: Apache-2.0 */
/* A vector of VEC floats: 16 where the including file is compiled for AVX-512, 8 for AVX2, 4 for
 * NEON; VEC_REGISTERS of them are at hand. */
#ifndef SFD_KERNELS_VEC_H
#define SFD_KERNELS_VEC_H

#include "kernels/loops.h"

#include <stdint.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#if defined(__aarch64__)
#include "kernels/vec_neon.h"
#else
#include "kernels/vec_x86.h"
#endif

/* The lanes' bits. */
typedef uint32_t vec_bits __attribute__((vector_size(VEC * sizeof(uint32_t))));

/* a where x is NaN, b elsewhere */
ALWAYS_INLINE vec_bits vec_choose_nan(vec x, vec_bits a, vec_bits b)
{
#if VEC == 16
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    return (vec_bits)_mm512_mask_mov_epi32((__m512i)b, nan, (__m512i)a);
#elif VEC == 8
    const __m256 nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    return (vec_bits)_mm256_blendv_epi8((__m256i)b, (__m256i)a, (__m256i)nan);
#else
    return vbslq_u32(vceqq_f32(x, x), b, a);
#endif
}

#endif
