/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with AVX2: products of words, of which two fit into 32 bits. Those that AVX2
 * has for bytes saturate at 16 bits unless weights have seven, and need as many multiplications. */
#define SFD_SET avx2
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

typedef __m256i q_vec;
#define QVEC      q_vec
#define QLANES    8
#define WIDEST    2 /* vectors of a block */
#define ROWS(nv)  ((nv) == 2 ? 6 : 8)
#define WIDE      true
#define WORD_STEP 1
#define NO_BYTE   0

ALWAYS_INLINE q_vec q_set(int32_t x)
{
    return _mm256_set1_epi32(x);
}

ALWAYS_INLINE q_vec q_load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

ALWAYS_INLINE void q_store(void *p, q_vec v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}

ALWAYS_INLINE q_vec q_add(q_vec a, q_vec b)
{
    return _mm256_add_epi32(a, b);
}

ALWAYS_INLINE q_vec q_dot16(q_vec acc, q_vec x, q_vec w)
{
    return _mm256_add_epi32(acc, _mm256_madd_epi16(x, w));
}

#define q_dot8 q_dot16 /* never called */

ALWAYS_INLINE vec q_floats(q_vec sums)
{
    return _mm256_cvtepi32_ps(sums);
}

ALWAYS_INLINE vec q_bytes_as_floats(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

ALWAYS_INLINE void q_pack(uint8_t *y, const vec v[], const int nv)
{
    UNROLL for (int i = 0; i < nv; i++)
    {
        const __m256i wide = _mm256_cvtps_epi32(v[i]);
        const __m128i words =
            _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
        _mm_storel_epi64((__m128i *)(y + i * QLANES), _mm_packus_epi16(words, words));
    }
}

#include "kernels/qconv/qconv_finish_tmpl.h"
#include "kernels/qconv/qconv_product_tmpl.h"

#include "kernels/qconv/qconv_direct_tmpl.h"
#include "kernels/qconv/qconv_rows_tmpl.h"
#include "kernels/qconv/qconv_winograd_tmpl.h"

const sfd_qconv_algorithm sfd_qconv_winograd_hw__avx2 = WINOGRAD("int8 winograd_hw", w_can_hw);
const sfd_qconv_algorithm sfd_qconv_winograd_t__avx2 = WINOGRAD("int8 winograd_t", w_can_t);
