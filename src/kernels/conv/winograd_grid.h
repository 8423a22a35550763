/* SPDX-License-Identifier: Apache-2.0 */
/* The 4x4 tiles of Winograd's way to a 1x3x3 convolution at stride 1.
 *
 * A dilated convolution is d * d plain ones on the interleaved sub-grids of the map. The map's
 * tiles are numbered through frames, sub-grids, rows and columns. */
#ifndef SFD_KERNELS_CONV_WINOGRAD_GRID_H
#define SFD_KERNELS_CONV_WINOGRAD_GRID_H

#include "kernels/conv/conv.h"

#define WINO_IN  6                   /* inputs of a tile along one axis */
#define WINO_OUT 4                   /* outputs */
#define WINO_HW  (WINO_IN * WINO_IN) /* products per tile and channel pair */

/* Sub-grid (sy, sx) of a dilated map has ceil((size - s) / d) rows or columns. */
static inline int wino_subgrid_tiles(int size, int start, int dilation)
{
    const int n = size > start ? (size - start + dilation - 1) / dilation : 0;
    return (n + WINO_OUT - 1) / WINO_OUT;
}

/* Tiles along one axis, all sub-grids together. */
static inline int wino_axis_tiles(int size, int dilation)
{
    int n = 0;
    for (int start = 0; start < dilation; start++)
        n += wino_subgrid_tiles(size, start, dilation);
    return n;
}

/* First position along one axis of tile number i, all sub-grids one after the other. */
static inline int wino_axis_start(int size, int dilation, int i)
{
    int start = 0;
    for (int n; i >= (n = wino_subgrid_tiles(size, start, dilation)); start++)
        i -= n;
    return start + i * WINO_OUT * dilation;
}

static inline size_t wino_hw_total(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * (size_t)wino_axis_tiles(s->out[1], s->dilation[1]) *
           (size_t)wino_axis_tiles(s->out[2], s->dilation[1]);
}

/* Frame and first output position of a 4x4 tile. */
typedef struct wino_tile {
    int t, y, x;
} wino_tile;

static inline wino_tile wino_hw_locate(const sfd_conv_shape *s, size_t index)
{
    const int d = s->dilation[1];
    const size_t per_row = (size_t)wino_axis_tiles(s->out[2], d);
    const size_t per_frame = (size_t)wino_axis_tiles(s->out[1], d) * per_row;
    const int row = (int)(index % per_frame / per_row), column = (int)(index % per_row);
    return (wino_tile){(int)(index / per_frame), wino_axis_start(s->out[1], d, row),
                       wino_axis_start(s->out[2], d, column)};
}

#endif
