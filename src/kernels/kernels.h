/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of kernels, one for each instruction set. Constant; one is chosen once per model and
 * passed along. */
#ifndef SFD_KERNELS_KERNELS_H
#define SFD_KERNELS_KERNELS_H

#include "base/cpu.h"
#include "kernels/conv/conv.h"
#include "kernels/norm/norm.h"
#include "kernels/outer/outer.h"
#include "kernels/outer/winograd.h"
#include "kernels/pool/max_pool.h"
#include "kernels/qconv/qconv.h"

typedef struct sfd_kernels {
    unsigned needs; /* sfd_cpu_flag: runs only where all of them are */
    size_t n_conv;
    const sfd_conv_algorithm *const *conv; /* the plain one first */
    size_t n_qconv;
    const sfd_qconv_algorithm *const *qconv; /* the fastest first, the last can do every layer */
    /* One row (t, h) of the output. Taps in the padding never win, NaN always does. */
    void (*max_pool_row)(const sfd_pool_shape *s, const void *x, void *y, int t, int h);
    /* acc[i] += x[i] and acc[i] = max(acc[i], x[i]), NaN where either is, for n floats: pooling
     * over time. */
    void (*add)(float *restrict acc, const float *restrict x, size_t n);
    void (*max)(float *restrict acc, const float *restrict x, size_t n);
    /* acc[i] += f * x[i]: bilinear samples. */
    void (*add_scaled)(float *restrict acc, const float *restrict x, float f, size_t n);
    /* y[i] = x[i] / (1 + exp(-x[i])) for n floats, y may be x; relative error 5e-7, NaN stays. */
    void (*silu)(float *y, const float *x, size_t n);
    /* y[i] = x[i] * factor + zero, rounded once, within 0 and 255, as the nearest integer, ties to
     * even; NaN becomes 0. And back: y[i] = scale * (x[i] - zero). */
    void (*u8_from_f32)(uint8_t *restrict y, const float *restrict x, float factor, float zero,
                        size_t n);
    void (*f32_from_u8)(float *restrict y, const uint8_t *restrict x, float scale, int zero,
                        size_t n);
    /* Training: sums of products of channels (outer.h), fewer of them by transforms (winograd.h;
     * NULL: there are none), and batch norm with what follows it (norm.h). */
    void (*outer)(const sfd_outer *o);
    const sfd_wino_outer *wino_outer;
    void (*norm_moments)(const sfd_norm_rows *r, double *sum, double *square);
    void (*norm_forward)(const sfd_norm_rows *r);
    void (*norm_mask)(const sfd_norm_rows *r, double *sum, double *product);
    void (*norm_backward)(const sfd_norm_rows *r);
    /* n steps of independent multiply-adds in registers, which is the most a core can do; returns
     * the operations done, a multiply-add counting two. */
    double (*fma_chains)(size_t n);
} sfd_kernels;

/* The best table that a machine with these features (sfd_cpu_choose) can run. */
const sfd_kernels *sfd_kernels_get(unsigned cpu);

/* All tables of this build, from the portable one up; NULL past the last. */
const sfd_kernels *sfd_kernels_at(size_t i);

/* The algorithm to use for a convolution: of those that can do it, the one whose cost is least.
 * `exact` rules out those that transform. */
const sfd_conv_algorithm *sfd_conv_choose(const sfd_kernels *k, const sfd_conv_shape *s,
                                          bool exact);

/* The same for one of bytes, whose weights are w; all give the same results. */
const sfd_qconv_algorithm *sfd_qconv_choose(const sfd_kernels *k, const sfd_conv_shape *s,
                                            const int8_t *w);

/* Whether a convolution's maps had better be of the types that its shape tells than of float32:
 * where that takes little more time, for the memory's sake. */
bool sfd_conv_pays(const sfd_kernels *k, const sfd_conv_shape *s, bool exact);

#endif
