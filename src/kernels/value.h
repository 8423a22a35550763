/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of maps whose elements are float32 or bfloat16. */
#ifndef SFD_KERNELS_VALUE_H
#define SFD_KERNELS_VALUE_H

#include "base/bf16.h"
#include "base/dtype.h"

static inline float sfd_value_get(const void *map, size_t i, sfd_dtype type)
{
    return type == SFD_F32 ? ((const float *)map)[i] : sfd_bf16_float(((const uint16_t *)map)[i]);
}

static inline void sfd_value_set(void *map, size_t i, sfd_dtype type, float value)
{
    if (type == SFD_F32)
        ((float *)map)[i] = value;
    else
        ((uint16_t *)map)[i] = sfd_bf16_of(value);
}

#endif
