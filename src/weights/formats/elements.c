/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: sizes, conversion to and from float32, gathering from strided views. */
#include "weights/formats/elements.h"

#include "base/bf16.h"
#include "base/f16.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "stored little-endian elements are used as they are");

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
        CONVERT(uint16_t, sfd_f16_float(value));
    case SFD_BF16:
        CONVERT(uint16_t, sfd_bf16_float(value));
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
            half[i] = dtype == SFD_F16 ? sfd_f16_of(src[i]) : sfd_bf16_of(src[i]);
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
