/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes in register tiles. A tile is TILE output positions; where each of them sees
 * its taps is written down as pointers first (padding is a row of its own), so that kernels,
 * strides, dilations and padding of every kind run through the same loop: for each block of output
 * channels and each group of positions, for each tap, over the channels four at a time.
 *
 * The including file defines what a vector of sums is:
 *   QVEC, QLANES      the type, its 32-bit lanes
 *   MAX_VECTORS       of a block of output channels
 *   ROWS(nv)          positions whose sums fit into the registers beside nv vectors of weights
 *   q_dot(acc, four bytes of x in every lane, weights)   64 bytes of weights a vector and step
 *   q_place(i, j)     byte of a step's 64 that holds weight j (of 4) of lane i, q_put stores it
 *   q_finish(...)     the sums of a position to y
 * Technique of the pointers: M. Dukhan, "The Indirect Convolution Algorithm", 2019. */
#include "kernels/name.h"
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

#define TILE     48 /* a multiple of all ROWS */
#define STEP     4  /* channels that a step multiplies */
#define MAX_SUMS 24

/* ------------------------------------------------------------------ weights */

static size_t q_steps(const sfd_conv_shape *s)
{
    return (sfd_conv_cin(s) + STEP - 1) / STEP;
}

static size_t q_vectors(const sfd_conv_shape *s)
{
    return (sfd_conv_cout(s) + QLANES - 1) / QLANES;
}

static size_t q_weight_bytes(const sfd_conv_shape *s)
{
    return q_vectors(s) * sfd_conv_taps(s) * q_steps(s) * 64;
}

/* [cout][cin][taps] -> blocks of MAX_VECTORS vectors (the last of fewer): [taps][steps][vectors] */
static void q_prepare(const sfd_conv_shape *s, const int8_t *w, void *prepared)
{
    const size_t taps = sfd_conv_taps(s), steps = q_steps(s), vectors = q_vectors(s);
    const size_t n = sfd_conv_cin(s);
    memset(prepared, 0, q_weight_bytes(s));
    for (size_t co = 0; co < sfd_conv_cout(s); co++) {
        const size_t vector = co / QLANES, first = vector / MAX_VECTORS * MAX_VECTORS;
        const size_t width = vectors - first < MAX_VECTORS ? vectors - first : MAX_VECTORS;
        char *block = (char *)prepared + first * taps * steps * 64;
        for (size_t ci = 0; ci < n; ci++)
            for (size_t tap = 0; tap < taps; tap++) {
                char *step = block + ((tap * steps + ci / STEP) * width + (vector - first)) * 64;
                q_put(step, co % QLANES, ci % STEP, w[(co * n + ci) * taps + tap]);
            }
    }
}

/* ------------------------------------------------------------------ pointers */

static size_t q_n_tiles(const sfd_conv_shape *s)
{
    return (sfd_conv_positions(s) + TILE - 1) / TILE;
}

/* A row of padding, then the pointers [taps][TILE]. */
static size_t q_padding_bytes(const sfd_conv_shape *s)
{
    return (sfd_conv_cin(s) + 63) / 64 * 64;
}

static size_t q_scratch_bytes(const sfd_conv_shape *s)
{
    return q_padding_bytes(s) + sfd_conv_taps(s) * TILE * sizeof(const uint8_t *);
}

/* n neighbouring positions of an output row from column v on, at one tap of the input row `row`
 * (NULL: padding), whose column dw is. */
static void q_point_run(const sfd_conv_shape *s, const uint8_t *row, const uint8_t *padding, int v,
                        int dw, size_t n, const uint8_t **to)
{
    const int stride = s->stride[2];
    int at = v * stride - s->padding[2] + dw * s->dilation[2];
    for (size_t i = 0; i < n; i++, at += stride)
        to[i] = row && at >= 0 && at < s->in[2] ? row + (size_t)at * s->x_ld : padding;
}

static const uint8_t *q_row(const sfd_conv_shape *s, const uint8_t *x, int t, int h)
{
    const bool inside = t >= 0 && t < s->in[0] && h >= 0 && h < s->in[1];
    return inside ? x + sfd_conv_in_index(s, t, h, 0) * s->x_ld : NULL;
}

/* The same for all taps; pointers of a tap are TILE apart. */
static void q_point_taps(const sfd_conv_shape *s, const uint8_t *x, const uint8_t *padding,
                         const int at[3], size_t n, const uint8_t **to)
{
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++) {
            const uint8_t *row =
                q_row(s, x, at[0] * s->stride[0] - s->padding[0] + dt * s->dilation[0],
                      at[1] * s->stride[1] - s->padding[1] + dh * s->dilation[1]);
            for (int dw = 0; dw < s->kernel[2]; dw++, to += TILE)
                q_point_run(s, row, padding, at[2], dw, n, to);
        }
}

/* Positions from `first` on, n of them, to the last one repeated up to TILE. */
static void q_point(const sfd_conv_shape *s, const uint8_t *x, const uint8_t *padding, size_t first,
                    size_t n, const uint8_t **pointers)
{
    const size_t width = (size_t)s->out[2], height = (size_t)s->out[1];
    for (size_t i = 0, run; i < n; i += run) {
        const size_t p = first + i, row = p / width;
        const int at[3] = {(int)(row / height), (int)(row % height), (int)(p % width)};
        run = width - p % width < n - i ? width - p % width : n - i;
        q_point_taps(s, x, padding, at, run, pointers + i);
    }
    for (size_t tap = 0; tap < sfd_conv_taps(s); tap++)
        for (size_t i = n; i < TILE; i++)
            pointers[tap * TILE + i] = pointers[tap * TILE + n - 1];
}

/* ------------------------------------------------------------------ products */

/* What the groups of a tile have in common. */
typedef struct q_tile {
    const sfd_conv_shape *s;
    const sfd_qconv_io *io;
    const uint8_t *const *pointers;
    size_t first, n; /* positions */
} q_tile;

ALWAYS_INLINE QVEC q_load_four(const uint8_t *p)
{
    int32_t four;
    memcpy(&four, p, sizeof four);
    return q_set(four);
}

/* One step: four channels of `rows` positions times nv vectors. */
ALWAYS_INLINE void q_step(QVEC acc[], const uint8_t *const *x, size_t channel, const char *w,
                          const int rows, const int nv)
{
    QWEIGHTS weights[MAX_VECTORS];
    UNROLL for (int v = 0; v < nv; v++) weights[v] = q_load_weights(w + v * 64);
    UNROLL for (int r = 0; r < rows; r++)
    {
        const QVEC four = q_load_four(x[r] + channel);
        UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] =
            q_dot(acc[r * nv + v], four, weights[v]);
    }
}

/* Sums of `rows` positions from number `group` of the tile on, nv vectors of channels from the
 * vector `from` on. */
ALWAYS_INLINE void q_group(const q_tile *tile, size_t group, size_t from, const char *w,
                           const int rows, const int nv)
{
    const size_t taps = sfd_conv_taps(tile->s), channels = q_steps(tile->s) * STEP;
    QVEC acc[MAX_SUMS], sums[MAX_SUMS];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] =
        q_load_sums(tile->io->offset + (from + (size_t)v) * QLANES);
    for (size_t tap = 0; tap < taps; tap++) {
        const uint8_t *const *x = tile->pointers + tap * TILE + group;
        for (size_t channel = 0; channel < channels; channel += STEP, w += nv * 64)
            q_step(acc, x, channel, w, rows, nv);
    }
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) sums[r * nv + v] =
        acc[r * nv + v];
    for (int r = 0; r < rows && group + (size_t)r < tile->n; r++)
        for (int v = 0; v < nv; v++)
            q_finish(tile->s, tile->io, tile->first + group + (size_t)r,
                     (from + (size_t)v) * QLANES, sums[r * nv + v]);
}

#define Q_BLOCK(nv)                                                                                \
    static __attribute__((noinline)) void q_block_##nv(const q_tile *tile, size_t from,            \
                                                       const char *w)                              \
    {                                                                                              \
        for (size_t group = 0; group < tile->n; group += ROWS(nv))                                 \
            q_group(tile, group, from, w, ROWS(nv), nv);                                           \
    }

Q_BLOCK(1)
Q_BLOCK(2)
#if MAX_VECTORS == 4
Q_BLOCK(3)
Q_BLOCK(4)
static void (*const q_blocks[])(const q_tile *, size_t, const char *) = {q_block_1, q_block_2,
                                                                         q_block_3, q_block_4};
#else
static void (*const q_blocks[])(const q_tile *, size_t, const char *) = {q_block_1, q_block_2};
#endif

static void q_run_tile(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch)
{
    uint8_t *padding = scratch;
    const uint8_t **pointers = (const uint8_t **)(padding + q_padding_bytes(s));
    const size_t positions = sfd_conv_positions(s), first = tile * TILE;
    const size_t n = positions - first < TILE ? positions - first : TILE;
    const size_t vectors = q_vectors(s), vector_bytes = sfd_conv_taps(s) * q_steps(s) * 64;
    memset(padding, io->x_zero, q_padding_bytes(s));
    q_point(s, io->x, padding, first, n, pointers);
    const q_tile t = {s, io, pointers, first, n};
    for (size_t from = 0; from < vectors; from += MAX_VECTORS) {
        const size_t nv = vectors - from < MAX_VECTORS ? vectors - from : MAX_VECTORS;
        q_blocks[nv - 1](&t, from, (const char *)io->weights + from * vector_bytes);
    }
}

const sfd_qconv_algorithm SFD_NAME(sfd_qconv) = {.name = "int8",
                                                 .weight_bytes = q_weight_bytes,
                                                 .prepare = q_prepare,
                                                 .n_tiles = q_n_tiles,
                                                 .scratch_bytes = q_scratch_bytes,
                                                 .run_tile = q_run_tile};
