/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with the dot products of AVX512-VNNI. */
#define SFD_SET avx512_vnni
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

typedef __m512i q_vec, q_weights;
#define QVEC        q_vec
#define QWEIGHTS    q_weights
#define QLANES      16
#define MAX_VECTORS 4
#define ROWS(nv)    ((nv) == 4 ? 6 : (nv) == 3 ? 8 : (nv) == 2 ? 12 : 16)

static void q_put(char *step, size_t lane, size_t channel, int8_t w)
{
    step[lane * 4 + channel] = w;
}

ALWAYS_INLINE q_vec q_set(int32_t four)
{
    return _mm512_set1_epi32(four);
}

ALWAYS_INLINE q_weights q_load_weights(const char *w)
{
    return _mm512_loadu_si512(w);
}

ALWAYS_INLINE q_vec q_load_sums(const int32_t *p)
{
    return _mm512_loadu_si512(p);
}

ALWAYS_INLINE q_vec q_dot(q_vec acc, q_vec x, q_weights w)
{
    return _mm512_dpbusd_epi32(acc, x, w);
}

ALWAYS_INLINE void q_finish(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t p, size_t co,
                            q_vec sum)
{
    const size_t left = sfd_conv_cout(s) - co;
    const __mmask16 mask = left >= QLANES ? 0xFFFF : (__mmask16)((1u << left) - 1);
    __m512 v = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(io->scale + co),
                               _mm512_loadu_ps(io->bias + co));
    if (io->residual) {
        const size_t at = p * s->residual_ld + co;
        const __m512 r = io->residual_type == SFD_U8
                             ? _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(
                                   _mm_maskz_loadu_epi8(mask, (const uint8_t *)io->residual + at)))
                             : _mm512_maskz_loadu_ps(mask, (const float *)io->residual + at);
        v = _mm512_fmadd_ps(r, _mm512_set1_ps(io->residual_scale), v);
    }
    v = _mm512_max_ps(v, _mm512_set1_ps(io->low));
    v = _mm512_min_ps(v, _mm512_set1_ps(io->high));
    if (io->y_type == SFD_U8)
        _mm_mask_storeu_epi8((uint8_t *)io->y + p * s->y_ld + co, mask,
                             _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
    else
        _mm512_mask_storeu_ps((float *)io->y + p * s->y_ld + co, mask, v);
}

#include "kernels/qconv/qconv_tmpl.h"
