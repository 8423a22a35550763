/* SPDX-License-Identifier: Apache-2.0 */
/* The 4x4 output tiles of 1x3x3 convolutions at stride 1 (winograd_grid.h) and their
 * two-dimensional transforms. */
#ifndef SFD_KERNELS_CONV_WINOGRAD_TILES_TMPL_H
#define SFD_KERNELS_CONV_WINOGRAD_TILES_TMPL_H

#include "kernels/conv/cost_tmpl.h"
#include "kernels/conv/winograd_grid.h"
#include "kernels/conv/winograd_product_tmpl.h"
#include "kernels/conv/winograd_tmpl.h"

#include <string.h>

static bool wino_hw_can(const sfd_conv_shape *s)
{
    for (int axis = 0; axis < 3; axis++)
        if (s->stride[axis] != 1 || s->kernel[axis] != (axis ? 3 : 1))
            return false;
    return element_can(s) && s->groups == 1 && s->cin % VEC == 0 && s->cout % VEC == 0 &&
           s->padding[0] == 0 && s->dilation[1] == s->dilation[2] &&
           s->padding[1] == s->dilation[1] && s->padding[2] == s->dilation[2];
}

/* ------------------------------------------------------------------ transforms */

/* The 36 input positions of a tile; outside the map they are a row of zeros. */
static void wino_hw_positions(const sfd_conv_shape *s, const element *x, const element *zeros,
                              wino_tile tile, const element *at[WINO_HW])
{
    const int d = s->dilation[1];
    for (int i = 0; i < WINO_HW; i++) {
        const int y = tile.y + (i / WINO_IN - 1) * d, v = tile.x + (i % WINO_IN - 1) * d;
        const bool inside = y >= 0 && y < s->in[1] && v >= 0 && v < s->in[2];
        at[i] = inside ? x + sfd_conv_in_index(s, tile.t, y, v) * s->x_ld : zeros;
    }
}

/* One tile's inputs, all channels: to [plane i][channel]. */
static void wino_hw_transform_input(const sfd_conv_shape *s, const element *const at[WINO_HW],
                                    element *to, size_t plane)
{
    for (size_t c = 0; c < sfd_conv_cin(s); c += VEC) {
        vec t[WINO_IN][WINO_IN];
        for (int i = 0; i < WINO_IN; i++) {
            vec d[WINO_IN];
            for (int j = 0; j < WINO_IN; j++)
                d[j] = element_load(at[i * WINO_IN + j] + c);
            wino_input(d, t[i]);
        }
        for (int j = 0; j < WINO_IN; j++) {
            vec d[WINO_IN];
            for (int i = 0; i < WINO_IN; i++)
                d[i] = t[i][j];
            wino_input(d, d);
            for (int i = 0; i < WINO_IN; i++)
                element_store(to + (size_t)(i * WINO_IN + j) * plane + c, d[i]);
        }
    }
}

/* 36 products of VEC columns -> 4x4 outputs. */
ALWAYS_INLINE void wino_hw_outputs(const float *m, size_t plane, vec y[WINO_OUT][WINO_OUT])
{
    vec t[WINO_OUT][WINO_IN];
    for (int j = 0; j < WINO_IN; j++) {
        vec column[WINO_IN], result[WINO_OUT];
        for (int i = 0; i < WINO_IN; i++)
            column[i] = vec_load(m + (size_t)(i * WINO_IN + j) * plane);
        wino_output(column, result);
        for (int i = 0; i < WINO_OUT; i++)
            t[i][j] = result[i];
    }
    for (int i = 0; i < WINO_OUT; i++)
        wino_output(t[i], y[i]);
}

/* Writes some channels of one tile's outputs; m are its products at the first point. */
static void wino_hw_transform_output(const sfd_conv_shape *s, const sfd_conv_io *io, wino_tile tile,
                                     const float *m, size_t plane, wino_columns columns)
{
    const int d = s->dilation[1];
    const int rows = (s->out[1] - tile.y + d - 1) / d, across = (s->out[2] - tile.x + d - 1) / d;
    for (size_t i_c = 0, c = columns.first; i_c < columns.n; i_c += VEC, c += VEC) {
        vec y[WINO_OUT][WINO_OUT];
        wino_hw_outputs(m + i_c, plane, y);
        for (int i = 0; i < WINO_OUT && i < rows; i++)
            for (int j = 0; j < WINO_OUT && j < across; j++) {
                const size_t p = sfd_conv_out_index(s, tile.t, tile.y + i * d, tile.x + j * d);
                vec value = vec_add(y[i][j], vec_load(io->bias + c));
                if (io->residual)
                    value = vec_add(
                        value, result_load(io->residual, p * s->residual_ld + c, s->residual_type));
                result_store(io->y, p * s->y_ld + c, s->y_type,
                             s->activation == SFD_ACTIVATION_RELU ? vec_relu(value) : value);
            }
    }
    for (int i = 0; s->activation == SFD_ACTIVATION_SILU && i < WINO_OUT && i < rows; i++)
        for (int j = 0; j < WINO_OUT && j < across; j++) {
            const size_t p = sfd_conv_out_index(s, tile.t, tile.y + i * d, tile.x + j * d);
            result_silu(io->y, p * s->y_ld + columns.first, s->y_type, columns.n);
        }
}

/* ------------------------------------------------------------------ a block of tiles */

/* Transforms the inputs of the block's tiles, the first of them number `start`. */
static void wino_hw_gather(const sfd_conv_shape *s, const sfd_conv_io *io, size_t start,
                           const wino_block *b)
{
    memset(b->zeros, 0, sfd_conv_cin(s) * sizeof *b->zeros);
    for (size_t i = 0; i < b->n; i++) {
        const element *at[WINO_HW];
        wino_hw_positions(s, io->x, b->zeros, wino_hw_locate(s, start + i), at);
        wino_hw_transform_input(s, at, b->in + i * wino_in_row(s), b->in_plane);
    }
}

/* Writes some channels of the outputs of the block's tiles. */
static void wino_hw_scatter(const sfd_conv_shape *s, const sfd_conv_io *io, size_t start,
                            const wino_block *b, wino_columns columns)
{
    for (size_t i = 0; i < b->n; i++)
        wino_hw_transform_output(s, io, wino_hw_locate(s, start + i), b->out + i * columns.n,
                                 b->out_plane, columns);
}

/* ------------------------------------------------------------------ cost */

#define COST_WINO_HW 200.0 /* a vector of channels of a tile transformed, inputs or outputs */

/* Outputs of a tile of this cost. */
static inline double wino_hw_tiles_cost(const sfd_conv_shape *s, double products)
{
    const double transforms = (double)(s->cin + s->cout) / VEC * COST_WINO_HW;
    return cost_positions(s, (products + transforms) / (WINO_OUT * WINO_OUT));
}

#endif
