/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kernels for one instruction set. Constant; chosen once per model and passed along.
 */
#ifndef SFD_KERNELS_KERNELS_H
#define SFD_KERNELS_KERNELS_H

#include "base/cpu.h"
#include "kernels/conv/conv.h"

/* 3D max pooling of channels-last maps; taps in the padding never win. */
typedef struct sfd_pool_shape {
    int in[3], out[3]; /* T, H, W */
    int channels;
    int kernel[3], stride[3], padding[3];
    size_t x_ld, y_ld;
} sfd_pool_shape;

typedef struct sfd_kernels {
    sfd_cpu_level level;
    size_t n_conv;
    const sfd_conv_algorithm *const *conv; /* all that this level offers, the plain one first */
    /* One row (t, h) of the output. */
    void (*max_pool_row)(const sfd_pool_shape *s, const float *x, float *y, int t, int h);
    /* acc[i] += x[i] and acc[i] = max(acc[i], x[i]) for n floats: pooling over time. */
    void (*add)(float *acc, const float *x, size_t n);
    void (*max)(float *acc, const float *x, size_t n);
    /* acc[i] += f * x[i]: bilinear samples. */
    void (*add_scaled)(float *acc, const float *x, float f, size_t n);
    /* n steps of independent multiply-adds in registers, which is the most a core can do; returns
     * the operations done, a multiply-add counting two. */
    double (*fma_chains)(size_t n);
} sfd_kernels;

/* The algorithm to use for a convolution; `exact` rules out those that transform. */
const sfd_conv_algorithm *sfd_conv_choose(const sfd_kernels *k, const sfd_conv_shape *s,
                                          bool exact);

/* The table of a level that this machine has (sfd_cpu_choose). */
const sfd_kernels *sfd_kernels_get(sfd_cpu_level level);

#endif
