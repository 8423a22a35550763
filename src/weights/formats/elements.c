/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: sizes, conversion to and from float32, gathering from strided views. */
#include "weights/formats/elements.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "stored little-endian elements are used as they are");

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000U) << 16, exponent = h >> 10 & 0x1FU,
             mantissa = h & 0x3FFU;
    if (exponent == 0x1F)
        return float_of(sign | 0x7F800000U | mantissa << 13);
    if (exponent == 0) /* subnormal: mantissa * 2^-24, exact in float */
        return float_of(sign | bits_of((float)mantissa * 0x1p-24F));
    return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
}

static uint16_t float_to_half(float value)
{
    uint32_t bits = bits_of(value), magnitude = bits & 0x7FFFFFFFU;
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000U);
    if (magnitude > 0x7F800000U)
        return sign | 0x7E00U; /* NaN */
    if (magnitude >= 0x477FF000U)
        return sign | 0x7C00U; /* 65520 and above round to infinity */
    if (magnitude < 0x38800000U) {
        /* Subnormal: adding 0.5 leaves multiples of 2^-24 in the low bits, rounded by the adder. */
        return sign | (uint16_t)(bits_of(float_of(magnitude) + 0.5F) - bits_of(0.5F));
    }
    uint32_t odd = magnitude >> 13 & 1U;
    return sign | (uint16_t)((magnitude - (112U << 23) + 0xFFFU + odd) >> 13);
}

static uint16_t float_to_bfloat(float value)
{
    uint32_t bits = bits_of(value);
    if ((bits & 0x7FFFFFFFU) > 0x7F800000U)
        return (uint16_t)(bits >> 16 | 0x40U); /* NaN stays NaN */
    return (uint16_t)((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

#define CONVERT(type, expression)                                                                  \
    for (size_t i = 0; i < n; i++) {                                                               \
        type value;                                                                                \
        memcpy(&value, (const char *)src + i * sizeof value, sizeof value);                        \
        dst[i] = (expression);                                                                     \
    }                                                                                              \
    break

void sfd_elements_to_f32(sfd_dtype dtype, const void *src, size_t n, float *dst)
{
    switch (dtype) {
    case SFD_F32:
        memcpy(dst, src, n * sizeof *dst);
        break;
    case SFD_F16:
        CONVERT(uint16_t, half_to_float(value));
    case SFD_BF16:
        CONVERT(uint16_t, float_of((uint32_t)value << 16));
    case SFD_F64:
        CONVERT(double, (float)value);
    case SFD_I64:
        CONVERT(int64_t, (float)value);
    case SFD_I32:
        CONVERT(int32_t, (float)value);
    case SFD_I16:
        CONVERT(int16_t, (float)value);
    case SFD_I8:
        CONVERT(int8_t, (float)value);
    case SFD_U8:
        CONVERT(uint8_t, (float)value);
    case SFD_BOOL:
        CONVERT(uint8_t, value ? 1.0F : 0.0F);
    }
}

void sfd_elements_from_f32(sfd_dtype dtype, const float *src, size_t n, void *dst)
{
    uint16_t *half = dst;
    if (dtype == SFD_F32)
        memcpy(dst, src, n * sizeof *src);
    else
        for (size_t i = 0; i < n; i++)
            half[i] = dtype == SFD_F16 ? float_to_half(src[i]) : float_to_bfloat(src[i]);
}

bool sfd_count_elements(int n_dims, const size_t *dims, size_t *n)
{
    *n = 1;
    for (int i = 0; i < n_dims; i++)
        if (__builtin_mul_overflow(*n, dims[i], n))
            return false;
    return true;
}

/* True when the elements lie one after the other in C order. */
static bool is_contiguous(const sfd_tensor *t)
{
    size_t expected = 1;
    for (int i = t->info.n_dims - 1; i >= 0; i--) {
        if (t->info.dims[i] != 1 && t->strides[i] != expected)
            return false;
        expected *= t->info.dims[i];
    }
    return true;
}

/* Never by touching the mapping: it is as long as the file was when it was opened. */
static bool copy_bytes(const sfd_mapping *file, const unsigned char *from, size_t n, void *dst)
{
    if (sfd_mapping_holds(file, from, n))
        return sfd_mapping_read(file, from, n, dst);
    memcpy(dst, from, n);
    return true;
}

static bool gather_strided(const sfd_mapping *file, const sfd_tensor *t, size_t first, size_t n,
                           unsigned char *dst)
{
    size_t size = sfd_dtype_size(t->info.dtype), index[SFD_MAX_DIMS], position = 0;
    for (int i = t->info.n_dims - 1; i >= 0; i--) {
        index[i] = first % t->info.dims[i];
        first /= t->info.dims[i];
        position += index[i] * t->strides[i];
    }
    for (size_t k = 0; k < n; k++) {
        if (!copy_bytes(file, t->data + position * size, size, dst + k * size))
            return false;
        for (int i = t->info.n_dims - 1; i >= 0; i--) {
            position += t->strides[i];
            if (++index[i] < t->info.dims[i])
                break;
            position -= index[i] * t->strides[i];
            index[i] = 0;
        }
    }
    return true;
}

static void swap_bytes(unsigned char *data, size_t n, size_t size)
{
    for (size_t k = 0; k < n; k++, data += size) {
        for (size_t i = 0; i < size / 2; i++) {
            unsigned char byte = data[i];
            data[i] = data[size - 1 - i];
            data[size - 1 - i] = byte;
        }
    }
}

bool sfd_tensor_gather(const sfd_mapping *file, const sfd_tensor *t, size_t first, size_t n,
                       void *dst)
{
    const size_t size = sfd_dtype_size(t->info.dtype);
    if (n == 0)
        return true;
    if (!(is_contiguous(t) ? copy_bytes(file, t->data + first * size, n * size, dst)
                           : gather_strided(file, t, first, n, dst)))
        return false;
    if (t->big_endian)
        swap_bytes(dst, n, size);
    return true;
}
