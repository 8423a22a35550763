/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU, compiled once for every instruction set: the including file defines SFD_SET. */
#include "kernels/activation/silu.h"
#include "kernels/loops.h"
#include "kernels/name.h"

#include <stdint.h>
#include <string.h>

#define MOST     88.0f /* exp of it is still finite */
#define LOG2_E   1.44269504f
#define LN2_HIGH 0.693145752f /* ln 2 in two parts, the first with zeros at its end */
#define LN2_LOW  1.42860677e-6f
#define ROUNDER  12582912.0f /* 1.5 * 2^23: adding it rounds to an integer, in the lowest bits */

/* Relative error 2e-7. NaN stays NaN. */
static inline float exp_f32(float t)
{
    t = t > MOST ? MOST : t < -MOST + 1 ? -MOST + 1 : t;
    const float shifted = t * LOG2_E + ROUNDER, n = shifted - ROUNDER;
    const float r = (t - n * LN2_HIGH) - n * LN2_LOW;
    const float p =
        1 +
        r * (1 + r * (0.5f + r * (0.166666667f + r * (0.0416666667f +
                                                      r * (0.00833333333f + r * 0.00138888889f)))));
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23; /* 2^n: what lies above the lowest bits is shifted out */
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

void SFD_NAME(sfd_f32_silu)(float *y, const float *x, size_t n)
{
    INDEPENDENT /* the output may lie on the input */
        for (size_t i = 0; i < n; i++) y[i] = x[i] / (1 + exp_f32(-x[i]));
}
