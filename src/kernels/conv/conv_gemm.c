/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution as matrix products by OpenBLAS, tile by tile.
 *
 * A tile is a run of output positions inside one frame. Where the kernel looks at single positions
 * (kH = kW = 1, spatial stride 1), each temporal tap is one product straight from the map,
 * accumulated in place; otherwise the tile's inputs are gathered into rows first (im2row) and
 * multiplied at once.
 *
 * Maps of bfloat16 are read as floats into gathered rows, and sums are finished in scratch memory.
 */
#include "kernels/conv/im2row.h"
#include "kernels/value.h"

#include <cblas.h>
#include <string.h>

/* Floats of a tile's inputs and outputs: within a core's second-level cache. */
#define TILE_FLOATS (96 * 1024)

static size_t max_rows(const sfd_conv_shape *s)
{
    return sfd_tile_fit(sfd_im2row_k(s) + sfd_conv_cout(s), TILE_FLOATS);
}

static size_t n_tiles(const sfd_conv_shape *s)
{
    return sfd_tile_count(s, max_rows(s));
}

static bool can(const sfd_conv_shape *s)
{
    return sfd_conv_is_float(s);
}

static size_t weight_floats(const sfd_conv_shape *s)
{
    return sfd_conv_cout(s) * sfd_im2row_k(s);
}

static float weight_of(const sfd_conv_shape *s, float w)
{
    return s->x_type == SFD_BF16 ? sfd_bf16_round(w) : w;
}

/* [cout][cin][taps] -> per group [taps][cin][cout]: rows in the order in which inputs are gathered.
 */
static void prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t taps = sfd_conv_taps(s), n = sfd_conv_group_cin(s);
    const size_t m = sfd_conv_group_cout(s);
    for (size_t co = 0; co < sfd_conv_cout(s); co++)
        for (size_t ci = 0; ci < n; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                prepared[((co / m * taps + tap) * n + ci) * m + co % m] = weight_of(s, *w++);
}

static size_t scratch_floats(const sfd_conv_shape *s)
{
    if (!sfd_conv_is_f32(s))
        return max_rows(s) * (sfd_im2row_k(s) + sfd_conv_cout(s));
    return sfd_conv_is_pointwise(s) ? 0 : max_rows(s) * sfd_im2row_k(s);
}

/* y += a [rows][k] * b [k][n] */
static void accumulate(size_t rows, size_t n, size_t k, const float *a, size_t lda, const float *b,
                       float *y, size_t ldy)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)n, (blasint)k,
                1.0f, a, (blasint)lda, b, (blasint)n, 1.0f, y, (blasint)ldy);
}

/* Sets the tile to bias + residual, onto which the products are then added. */
static void start_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t first, size_t rows,
                       float *y, size_t y_ld)
{
    for (size_t r = first; r < first + rows; r++, y += y_ld) {
        if (!io->residual) {
            memcpy(y, io->bias, sfd_conv_cout(s) * sizeof *y);
            continue;
        }
        const size_t residual = r * s->residual_ld;
        for (size_t co = 0; co < sfd_conv_cout(s); co++)
            y[co] = sfd_value_get(io->residual, residual + co, s->residual_type) + io->bias[co];
    }
}

static void activate(const sfd_conv_shape *s, float *y, size_t rows)
{
    for (size_t r = 0; r < rows; r++, y += s->y_ld)
        if (s->activation == SFD_ACTIVATION_RELU)
            for (int co = 0; co < s->cout; co++)
                y[co] = sfd_relu(y[co]);
        else
            for (int co = 0; co < s->cout; co++)
                y[co] = sfd_silu(y[co]);
}

static void multiply_direct(const sfd_conv_shape *s, const sfd_conv_io *io, sfd_tile_span span,
                            int group, float *y)
{
    const size_t n = sfd_conv_group_cin(s), m = sfd_conv_group_cout(s);
    const size_t frame = sfd_conv_in_frame(s);
    for (int dt = 0; dt < s->kernel[0]; dt++) {
        const int t = span.t * s->stride[0] - s->padding[0] + dt * s->dilation[0];
        if (t < 0 || t >= s->in[0])
            continue;
        const float *x =
            (const float *)io->x + ((size_t)t * frame + span.first) * s->x_ld + (size_t)group * n;
        const float *w = io->weights + ((size_t)group * (size_t)s->kernel[0] + (size_t)dt) * n * m;
        accumulate(span.rows, m, n, x, s->x_ld, w, y, s->y_ld);
    }
}

static void multiply_gathered(const sfd_conv_shape *s, const sfd_conv_io *io, sfd_tile_span span,
                              int group, float *y, size_t y_ld, float *scratch)
{
    const size_t m = sfd_conv_group_cout(s), k = sfd_im2row_k(s);
    const size_t first = (size_t)group * sfd_conv_group_cin(s);
    if (s->x_type == SFD_BF16)
        sfd_im2row_gather_bf16(s, (const uint16_t *)io->x + first, span, scratch);
    else
        sfd_im2row_gather(s, (const float *)io->x + first, span, scratch);
    accumulate(span.rows, m, k, scratch, k, io->weights + (size_t)group * k * m, y, y_ld);
}

/* A tile of maps that are not all float32: the sums are scratch memory's. */
static void run_tile_bf16(const sfd_conv_shape *s, const sfd_conv_io *io, sfd_tile_span span,
                          float *scratch)
{
    const size_t first = sfd_tile_start(s, span), n = sfd_conv_cout(s);
    float *sums = scratch + max_rows(s) * sfd_im2row_k(s);
    start_tile(s, io, first, span.rows, sums, n);
    for (int group = 0; group < s->groups; group++)
        multiply_gathered(s, io, span, group, sums + (size_t)group * sfd_conv_group_cout(s), n,
                          scratch);
    for (size_t r = 0; r < span.rows; r++)
        for (size_t co = 0; co < n; co++)
            sfd_value_set(io->y, (first + r) * s->y_ld + co, s->y_type,
                          sfd_activate(sums[r * n + co], s->activation));
}

static void run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile, float *scratch)
{
    const sfd_tile_span span = sfd_tile_get(s, max_rows(s), tile);
    const size_t first = sfd_tile_start(s, span);
    if (!sfd_conv_is_f32(s)) {
        run_tile_bf16(s, io, span, scratch);
        return;
    }
    float *y = (float *)io->y + first * s->y_ld;
    start_tile(s, io, first, span.rows, y, s->y_ld);
    for (int group = 0; group < s->groups; group++) {
        float *y_group = y + (size_t)group * sfd_conv_group_cout(s);
        if (sfd_conv_is_pointwise(s))
            multiply_direct(s, io, span, group, y_group);
        else
            multiply_gathered(s, io, span, group, y_group, s->y_ld, scratch);
    }
    if (s->activation != SFD_ACTIVATION_NONE)
        activate(s, y, span.rows);
}

/* OpenBLAS packs anew at every call and computes sixteen columns at once; bias, residual and
 * activation are passes of their own. */
static double cost(const sfd_conv_shape *s)
{
    const double columns = (double)((sfd_conv_group_cout(s) + 15) / 16 * 16);
    const double each = columns * ((double)sfd_im2row_k(s) / 4 + 4);
    return (double)sfd_conv_positions(s) * s->groups * each;
}

const sfd_conv_algorithm sfd_conv_gemm = {
    .name = "gemm",
    .cost = cost,
    .can = can,
    .weight_floats = weight_floats,
    .prepare = prepare,
    .n_tiles = n_tiles,
    .scratch_floats = scratch_floats,
    .run_tile = run_tile,
};
