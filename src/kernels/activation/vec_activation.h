/* SPDX-License-Identifier: Apache-2.0 */
/* activation.h for vectors. */
#ifndef SFD_KERNELS_ACTIVATION_VEC_ACTIVATION_H
#define SFD_KERNELS_ACTIVATION_VEC_ACTIVATION_H

#include "kernels/activation/activation.h"
#include "kernels/vec.h"

/* 2^n for the n in the lowest bits of SFD_EXP_ROUNDER + n. */
ALWAYS_INLINE vec vec_power_of_2(vec shifted)
{
    return (vec)(((vec_bits)shifted + 127) << 23);
}

/* The limits keep NaN, of which vec_min and vec_max give their second operand. */
ALWAYS_INLINE vec vec_silu(vec x)
{
    const vec most = vec_set(-SFD_EXP_LEAST), least = vec_set(-SFD_EXP_MOST);
    const vec y = vec_max(least, vec_min(most, x));
    const vec rounder = vec_set(SFD_EXP_ROUNDER);
    const vec shifted = vec_fma(y, vec_set(-SFD_EXP_LOG2_E), rounder);
    const vec n = vec_sub(shifted, rounder);
    const vec minus_r =
        vec_fma(n, vec_set(SFD_EXP_LN2_LOW), vec_fma(n, vec_set(SFD_EXP_LN2_HIGH), y));
    vec p = vec_fma(minus_r, vec_set(SFD_EXP_6), vec_set(-SFD_EXP_5));
    p = vec_fma(p, minus_r, vec_set(SFD_EXP_4));
    p = vec_fma(p, minus_r, vec_set(-SFD_EXP_3));
    p = vec_fma(p, minus_r, vec_set(SFD_EXP_2));
    p = vec_fma(p, minus_r, vec_set(-1));
    p = vec_fma(p, minus_r, vec_set(1));
    return vec_div(x, vec_fma(p, vec_power_of_2(shifted), vec_set(1)));
}

#endif
