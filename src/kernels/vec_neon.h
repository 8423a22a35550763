/* SPDX-License-Identifier: Apache-2.0 */
/* vec.h for NEON. */
#ifndef SFD_KERNELS_VEC_NEON_H
#define SFD_KERNELS_VEC_NEON_H

#include <arm_neon.h>

#define VEC           4
#define VEC_REGISTERS 32
typedef float32x4_t vec;

ALWAYS_INLINE vec vec_load(const float *p)
{
    return vld1q_f32(p);
}

ALWAYS_INLINE void vec_store(float *p, vec v)
{
    vst1q_f32(p, v);
}

ALWAYS_INLINE vec vec_set(float x)
{
    return vdupq_n_f32(x);
}

ALWAYS_INLINE vec vec_add(vec a, vec b)
{
    return vaddq_f32(a, b);
}

ALWAYS_INLINE vec vec_sub(vec a, vec b)
{
    return vsubq_f32(a, b);
}

ALWAYS_INLINE vec vec_mul(vec a, vec b)
{
    return vmulq_f32(a, b);
}

ALWAYS_INLINE vec vec_div(vec a, vec b)
{
    return vdivq_f32(a, b);
}

/* b where either is NaN */
ALWAYS_INLINE vec vec_max(vec a, vec b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}

ALWAYS_INLINE vec vec_min(vec a, vec b)
{
    return vbslq_f32(vcltq_f32(a, b), a, b);
}

/* max(x, 0); NaN stays NaN */
ALWAYS_INLINE vec vec_relu(vec x)
{
    return vmaxq_f32(x, vec_set(0));
}

/* a * b + c, rounded once */
ALWAYS_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return vfmaq_f32(c, a, b);
}

#endif
