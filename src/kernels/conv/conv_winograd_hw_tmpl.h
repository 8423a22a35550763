/* SPDX-License-Identifier: Apache-2.0 */
/* 1x3x3 convolutions at stride 1 by Winograd F(4x4,3x3): 2.25 multiplications per output instead
 * of 9.
 *
 * A dilated convolution is d * d plain ones on the interleaved sub-grids of the map. The map's 4x4
 * output tiles are numbered through frames, sub-grids, rows and columns; a thread's tile is a block
 * of them:
 *
 *   36 transformed inputs [36][block][cin]  --36 products-->  [36][block][columns]  -->  outputs
 *
 * where the columns are taken in chunks, so that the products are still in cache when transformed
 * back. */
#include "kernels/conv/gemm_tmpl.h"
#include "kernels/conv/im2row.h"
#include "kernels/conv/winograd_tmpl.h"

#define WINO_HW 36 /* products per tile and channel pair */
/* Padding keeps planes, and rows, from falling into the same cache sets. */
#define WINO_PAD 16

/* Floats from row to row of transformed inputs. */
static inline size_t wino_in_row(const sfd_conv_shape *s)
{
    return (size_t)s->cin + (s->cin % 256 ? 0 : WINO_PAD);
}

static bool wino_hw_can(const sfd_conv_shape *s)
{
    for (int axis = 0; axis < 3; axis++)
        if (s->stride[axis] != 1 || s->kernel[axis] != (axis ? 3 : 1))
            return false;
    return s->groups == 1 && s->cin % VEC == 0 && s->cout % VEC == 0 && s->padding[0] == 0 &&
           s->dilation[1] == s->dilation[2] && s->padding[1] == s->dilation[1] &&
           s->padding[2] == s->dilation[2];
}

static size_t wino_hw_weight_floats(const sfd_conv_shape *s)
{
    return WINO_HW * gemm_packed_floats((size_t)s->cout, (size_t)s->cin);
}

/* 3x3 taps -> 6x6. */
static void wino_hw_filter(const float g[9], double u[WINO_HW])
{
    double rows[3][WINO_IN];
    for (int i = 0; i < 3; i++)
        wino_filter((double[3]){g[3 * i], g[3 * i + 1], g[3 * i + 2]}, rows[i]);
    for (int j = 0; j < WINO_IN; j++) {
        double column[WINO_IN];
        wino_filter((double[3]){rows[0][j], rows[1][j], rows[2][j]}, column);
        for (int i = 0; i < WINO_IN; i++)
            u[i * WINO_IN + j] = column[i];
    }
}

static void wino_hw_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t n = (size_t)s->cout, k = (size_t)s->cin, plane = gemm_packed_floats(n, k);
    for (size_t co = 0; co < n; co++)
        for (size_t ci = 0; ci < k; ci++, w += 9) {
            double u[WINO_HW];
            wino_hw_filter(w, u);
            for (size_t i = 0; i < WINO_HW; i++)
                prepared[i * plane + gemm_packed_index(n, k, ci, co)] = (float)u[i];
        }
}

/* ------------------------------------------------------------------ tiles */

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

/* Tiles in a block: many, so that the transformed weights are read seldom, within the caches. */
static inline size_t wino_hw_block(const sfd_conv_shape *s)
{
    return sfd_conv_share(s, wino_hw_total(s), 12, s->cin < 512 ? 48 : 96);
}

/* Columns in a chunk of products. */
static inline size_t wino_hw_columns(const sfd_conv_shape *s)
{
    return s->cout < 128 ? (size_t)s->cout : 128;
}

static size_t wino_hw_n_tiles(const sfd_conv_shape *s)
{
    return (wino_hw_total(s) + wino_hw_block(s) - 1) / wino_hw_block(s);
}

static inline size_t wino_in_plane(const sfd_conv_shape *s)
{
    return wino_hw_block(s) * wino_in_row(s) + WINO_PAD;
}

static inline size_t wino_out_plane(const sfd_conv_shape *s)
{
    return wino_hw_block(s) * wino_hw_columns(s) + WINO_PAD;
}

static size_t wino_hw_scratch_floats(const sfd_conv_shape *s)
{
    return WINO_HW * (wino_in_plane(s) + wino_out_plane(s)) + (size_t)s->cin;
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

/* ------------------------------------------------------------------ transforms */

/* The 36 input positions of a tile; outside the map they are a row of zeros. */
static void wino_hw_positions(const sfd_conv_shape *s, const float *x, const float *zeros,
                              wino_tile tile, const float *at[WINO_HW])
{
    const int d = s->dilation[1];
    for (int i = 0; i < WINO_HW; i++) {
        const int y = tile.y + (i / WINO_IN - 1) * d, v = tile.x + (i % WINO_IN - 1) * d;
        const bool inside = y >= 0 && y < s->in[1] && v >= 0 && v < s->in[2];
        const size_t p =
            ((size_t)tile.t * (size_t)s->in[1] + (size_t)y) * (size_t)s->in[2] + (size_t)v;
        at[i] = inside ? x + p * s->x_ld : zeros;
    }
}

/* One tile's inputs, all channels: to [plane i][channel]. */
static void wino_hw_transform_input(const sfd_conv_shape *s, const float *const at[WINO_HW],
                                    float *to, size_t plane)
{
    for (size_t c = 0; c < (size_t)s->cin; c += VEC) {
        vec t[WINO_IN][WINO_IN];
        for (int i = 0; i < WINO_IN; i++) {
            vec d[WINO_IN];
            for (int j = 0; j < WINO_IN; j++)
                d[j] = vec_load(at[i * WINO_IN + j] + c);
            wino_input(d, t[i]);
        }
        for (int j = 0; j < WINO_IN; j++) {
            vec d[WINO_IN];
            for (int i = 0; i < WINO_IN; i++)
                d[i] = t[i][j];
            wino_input(d, d);
            for (int i = 0; i < WINO_IN; i++)
                vec_store(to + (size_t)(i * WINO_IN + j) * plane + c, d[i]);
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

/* Writes one tile's outputs of `columns` channels from `first` on. */
static void wino_hw_transform_output(const sfd_conv_shape *s, const sfd_conv_io *io, wino_tile tile,
                                     const float *m, size_t plane, size_t first, size_t columns)
{
    const int d = s->dilation[1];
    const int rows = (s->out[1] - tile.y + d - 1) / d, across = (s->out[2] - tile.x + d - 1) / d;
    for (size_t c = 0; c < columns; c += VEC) {
        vec y[WINO_OUT][WINO_OUT];
        wino_hw_outputs(m + c, plane, y);
        for (int i = 0; i < WINO_OUT && i < rows; i++)
            for (int j = 0; j < WINO_OUT && j < across; j++) {
                const size_t p = ((size_t)tile.t * (size_t)s->out[1] + (size_t)(tile.y + i * d)) *
                                     (size_t)s->out[2] +
                                 (size_t)(tile.x + j * d);
                vec value = vec_add(y[i][j], vec_load(io->bias + first + c));
                if (io->residual)
                    value = vec_add(value, vec_load(io->residual + p * s->residual_ld + first + c));
                vec_store(io->y + p * s->y_ld + first + c,
                          s->relu ? vec_max(value, vec_set(0)) : value);
            }
    }
}

/* ------------------------------------------------------------------ a block of tiles */

/* Transformed inputs [36][n][cin + padding] of n tiles from `start` on; zeros [cin] is scratch. */
static void wino_hw_gather(const sfd_conv_shape *s, const sfd_conv_io *io, size_t start, size_t n,
                           float *zeros, float *in, size_t in_plane)
{
    memset(zeros, 0, (size_t)s->cin * sizeof *zeros);
    for (size_t i = 0; i < n; i++) {
        const float *at[WINO_HW];
        wino_hw_positions(s, io->x, zeros, wino_hw_locate(s, start + i), at);
        wino_hw_transform_input(s, at, in + i * wino_in_row(s), in_plane);
    }
}

/* The 36 products of a block for `columns` output channels from `first` on. */
static void wino_multiply(const sfd_conv_shape *s, const sfd_conv_io *io, size_t n_planes,
                          const float *in, size_t in_plane, float *out, size_t out_plane,
                          size_t rows, size_t first, size_t columns)
{
    const size_t k = (size_t)s->cin, weights_plane = gemm_packed_floats((size_t)s->cout, k);
    for (size_t i = 0; i < n_planes; i++) {
        const float *a = in + i * in_plane;
        const gemm_args g = {.rows = rows,
                             .columns = columns,
                             .k = k,
                             .n_taps = 1,
                             .end_tap = 1,
                             .a = &a,
                             .lda = wino_in_row(s),
                             .w = io->weights + i * weights_plane + first * k,
                             .y = out + i * out_plane,
                             .y_ld = columns};
        gemm_run(&g);
    }
}

static void wino_hw_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                             float *scratch)
{
    const size_t block = wino_hw_block(s), start = tile * block, total = wino_hw_total(s);
    const size_t n = total - start < block ? total - start : block;
    const size_t in_plane = wino_in_plane(s), out_plane = wino_out_plane(s);
    float *in = scratch, *out = in + WINO_HW * in_plane, *zeros = out + WINO_HW * out_plane;
    wino_hw_gather(s, io, start, n, zeros, in, in_plane);
    for (size_t first = 0; first < (size_t)s->cout; first += wino_hw_columns(s)) {
        const size_t left = (size_t)s->cout - first;
        const size_t columns = left < wino_hw_columns(s) ? left : wino_hw_columns(s);
        wino_multiply(s, io, WINO_HW, in, in_plane, out, out_plane, n, first, columns);
        for (size_t i = 0; i < n; i++)
            wino_hw_transform_output(s, io, wino_hw_locate(s, start + i), out + i * columns,
                                     out_plane, first, columns);
    }
}
