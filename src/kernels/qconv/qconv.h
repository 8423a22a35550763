/* SPDX-License-Identifier: Apache-2.0 */
/* 3D convolution on maps of 8-bit integers, with one interface for all algorithms and instruction
 * sets.
 *
 * A map of bytes means scale * (byte - zero). Weights are signed bytes with a scale for each output
 * channel. Sums are exact, of 32 bits; what follows them is float32, rounded alike everywhere:
 *
 *   sum = sum of w[co][..] * (x[..] - x_zero)           padding has the value x_zero
 *   v = sum * scale[co] + bias[co]                      rounded once
 *   v = v / (1 + exp(-v)) * silu_scale + silu_zero      with SiLU: sfd_silu_in_steps, rounded once
 *   v = residual[p][co] * residual_scale + v            rounded once
 *   v = min(max(v, low), high)
 *   y[p][co] = v, or the integer nearest to it, ties to even
 *
 * so that all implementations give the same bits. The zero points of the residual and, where y is
 * bytes, of y are part of bias, or of silu_zero; low is what ReLU and bytes need. */
#ifndef SFD_KERNELS_QCONV_QCONV_H
#define SFD_KERNELS_QCONV_QCONV_H

#include "base/dtype.h"
#include "kernels/conv/conv.h"

#include <stdint.h>

/* Sums of more products than this may not fit into 32 bits: 2^31 / (255 * 128). */
#define SFD_QCONV_MAX_PRODUCTS 65793

/* What prepare makes of a layer; scales and biases are of [cout] channels. */
typedef struct sfd_qconv_params {
    const int8_t *w; /* [cout][cin][kT][kH][kW] */
    const float *scale, *bias;
    uint8_t x_zero;
} sfd_qconv_params;

typedef struct sfd_qconv_io {
    const uint8_t *x; /* up to 3 bytes past the channels of a position are read */
    uint8_t x_zero;
    const void *weights;             /* as prepare left them */
    const void *residual;            /* NULL for none; may be y itself, if of the same type */
    sfd_dtype residual_type, y_type; /* SFD_U8 or SFD_F32 */
    float residual_scale, low, high;
    bool silu;
    float silu_scale, silu_zero;
    void *y;
} sfd_qconv_io;

/* Of a shape the types and the activation are not looked at. What `pays` and `can` decide is the
 * layer's own: everything but `in`, `out`, the lds and n_threads. */
typedef struct sfd_qconv_algorithm {
    const char *name;
    /* Whether it may be faster than those behind it in its table; asked only where it can. */
    bool (*pays)(const sfd_conv_shape *s);
    bool (*can)(const sfd_conv_shape *s, const int8_t *w);
    /* Bytes of what prepare fills, 64-byte aligned. */
    size_t (*weight_bytes)(const sfd_conv_shape *s);
    void (*prepare)(const sfd_conv_shape *s, const sfd_qconv_params *p, void *prepared);
    size_t (*n_tiles)(const sfd_conv_shape *s);
    size_t (*scratch_bytes)(const sfd_conv_shape *s); /* 64-byte aligned, content arbitrary */
    void (*run_tile)(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch);
} sfd_qconv_algorithm;

/* Any layer of one group whose sums fit. */
extern const sfd_qconv_algorithm sfd_qconv_plain;
/* The same of one instruction set; with few input channels. */
#define SFD_DECLARE_QCONV(set)                                                                     \
    extern const sfd_qconv_algorithm sfd_qconv_direct__##set, sfd_qconv_rows__##set
SFD_DECLARE_QCONV(avx2);
SFD_DECLARE_QCONV(avx512_vnni);
SFD_DECLARE_QCONV(neon);
SFD_DECLARE_QCONV(neon_dot);
SFD_DECLARE_QCONV(neon_i8mm);
/* Winograd F(4x4,3x3) and F(4,3) in integers, with nothing lost */
extern const sfd_qconv_algorithm sfd_qconv_winograd_hw__avx2, sfd_qconv_winograd_hw__avx512_vnni,
    sfd_qconv_winograd_hw__neon;
extern const sfd_qconv_algorithm sfd_qconv_winograd_t__avx2, sfd_qconv_winograd_t__neon;

/* One group, sums that fit. */
static inline bool sfd_qconv_fits(const sfd_conv_shape *s)
{
    return s->groups == 1 && (double)s->cin * (double)sfd_conv_taps(s) <= SFD_QCONV_MAX_PRODUCTS;
}

#endif
