/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with the dot products of AVX512-VNNI: of four bytes, of two words. */
#define SFD_SET avx512_vnni
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

typedef __m512i q_vec;
#define QVEC      q_vec
#define QLANES    16
#define WIDEST    4                   /* vectors of a block */
#define ROWS(nv)  ((nv) == 4 ? 6 : 8) /* few enough for their pointers, too */
#define WIDE      false
#define WORD_STEP 1
#define NO_BYTE   0

ALWAYS_INLINE q_vec q_set(int32_t x)
{
    return _mm512_set1_epi32(x);
}

ALWAYS_INLINE q_vec q_load(const void *p)
{
    return _mm512_loadu_si512(p);
}

ALWAYS_INLINE void q_store(void *p, q_vec v)
{
    _mm512_storeu_si512(p, v);
}

ALWAYS_INLINE q_vec q_add(q_vec a, q_vec b)
{
    return _mm512_add_epi32(a, b);
}

ALWAYS_INLINE q_vec q_dot8(q_vec acc, q_vec x, q_vec w)
{
    return _mm512_dpbusd_epi32(acc, x, w);
}

ALWAYS_INLINE q_vec q_dot16(q_vec acc, q_vec x, q_vec w)
{
    return _mm512_dpwssd_epi32(acc, x, w);
}

ALWAYS_INLINE vec q_floats(q_vec sums)
{
    return _mm512_cvtepi32_ps(sums);
}

ALWAYS_INLINE vec q_bytes_as_floats(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

/* Four vectors' lanes of 128 bits hold four bytes of each after packing. */
ALWAYS_INLINE void q_pack(uint8_t *y, const vec v[], const int nv)
{
    if (nv == 4) {
        const __m512i order =
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        const __m512i a = _mm512_packs_epi32(_mm512_cvtps_epi32(v[0]), _mm512_cvtps_epi32(v[1]));
        const __m512i b = _mm512_packs_epi32(_mm512_cvtps_epi32(v[2]), _mm512_cvtps_epi32(v[3]));
        q_store(y, _mm512_permutexvar_epi32(order, _mm512_packus_epi16(a, b)));
        return;
    }
    UNROLL for (int i = 0; i < nv; i++) _mm_storeu_si128(
        (__m128i *)(y + i * QLANES), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v[i])));
}

#include "kernels/qconv/qconv_finish_tmpl.h"
#include "kernels/qconv/qconv_product_tmpl.h"

#include "kernels/qconv/qconv_direct_tmpl.h"
#include "kernels/qconv/qconv_rows_tmpl.h"
#include "kernels/qconv/qconv_winograd_tmpl.h"

const sfd_qconv_algorithm sfd_qconv_winograd_hw__avx512_vnni =
    WINOGRAD("int8 winograd_hw", w_can_hw);
