/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution as matrix products by OpenBLAS, tile by tile.
 *
 * A tile is a run of output positions inside one frame. Where the kernel looks at single positions
 * (kH = kW = 1, spatial stride 1), each temporal tap is one product straight from the map,
 * accumulated in place; otherwise the tile's inputs are gathered into rows first (im2row) and
 * multiplied at once. */
#include "kernels/conv.h"

#include <cblas.h>
#include <string.h>

/* Rows so that a gathered tile stays within a core's second-level cache. */
#define TILE_FLOATS (96 * 1024)
#define MIN_ROWS    32
#define MAX_ROWS    512

static bool can(const sfd_conv_shape *s)
{
    (void)s;
    return true;
}

static size_t k_of(const sfd_conv_shape *s)
{
    return (size_t)(s->cin / s->groups) * sfd_conv_taps(s);
}

static size_t weight_floats(const sfd_conv_shape *s)
{
    return (size_t)s->cout * k_of(s);
}

/* [cout][cin][taps] -> per group [taps][cin][cout]: rows in the order in which inputs are gathered.
 */
static void prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t taps = sfd_conv_taps(s), n = (size_t)(s->cin / s->groups);
    const size_t m = (size_t)(s->cout / s->groups);
    for (size_t co = 0; co < (size_t)s->cout; co++)
        for (size_t ci = 0; ci < n; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                prepared[((co / m * taps + tap) * n + ci) * m + co % m] = *w++;
}

static bool reads_single_positions(const sfd_conv_shape *s)
{
    for (int axis = 1; axis < 3; axis++)
        if (s->kernel[axis] != 1 || s->stride[axis] != 1 || s->padding[axis] != 0)
            return false;
    return true;
}

static size_t rows_per_tile(const sfd_conv_shape *s)
{
    const size_t row = k_of(s) + (size_t)s->cout;
    size_t rows = TILE_FLOATS / row;
    if (rows < MIN_ROWS)
        rows = MIN_ROWS;
    return rows > MAX_ROWS ? MAX_ROWS : rows;
}

static size_t tiles_per_frame(const sfd_conv_shape *s)
{
    const size_t positions = (size_t)s->out[1] * (size_t)s->out[2], rows = rows_per_tile(s);
    return (positions + rows - 1) / rows;
}

static size_t n_tiles(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * tiles_per_frame(s);
}

static size_t scratch_floats(const sfd_conv_shape *s)
{
    return reads_single_positions(s) ? 0 : rows_per_tile(s) * k_of(s);
}

/* The tile's output positions: `rows` of them from `first` in frame t. */
typedef struct tile_span {
    int t;
    size_t first, rows;
} tile_span;

static tile_span span_of(const sfd_conv_shape *s, size_t tile)
{
    const size_t positions = (size_t)s->out[1] * (size_t)s->out[2], rows = rows_per_tile(s);
    const size_t per_frame = tiles_per_frame(s);
    tile_span span = {(int)(tile / per_frame), tile % per_frame * rows, rows};
    if (span.rows > positions - span.first)
        span.rows = positions - span.first;
    return span;
}

/* Copies one group's inputs of one output position, taps outside the map as zeros. */
static void gather_row(const sfd_conv_shape *s, const float *x, int t, size_t position, float *row)
{
    const int h = (int)(position / (size_t)s->out[2]), v = (int)(position % (size_t)s->out[2]);
    const size_t n = (size_t)(s->cin / s->groups);
    for (int dt = 0; dt < s->kernel[0]; dt++) {
        const int it = t * s->stride[0] - s->padding[0] + dt * s->dilation[0];
        for (int dh = 0; dh < s->kernel[1]; dh++) {
            const int ih = h * s->stride[1] - s->padding[1] + dh * s->dilation[1];
            const bool inside = it >= 0 && it < s->in[0] && ih >= 0 && ih < s->in[1];
            for (int dw = 0; dw < s->kernel[2]; dw++, row += n) {
                const int iv = v * s->stride[2] - s->padding[2] + dw * s->dilation[2];
                if (!inside || iv < 0 || iv >= s->in[2]) {
                    memset(row, 0, n * sizeof *row);
                    continue;
                }
                const size_t p =
                    ((size_t)it * (size_t)s->in[1] + (size_t)ih) * (size_t)s->in[2] + (size_t)iv;
                memcpy(row, x + p * s->x_ld, n * sizeof *row);
            }
        }
    }
}

/* y += a [rows][k] * b [k][n] */
static void accumulate(size_t rows, size_t n, size_t k, const float *a, size_t lda, const float *b,
                       float *y, size_t ldy)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)rows, (blasint)n, (blasint)k,
                1.0f, a, (blasint)lda, b, (blasint)n, 1.0f, y, (blasint)ldy);
}

/* Sets the tile to bias + residual, onto which the products are then added. */
static void start_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t first, size_t rows)
{
    for (size_t r = first; r < first + rows; r++) {
        float *y = io->y + r * s->y_ld;
        if (!io->residual) {
            memcpy(y, io->bias, (size_t)s->cout * sizeof *y);
            continue;
        }
        const float *residual = io->residual + r * s->residual_ld;
        for (int co = 0; co < s->cout; co++)
            y[co] = residual[co] + io->bias[co];
    }
}

static void apply_relu(const sfd_conv_shape *s, float *y, size_t rows)
{
    for (size_t r = 0; r < rows; r++, y += s->y_ld)
        for (int co = 0; co < s->cout; co++)
            y[co] = y[co] < 0 ? 0 : y[co];
}

static void multiply_direct(const sfd_conv_shape *s, const sfd_conv_io *io, tile_span span,
                            int group, float *y)
{
    const size_t n = (size_t)(s->cin / s->groups), m = (size_t)(s->cout / s->groups);
    const size_t frame = (size_t)s->in[1] * (size_t)s->in[2];
    for (int dt = 0; dt < s->kernel[0]; dt++) {
        const int t = span.t * s->stride[0] - s->padding[0] + dt * s->dilation[0];
        if (t < 0 || t >= s->in[0])
            continue;
        const float *x = io->x + ((size_t)t * frame + span.first) * s->x_ld + (size_t)group * n;
        const float *w = io->weights + ((size_t)group * (size_t)s->kernel[0] + (size_t)dt) * n * m;
        accumulate(span.rows, m, n, x, s->x_ld, w, y, s->y_ld);
    }
}

static void multiply_gathered(const sfd_conv_shape *s, const sfd_conv_io *io, tile_span span,
                              int group, float *y, float *scratch)
{
    const size_t m = (size_t)(s->cout / s->groups), k = k_of(s);
    const float *x = io->x + (size_t)group * (size_t)(s->cin / s->groups);
    for (size_t r = 0; r < span.rows; r++)
        gather_row(s, x, span.t, span.first + r, scratch + r * k);
    accumulate(span.rows, m, k, scratch, k, io->weights + (size_t)group * k * m, y, s->y_ld);
}

static void run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile, float *scratch)
{
    const tile_span span = span_of(s, tile);
    const size_t first = (size_t)span.t * (size_t)s->out[1] * (size_t)s->out[2] + span.first;
    float *y = io->y + first * s->y_ld;
    start_tile(s, io, first, span.rows);
    for (int group = 0; group < s->groups; group++) {
        float *y_group = y + (size_t)group * (size_t)(s->cout / s->groups);
        if (reads_single_positions(s))
            multiply_direct(s, io, span, group, y_group);
        else
            multiply_gathered(s, io, span, group, y_group, scratch);
    }
    if (s->relu)
        apply_relu(s, y, span.rows);
}

const sfd_conv_algorithm sfd_conv_gemm = {"gemm",         can,     weight_floats, prepare, n_tiles,
                                          scratch_floats, run_tile};
