/* SPDX-License-Identifier: Apache-2.0 */
/* bfloat16: the upper half of a float32. */
#ifndef SFD_BASE_BF16_H
#define SFD_BASE_BF16_H

#include <stdint.h>
#include <string.h>

/* Rounded to nearest, ties to even; NaN stays NaN. */
static inline uint16_t sfd_bf16_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    return (uint16_t)((bits & 0x7FFFFFFFU) > 0x7F800000U ? bits >> 16 | 0x40U : rounded);
}

static inline float sfd_bf16_float(uint16_t x)
{
    const uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The nearest number that a bfloat16 holds. */
static inline float sfd_bf16_round(float x)
{
    return sfd_bf16_float(sfd_bf16_of(x));
}

#endif
