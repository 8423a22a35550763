/* SPDX-License-Identifier: Apache-2.0 */
/* 1x3x3 convolutions at stride 1 by Winograd F(4x4,3x3): 2.25 multiplications per output instead
 * of 9.
 *
 * A thread's tile is a block of 4x4 output tiles:
 *
 *   36 transformed inputs [36][block][cin]  --36 products-->  [36][block][columns]  -->  outputs
 *
 * where the columns are taken in chunks, so that the products are still in cache when transformed
 * back. */
#include "kernels/conv/winograd_tiles_tmpl.h"
#include "kernels/name.h"

static size_t wino_hw_weight_floats(const sfd_conv_shape *s)
{
    return WINO_HW * gemm_packed_words(sfd_conv_cout(s), words(sfd_conv_cin(s)));
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
    const size_t n = sfd_conv_cout(s), k = words(sfd_conv_cin(s)), plane = gemm_packed_words(n, k);
    for (size_t co = 0; co < n; co++)
        for (size_t ci = 0; ci < sfd_conv_cin(s); ci++, w += 9) {
            double u[WINO_HW];
            wino_hw_filter(w, u);
            for (size_t i = 0; i < WINO_HW; i++)
                gemm_set_weight(prepared + i * plane, n, k, ci, co, (float)u[i]);
        }
}

/* ------------------------------------------------------------------ blocks of tiles */

/* Tiles in a block: many, so that the transformed weights are read seldom, within the caches. */
static inline size_t wino_hw_most(const sfd_conv_shape *s)
{
    return s->cin < 512 ? 48 : 96;
}

static inline size_t wino_hw_block(const sfd_conv_shape *s)
{
    return sfd_conv_share(s, wino_hw_total(s), 12, wino_hw_most(s));
}

/* Columns in a chunk of products. */
static inline size_t wino_hw_columns(const sfd_conv_shape *s)
{
    return s->cout < 128 ? sfd_conv_cout(s) : 128;
}

static size_t wino_hw_n_tiles(const sfd_conv_shape *s)
{
    return (wino_hw_total(s) + wino_hw_block(s) - 1) / wino_hw_block(s);
}

static inline size_t wino_hw_in_plane(const sfd_conv_shape *s)
{
    return wino_hw_block(s) * wino_in_row(s) + WINO_PAD;
}

static inline size_t wino_hw_out_plane(const sfd_conv_shape *s)
{
    return wino_hw_block(s) * wino_hw_columns(s) + WINO_PAD;
}

static size_t wino_hw_scratch_floats(const sfd_conv_shape *s)
{
    return WINO_HW * (words(wino_hw_in_plane(s)) + wino_hw_out_plane(s)) + sfd_conv_cin(s);
}

static void wino_hw_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                             float *scratch)
{
    const size_t block = wino_hw_block(s), start = tile * block, total = wino_hw_total(s);
    wino_block b = {.n = total - start < block ? total - start : block,
                    .in = (element *)scratch,
                    .in_plane = wino_hw_in_plane(s),
                    .out_plane = wino_hw_out_plane(s)};
    b.out = scratch + WINO_HW * words(b.in_plane);
    b.zeros = (element *)(b.out + WINO_HW * b.out_plane);
    wino_hw_gather(s, io, start, &b);
    for (size_t first = 0; first < sfd_conv_cout(s); first += wino_hw_columns(s)) {
        const wino_columns columns = wino_columns_from(s, first, wino_hw_columns(s));
        wino_multiply(s, io->weights, WINO_HW, &b, columns);
        wino_hw_scatter(s, io, start, &b, columns);
    }
}

static double wino_hw_cost(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_cout(s), k = words(sfd_conv_cin(s));
    return wino_hw_tiles_cost(s, WINO_HW * cost_product(n, k) +
                                     cost_weights(n, WINO_HW * k, wino_hw_most(s)));
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_winograd_hw) = {
    .name = CONV_LABEL("winograd_hw"),
    .rows_together = 4,
    .transforms = true,
    .cost = wino_hw_cost,
    .can = wino_hw_can,
    .weight_floats = wino_hw_weight_floats,
    .prepare = wino_hw_prepare,
    .n_tiles = wino_hw_n_tiles,
    .scratch_floats = wino_hw_scratch_floats,
    .run_tile = wino_hw_run_tile,
};
