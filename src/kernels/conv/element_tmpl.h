/* SPDX-License-Identifier: Apache-2.0 */
/* What the convolutions of the including file multiply, and what their maps are made of.
 *
 * A word is what one lane of a vector multiplies: a float32, or, where SFD_CONV_BF16 is defined,
 * two neighbouring bfloat16, whose two products are both added to the lane's float32 sum. Rows of
 * inputs, and weights, are counted in words of four bytes; only here and where maps are read or
 * written does it matter what is in them.
 *
 * Processors with AVX512-BF16 or arm64's BF16 multiply words of bfloat16 as fast as floats.
 * Elsewhere they are taken apart: a little slower than float32, with half the memory. */
#ifndef SFD_KERNELS_CONV_ELEMENT_TMPL_H
#define SFD_KERNELS_CONV_ELEMENT_TMPL_H

#include "kernels/activation/vec_silu_row.h"
#include "kernels/conv/conv.h"
#include "kernels/name.h"
#include "kernels/value.h"
#include "kernels/vec.h"

typedef float word __attribute__((may_alias));

#ifdef SFD_CONV_BF16

typedef uint16_t element __attribute__((may_alias));
#define WORD_ELEMENTS    2
#define ELEMENT_TYPE     SFD_BF16
#define CONV_LABEL(s)    s " bf16"
#define CONV_NAME(s)     SFD_NAME(SFD_NAME_BF16(s))
#define SFD_NAME_BF16(s) s##_bf16

#else

typedef float element;
#define WORD_ELEMENTS 1
#define ELEMENT_TYPE  SFD_F32
#define CONV_LABEL(s) s
#define CONV_NAME(s)  SFD_NAME(s)

#endif

/* True where every word is multiplied by one instruction. */
#if !defined SFD_CONV_BF16 || defined __AVX512BF16__ || defined __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
#define WORD_FAST 1
#else
#define WORD_FAST 0
#endif

/* Words of n elements. */
ALWAYS_INLINE size_t words(size_t n)
{
    return (n + WORD_ELEMENTS - 1) / WORD_ELEMENTS;
}

/* Maps of elements, whose results may be float32 as well. */
static inline bool element_can(const sfd_conv_shape *s)
{
    const bool f32 = s->y_type == SFD_F32 && s->residual_type == SFD_F32;
    return s->x_type == ELEMENT_TYPE && (f32 || (ELEMENT_TYPE != SFD_F32 && sfd_conv_is_float(s)));
}

/* The same where rows of a float32 map become elements when they are copied. */
static inline bool element_can_copy(const sfd_conv_shape *s)
{
    sfd_conv_shape copied = *s;
    if (s->x_type == SFD_F32 && s->y_type == ELEMENT_TYPE)
        copied.x_type = ELEMENT_TYPE;
    return element_can(&copied);
}

static inline element element_of(float x)
{
#ifdef SFD_CONV_BF16
    return sfd_bf16_of(x);
#else
    return x;
#endif
}

/* VEC elements from p on. */
ALWAYS_INLINE vec element_load(const element *p)
{
#ifndef SFD_CONV_BF16
    return vec_load(p);
#elif VEC == 16
    const __m512i bits =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
#elif VEC == 8
    const __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
#else
    return (vec)vshll_n_u16(vld1_u16(p), 16);
#endif
}

#ifdef SFD_CONV_BF16
/* Rounded as by sfd_bf16_of, in the lower halves of the lanes. */
ALWAYS_INLINE vec_bits element_bits(vec v)
{
#if defined __AVX512BF16__
    return (vec_bits)_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(v));
#elif defined __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
    return vmovl_u16(vreinterpret_u16_bf16(vcvt_bf16_f32(v)));
#else
    const vec_bits bits = (vec_bits)v, up = bits + (bits >> 16 & 1) + 0x7FFF;
    return vec_choose_nan(v, bits | 0x400000, up) >> 16;
#endif
}
#endif

ALWAYS_INLINE void element_store(element *p, vec v)
{
#ifndef SFD_CONV_BF16
    vec_store(p, v);
#elif defined __AVX512BF16__
    _mm256_storeu_si256((__m256i *)(void *)p, (__m256i)_mm512_cvtneps_pbh(v));
#elif VEC == 16
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16((__m512i)element_bits(v)));
#elif VEC == 8
    const __m256i bits = (__m256i)element_bits(v), packed = _mm256_packus_epi32(bits, bits);
    _mm_storeu_si128((__m128i *)(void *)p,
                     _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
#else
    vst1_u16(p, vmovn_u32(element_bits(v)));
#endif
}

/* The first and the second bfloat16 of every word. */
ALWAYS_INLINE vec word_lower(vec x)
{
    return (vec)((vec_bits)x << 16);
}

ALWAYS_INLINE vec word_upper(vec x)
{
    return (vec)((vec_bits)x & 0xFFFF0000);
}

/* Element number `part` of every word. */
ALWAYS_INLINE vec word_part(vec x, const int part)
{
#ifdef SFD_CONV_BF16
    return part ? word_upper(x) : word_lower(x);
#else
    (void)part;
    return x;
#endif
}

/* Words of their elements. */
ALWAYS_INLINE vec word_join(vec lower, vec upper)
{
#ifndef SFD_CONV_BF16
    (void)upper;
    return lower;
#else
    return (vec)(element_bits(upper) << 16 | element_bits(lower));
#endif
}

ALWAYS_INLINE vec word_load(const word *p)
{
    return vec_load((const float *)p);
}

/* sum + the products of every lane's words */
ALWAYS_INLINE vec word_fma(vec x, vec w, vec sum)
{
#ifndef SFD_CONV_BF16
    return vec_fma(x, w, sum);
#elif defined __AVX512BF16__
    return (vec)_mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)w);
#elif defined __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
    return vbfdotq_f32(sum, (bfloat16x8_t)x, (bfloat16x8_t)w);
#else
    return vec_fma(word_upper(x), word_upper(w), vec_fma(word_lower(x), word_lower(w), sum));
#endif
}

/* ------------------------------------------------------------------ maps of results
 *
 * Of elements or, decided at run time, of float32. */

ALWAYS_INLINE bool result_is_f32(sfd_dtype type)
{
    return ELEMENT_TYPE == SFD_F32 || type == SFD_F32;
}

ALWAYS_INLINE size_t result_bytes(sfd_dtype type)
{
    return result_is_f32(type) ? sizeof(float) : sizeof(element);
}

/* The place of value i; NULL in no map. */
ALWAYS_INLINE void *result_at(const void *map, size_t i, sfd_dtype type)
{
    return map ? (char *)map + i * result_bytes(type) : NULL;
}

ALWAYS_INLINE float result_get(const void *map, size_t i, sfd_dtype type)
{
    return sfd_value_get(map, i, result_is_f32(type) ? SFD_F32 : ELEMENT_TYPE);
}

ALWAYS_INLINE void result_set(void *map, size_t i, sfd_dtype type, float value)
{
    sfd_value_set(map, i, result_is_f32(type) ? SFD_F32 : ELEMENT_TYPE, value);
}

ALWAYS_INLINE vec result_load(const void *map, size_t i, sfd_dtype type)
{
    return result_is_f32(type) ? vec_load((const float *)map + i)
                               : element_load((const element *)map + i);
}

ALWAYS_INLINE void result_store(void *map, size_t i, sfd_dtype type, vec v)
{
    if (result_is_f32(type))
        vec_store((float *)map + i, v);
    else
        element_store((element *)map + i, v);
}

/* n < VEC values, behind which there is room up to VEC. */
static inline void result_store_part(void *map, size_t i, sfd_dtype type, const float *values,
                                     size_t n)
{
#if VEC == 16 && defined SFD_CONV_BF16
    if (!result_is_f32(type)) {
        const __m256i bits = _mm512_cvtepi32_epi16((__m512i)element_bits(vec_load(values)));
        _mm256_mask_storeu_epi16((element *)map + i, (__mmask16)((1u << n) - 1), bits);
        return;
    }
#endif
    for (size_t k = 0; k < n; k++)
        result_set(map, i + k, type, values[k]);
}

/* SiLU in place of n results from i on that were just stored. */
static inline void result_silu(void *map, size_t i, sfd_dtype type, size_t n)
{
    if (result_is_f32(type)) {
        vec_silu_row((float *)map + i, n);
        return;
    }
    const size_t end = i + n;
    for (; i + VEC <= end; i += VEC)
        result_store(map, i, type, vec_silu(result_load(map, i, type)));
    for (; i < end; i++)
        result_set(map, i, type, sfd_silu(result_get(map, i, type)));
}

#endif
