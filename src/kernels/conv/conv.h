/* SPDX-License-Identifier: Apache-2.0 */
/* 3D convolution on channels-last maps, as a choice of algorithms with one interface.
 *
 * A map is [T][H][W] positions of `channels` elements, positions `ld` elements apart (ld > channels
 * where the map is a channel slice of a wider one). An algorithm prepares the weights once, splits
 * the output into independent tiles and computes one tile at a time: the caller spreads tiles over
 * threads.
 *
 *   y[p][co] = act(bias[co] + sum w[co][ci][dt][dh][dw] x[..][ci] + residual[p][co])
 *
 * Sums are float32. Where x is bfloat16, so are the weights, rounded once, folded; y and the
 * residual may be either. Where x is float32 and y bfloat16 (stems), an algorithm may multiply
 * either.
 *
 * The plain algorithm is the oracle of all others.
 *
 * NaN and infinities: activations keep NaN, so that broken weights or inputs are seen in the
 * scores. An output that is not finite by the plain algorithm is not finite by any other.
 * Algorithms may spread such a value to outputs that the plain one leaves finite: those that
 * transform, to a tile's others; those that multiply padding or neighbouring windows with zeros, to
 * those next to it. */
#ifndef SFD_KERNELS_CONV_CONV_H
#define SFD_KERNELS_CONV_CONV_H

#include "base/dtype.h"
#include "kernels/activation/activation.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct sfd_conv_shape {
    int in[3], out[3]; /* T, H, W */
    int cin, cout, groups;
    int kernel[3], stride[3], padding[3], dilation[3];
    size_t x_ld, y_ld, residual_ld; /* elements from position to position */
    sfd_dtype x_type, y_type, residual_type;
    sfd_activation activation;
    int n_threads; /* that share the work: tiles are made small enough for all of them */
} sfd_conv_shape;

typedef struct sfd_conv_io {
    const void *x;        /* up to a vector past the channels of the last position is read */
    const float *weights; /* as the algorithm's prepare left them */
    const float *bias;    /* [cout] */
    const void *residual; /* NULL for none; may be y itself, if of the same type */
    void *y;              /* never overlaps x */
} sfd_conv_io;

/* Everything but `in`, `out`, the lds and n_threads is the layer's own and decides `can`,
 * `weight_floats` and `prepare`, so that one set of prepared weights serves every picture size. */
typedef struct sfd_conv_algorithm {
    const char *name;
    bool transforms; /* multiplies transformed values: faster, and rounds more than a plain sum */
    /* Estimate of one core's time, for large maps, in half cycles or vector multiply-adds; compared
     * with those of other algorithms of the same table. Asked only where `can`. */
    double (*cost)(const sfd_conv_shape *s);
    bool (*can)(const sfd_conv_shape *s);
    /* Floats of prepared weights; prepare fills them from w [cout][cin / groups][kT][kH][kW]. */
    size_t (*weight_floats)(const sfd_conv_shape *s);
    void (*prepare)(const sfd_conv_shape *s, const float *w, float *prepared);
    size_t (*n_tiles)(const sfd_conv_shape *s);
    /* Rows of the output (times the dilation along H, from the first on) that are rounded together;
     * 0: all that a run computes. */
    int rows_together;
    /* Floats of scratch memory for one tile, 64-byte aligned, content arbitrary. */
    size_t (*scratch_floats)(const sfd_conv_shape *s);
    void (*run_tile)(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile, float *scratch);
} sfd_conv_algorithm;

extern const sfd_conv_algorithm sfd_conv_plain; /* any shape, one thread-sized row at a time */
extern const sfd_conv_algorithm sfd_conv_gemm;  /* any shape: im2row tiles and OpenBLAS sgemm */

/* The vector algorithms of one instruction set. On maps of float32: */
#define SFD_DECLARE_CONV(set)                                                                      \
    /* packed weights and own register tiles; one group */                                         \
    extern const sfd_conv_algorithm sfd_conv_packed__##set;                                        \
    /* kernels wider than one position, from padded input rows */                                  \
    extern const sfd_conv_algorithm sfd_conv_rows__##set;                                          \
    /* stems with few output channels; the same with Winograd F(4,5) along time */                 \
    extern const sfd_conv_algorithm sfd_conv_planar__##set, sfd_conv_planar_t__##set;              \
    /* Winograd F(4x4,3x3) for 1x3x3 (any dilation) and F(4,3) for 3x1x1, stride 1 */              \
    extern const sfd_conv_algorithm sfd_conv_winograd_hw__##set, sfd_conv_winograd_t__##set;       \
    /* winograd_hw from weights that are not transformed beforehand */                             \
    extern const sfd_conv_algorithm sfd_conv_winograd_lean__##set;                                 \
    /* several groups: as many as channels, and others by packed and winograd_hw */                \
    extern const sfd_conv_algorithm sfd_conv_depthwise__##set, sfd_conv_grouped_packed__##set,     \
        sfd_conv_grouped_winograd_hw__##set
/* The same on maps of bfloat16: avx512_bf16 and neon_bf16 have instructions for it. */
#define SFD_DECLARE_CONV_BF16(set)                                                                 \
    extern const sfd_conv_algorithm sfd_conv_packed_bf16__##set, sfd_conv_rows_bf16__##set,        \
        sfd_conv_planar_bf16__##set, sfd_conv_planar_t_bf16__##set,                                \
        sfd_conv_winograd_hw_bf16__##set, sfd_conv_winograd_lean_bf16__##set,                      \
        sfd_conv_winograd_t_bf16__##set, sfd_conv_grouped_packed_bf16__##set,                      \
        sfd_conv_grouped_winograd_hw_bf16__##set
SFD_DECLARE_CONV(avx2);
SFD_DECLARE_CONV(avx512);
SFD_DECLARE_CONV(neon);
SFD_DECLARE_CONV_BF16(avx2);
SFD_DECLARE_CONV_BF16(avx512);
SFD_DECLARE_CONV_BF16(avx512_bf16);
SFD_DECLARE_CONV_BF16(neon);
SFD_DECLARE_CONV_BF16(neon_bf16);

/* Multiply-adds of the whole convolution, counted as a direct one. */
double sfd_conv_macs(const sfd_conv_shape *s);

static inline bool sfd_conv_is_f32(const sfd_conv_shape *s)
{
    return s->x_type == SFD_F32 && s->y_type == SFD_F32 && s->residual_type == SFD_F32;
}

static inline bool sfd_dtype_is_float(sfd_dtype type)
{
    return type == SFD_F32 || type == SFD_BF16;
}

/* float32 or bfloat16 everywhere. */
static inline bool sfd_conv_is_float(const sfd_conv_shape *s)
{
    return sfd_dtype_is_float(s->x_type) && sfd_dtype_is_float(s->y_type) &&
           sfd_dtype_is_float(s->residual_type);
}

/* A shape's sizes, for counting elements. */
static inline size_t sfd_conv_cin(const sfd_conv_shape *s)
{
    return (size_t)s->cin;
}

static inline size_t sfd_conv_cout(const sfd_conv_shape *s)
{
    return (size_t)s->cout;
}

static inline size_t sfd_conv_group_cin(const sfd_conv_shape *s)
{
    return (size_t)(s->cin / s->groups);
}

static inline size_t sfd_conv_group_cout(const sfd_conv_shape *s)
{
    return (size_t)(s->cout / s->groups);
}

static inline size_t sfd_conv_taps(const sfd_conv_shape *s)
{
    return (size_t)s->kernel[0] * (size_t)s->kernel[1] * (size_t)s->kernel[2];
}

/* Positions of one frame, and of the whole output. */
static inline size_t sfd_conv_in_frame(const sfd_conv_shape *s)
{
    return (size_t)s->in[1] * (size_t)s->in[2];
}

static inline size_t sfd_conv_out_frame(const sfd_conv_shape *s)
{
    return (size_t)s->out[1] * (size_t)s->out[2];
}

static inline size_t sfd_conv_positions(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * sfd_conv_out_frame(s);
}

/* Number of a position, its coordinates inside the map. */
static inline size_t sfd_conv_in_index(const sfd_conv_shape *s, int t, int h, int w)
{
    return (size_t)t * sfd_conv_in_frame(s) + (size_t)h * (size_t)s->in[2] + (size_t)w;
}

static inline size_t sfd_conv_out_index(const sfd_conv_shape *s, int t, int h, int w)
{
    return (size_t)t * sfd_conv_out_frame(s) + (size_t)h * (size_t)s->out[2] + (size_t)w;
}

/* Size of the tiles that cut n units of work into at least two for each thread, within least and
 * most; where it is possible, into as many for one thread as for another. */
static inline size_t sfd_conv_share(const sfd_conv_shape *s, size_t n, size_t least, size_t most)
{
    const size_t threads = (size_t)s->n_threads, parts = 2 * threads;
    size_t size = (n + parts - 1) / parts;
    size = size < least ? least : size > most ? most : size;
    const size_t tiles = (n + size - 1) / size, rounds = (tiles + threads - 1) / threads;
    const size_t more = rounds * threads, fewer = more - threads;
    if ((n + more - 1) / more >= least)
        return (n + more - 1) / more;
    return fewer > 0 && (n + fewer - 1) / fewer <= most ? (n + fewer - 1) / fewer : size;
}

#endif
