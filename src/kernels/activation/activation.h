/* SPDX-License-Identifier: Apache-2.0 */
/* What a layer does to each of its values before they are stored. */
#ifndef SFD_KERNELS_ACTIVATION_ACTIVATION_H
#define SFD_KERNELS_ACTIVATION_ACTIVATION_H

#include <math.h>
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

/* 2^n for the n in the lowest bits of SFD_EXP_ROUNDER + n: what lies above them is shifted out. */
static inline float sfd_power_of_2(float shifted)
{
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static inline float sfd_exp(float x)
{
    x = x > SFD_EXP_MOST ? SFD_EXP_MOST : x < SFD_EXP_LEAST ? SFD_EXP_LEAST : x;
    const float shifted = x * SFD_EXP_LOG2_E + SFD_EXP_ROUNDER, n = shifted - SFD_EXP_ROUNDER;
    const float r = (x - n * SFD_EXP_LN2_HIGH) - n * SFD_EXP_LN2_LOW;
    const float high = SFD_EXP_4 + r * (SFD_EXP_5 + r * SFD_EXP_6);
    const float p = 1 + r * (1 + r * (SFD_EXP_2 + r * (SFD_EXP_3 + r * high)));
    return p * sfd_power_of_2(shifted);
}

static inline float sfd_silu(float x)
{
    return x / (1 + sfd_exp(-x));
}

/* The same in the steps that vectors take (vec_activation.h), each rounded once: to the bit what
 * they give. */
static inline float sfd_silu_in_steps(float x)
{
    const float most = -SFD_EXP_LEAST, least = -SFD_EXP_MOST;
    float y = most < x ? most : x;
    y = least > y ? least : y;
    const float shifted = fmaf(y, -SFD_EXP_LOG2_E, SFD_EXP_ROUNDER), n = shifted - SFD_EXP_ROUNDER;
    const float minus_r = fmaf(n, SFD_EXP_LN2_LOW, fmaf(n, SFD_EXP_LN2_HIGH, y));
    float p = fmaf(minus_r, SFD_EXP_6, -SFD_EXP_5);
    p = fmaf(p, minus_r, SFD_EXP_4);
    p = fmaf(p, minus_r, -SFD_EXP_3);
    p = fmaf(p, minus_r, SFD_EXP_2);
    p = fmaf(p, minus_r, -1);
    p = fmaf(p, minus_r, 1);
    return x / fmaf(p, sfd_power_of_2(shifted), 1);
}

static inline float sfd_activate(float x, sfd_activation a)
{
    return a == SFD_ACTIVATION_RELU ? sfd_relu(x) : a == SFD_ACTIVATION_SILU ? sfd_silu(x) : x;
}

#endif
