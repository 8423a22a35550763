/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with AVX2: products of 16-bit integers, whose sums of two fit into 32 bits
 * (those that AVX2 has for bytes saturate at 16). */
#define SFD_SET avx2
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

typedef __m256i q_vec;
/* Of each lane's four channels the even ones and the odd ones. */
typedef struct q_weights {
    __m256i even, odd;
} q_weights;
#define QVEC        q_vec
#define QWEIGHTS    q_weights
#define QLANES      8
#define MAX_VECTORS 2
#define ROWS(nv)    ((nv) == 2 ? 4 : 6)

static void q_put(char *step, size_t lane, size_t channel, int8_t w)
{
    const int16_t wide = w;
    memcpy(step + channel % 2 * 32 + lane * 4 + channel / 2 * 2, &wide, sizeof wide);
}

ALWAYS_INLINE q_vec q_set(int32_t four)
{
    return _mm256_set1_epi32(four);
}

ALWAYS_INLINE q_weights q_load_weights(const char *w)
{
    return (q_weights){_mm256_loadu_si256((const __m256i *)w),
                       _mm256_loadu_si256((const __m256i *)(w + 32))};
}

ALWAYS_INLINE q_vec q_load_sums(const int32_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

ALWAYS_INLINE q_vec q_dot(q_vec acc, q_vec x, q_weights w)
{
    const __m256i even = _mm256_and_si256(x, _mm256_set1_epi32(0x00FF00FF));
    const __m256i odd = _mm256_srli_epi16(x, 8);
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(even, w.even));
    return _mm256_add_epi32(acc, _mm256_madd_epi16(odd, w.odd));
}

/* Of n < 8 values the rest is not touched. */
static __m256 q_load_part(const void *p, sfd_dtype type, size_t at, size_t n)
{
    float v[QLANES] = {0};
    for (size_t i = 0; i < n; i++)
        v[i] = type == SFD_U8 ? (float)((const uint8_t *)p)[at + i] : ((const float *)p)[at + i];
    return _mm256_loadu_ps(v);
}

ALWAYS_INLINE __m256 q_load_residual(const void *p, sfd_dtype type, size_t at, size_t n)
{
    if (n < QLANES)
        return q_load_part(p, type, at, n);
    return type == SFD_U8 ? _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(
                                _mm_loadl_epi64((const __m128i *)((const uint8_t *)p + at))))
                          : _mm256_loadu_ps((const float *)p + at);
}

ALWAYS_INLINE void q_store_bytes(uint8_t *y, __m256 v, size_t n)
{
    const __m256i wide = _mm256_cvtps_epi32(v); /* 0..255 each */
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    uint8_t bytes[16];
    _mm_storeu_si128((__m128i *)bytes, _mm_packus_epi16(words, words));
    memcpy(y, bytes, n);
}

ALWAYS_INLINE void q_store_floats(float *y, __m256 v, size_t n)
{
    float values[QLANES];
    _mm256_storeu_ps(values, v);
    memcpy(y, values, n * sizeof *y);
}

ALWAYS_INLINE void q_finish(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t p, size_t co,
                            q_vec sum)
{
    const size_t left = sfd_conv_cout(s) - co, n = left < QLANES ? left : QLANES;
    __m256 v = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(io->scale + co),
                               _mm256_loadu_ps(io->bias + co));
    if (io->residual)
        v = _mm256_fmadd_ps(
            q_load_residual(io->residual, io->residual_type, p * s->residual_ld + co, n),
            _mm256_set1_ps(io->residual_scale), v);
    v = _mm256_max_ps(v, _mm256_set1_ps(io->low));
    v = _mm256_min_ps(v, _mm256_set1_ps(io->high));
    if (io->y_type == SFD_U8)
        q_store_bytes((uint8_t *)io->y + p * s->y_ld + co, v, n);
    else
        q_store_floats((float *)io->y + p * s->y_ld + co, v, n);
}

#include "kernels/qconv/qconv_tmpl.h"
