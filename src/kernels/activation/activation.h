/* SPDX-License-Identifier: Apache-2.0 */
/* What a layer does to each of its values before they are stored. */
#ifndef SFD_KERNELS_ACTIVATION_ACTIVATION_H
#define SFD_KERNELS_ACTIVATION_ACTIVATION_H

#include <stdint.h>
#include <string.h>

typedef enum sfd_activation {
    SFD_ACTIVATION_NONE,
    SFD_ACTIVATION_RELU, /* max(x, 0) */
    SFD_ACTIVATION_SILU, /* x / (1 + exp(-x)) */
} sfd_activation;

/* Written so that NaN stays NaN: max(x, 0) of most machines gives its second operand where one is
 * not a number. */
static inline float sfd_relu(float x)
{
    return x < 0 ? 0 : x;
}

/* exp for SiLU. The argument is kept within -87 and 88, where the result is finite and not
 * subnormal; log2(e) and ln 2 (in two parts, the first with zeros at its end) bring it to 2^n p(r);
 * adding 1.5 * 2^23 rounds to an integer n in the lowest bits. Relative error 2e-7. NaN stays NaN.
 */
#define SFD_EXP_LEAST    (-87.0f)
#define SFD_EXP_MOST     88.0f
#define SFD_EXP_LOG2_E   1.44269504f
#define SFD_EXP_LN2_HIGH 0.693145752f
#define SFD_EXP_LN2_LOW  1.42860677e-6f
#define SFD_EXP_ROUNDER  12582912.0f
#define SFD_EXP_2        0.5f
#define SFD_EXP_3        0.166666667f
#define SFD_EXP_4        0.0416666667f
#define SFD_EXP_5        0.00833333333f
#define SFD_EXP_6        0.00138888889f

static inline float sfd_exp(float x)
{
    x = x > SFD_EXP_MOST ? SFD_EXP_MOST : x < SFD_EXP_LEAST ? SFD_EXP_LEAST : x;
    const float shifted = x * SFD_EXP_LOG2_E + SFD_EXP_ROUNDER, n = shifted - SFD_EXP_ROUNDER;
    const float r = (x - n * SFD_EXP_LN2_HIGH) - n * SFD_EXP_LN2_LOW;
    const float high = SFD_EXP_4 + r * (SFD_EXP_5 + r * SFD_EXP_6);
    const float p = 1 + r * (1 + r * (SFD_EXP_2 + r * (SFD_EXP_3 + r * high)));
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23; /* 2^n: what lies above the lowest bits is shifted out */
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static inline float sfd_silu(float x)
{
    return x / (1 + sfd_exp(-x));
}

static inline float sfd_activate(float x, sfd_activation a)
{
    return a == SFD_ACTIVATION_RELU ? sfd_relu(x) : a == SFD_ACTIVATION_SILU ? sfd_silu(x) : x;
}

#endif
