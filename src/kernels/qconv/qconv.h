/* SPDX-License-Identifier: Apache-2.0 */
/* 3D convolution on maps of 8-bit integers, with one interface for all instruction sets.
 *
 * A map of bytes means scale * (byte - zero). Weights are signed bytes with a scale for each output
 * channel. Sums are exact, of 32 bits; what follows them is float32, rounded alike everywhere:
 *
 *   sum = offset[co] + sum of w[co][..] * x[..]         padding has the value x_zero
 *   v = sum * scale[co] + bias[co]                      rounded once
 *   v = residual[p][co] * residual_scale + v            rounded once
 *   v = min(max(v, low), high)
 *   y[p][co] = v, or the integer nearest to it, ties to even
 *
 * so that all implementations give the same bits. The zero points of x and of the residual are part
 * of offset and bias, as is that of y where y is bytes; low is what ReLU and bytes need. */
#ifndef SFD_KERNELS_QCONV_QCONV_H
#define SFD_KERNELS_QCONV_QCONV_H

#include "base/dtype.h"
#include "kernels/conv/conv.h"

#include <stdint.h>

/* Sums of more products than this may not fit into 32 bits: 2^31 / (255 * 128). */
#define SFD_QCONV_MAX_PRODUCTS 65793
/* Channels are counted up to a multiple of this in the vectors of sfd_qconv_io. */
#define SFD_QCONV_LANES 16

typedef struct sfd_qconv_io {
    const uint8_t *x; /* up to 3 bytes past the channels of a position are read */
    uint8_t x_zero;
    const void *weights;   /* as prepare left them */
    const int32_t *offset; /* these three: cout, rounded up to SFD_QCONV_LANES, of them */
    const float *scale, *bias;
    const void *residual;            /* NULL for none; may be y itself, if of the same type */
    sfd_dtype residual_type, y_type; /* SFD_U8 or SFD_F32 */
    float residual_scale, low, high;
    void *y;
} sfd_qconv_io;

/* Of a shape the types and the activation are not looked at. */
typedef struct sfd_qconv_algorithm {
    const char *name;
    /* Bytes of prepared weights; prepare fills them from w [cout][cin][kT][kH][kW]. */
    size_t (*weight_bytes)(const sfd_conv_shape *s);
    void (*prepare)(const sfd_conv_shape *s, const int8_t *w, void *prepared);
    size_t (*n_tiles)(const sfd_conv_shape *s);
    size_t (*scratch_bytes)(const sfd_conv_shape *s); /* 64-byte aligned, content arbitrary */
    void (*run_tile)(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch);
} sfd_qconv_algorithm;

extern const sfd_qconv_algorithm sfd_qconv_plain;
/* x86-64 only */
extern const sfd_qconv_algorithm sfd_qconv__avx2, sfd_qconv__avx512_vnni;

/* One group, sums that fit. */
static inline bool sfd_qconv_can(const sfd_conv_shape *s)
{
    return s->groups == 1 && (double)s->cin * (double)sfd_conv_taps(s) <= SFD_QCONV_MAX_PRODUCTS;
}

static inline size_t sfd_qconv_lanes(size_t cout)
{
    return (cout + SFD_QCONV_LANES - 1) / SFD_QCONV_LANES * SFD_QCONV_LANES;
}

#endif
