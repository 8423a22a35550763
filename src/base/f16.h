/* SPDX-License-Identifier: Apache-2.0 */
/* IEEE 754's binary16 as bits. */
#ifndef SFD_BASE_F16_H
#define SFD_BASE_F16_H

#include <stdint.h>
#include <string.h>

static inline uint32_t sfd_f32_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float sfd_f32_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float sfd_f16_float(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000U) << 16, exponent = h >> 10 & 0x1FU;
    const uint32_t mantissa = h & 0x3FFU;
    if (exponent == 0x1F)
        return sfd_f32_of_bits(sign | 0x7F800000U | mantissa << 13);
    if (exponent == 0) /* subnormal: mantissa * 2^-24, exact in float */
        return sfd_f32_of_bits(sign | sfd_f32_bits((float)mantissa * 0x1p-24F));
    return sfd_f32_of_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

/* Rounded to nearest, ties to even; 65520 and above become infinite, NaN stays NaN. */
static inline uint16_t sfd_f16_of(float value)
{
    const uint32_t bits = sfd_f32_bits(value), magnitude = bits & 0x7FFFFFFFU;
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000U);
    if (magnitude > 0x7F800000U)
        return sign | 0x7E00U; /* NaN */
    if (magnitude >= 0x477FF000U)
        return sign | 0x7C00U;
    if (magnitude < 0x38800000U) {
        /* Subnormal: adding 0.5 leaves multiples of 2^-24 in the low bits, rounded by the adder. */
        return sign |
               (uint16_t)(sfd_f32_bits(sfd_f32_of_bits(magnitude) + 0.5F) - sfd_f32_bits(0.5F));
    }
    const uint32_t odd = magnitude >> 13 & 1U;
    return sign | (uint16_t)((magnitude - (112U << 23) + 0xFFFU + odd) >> 13);
}

#endif
