/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions whose kernel is wider than one position, without im2row: the input rows that a tile
 * needs are copied once with zeros at both ends, and every (dt, dh) is one tap of the packed
 * product whose rows are the overlapping windows of kW * cin elements.
 *
 * Where output channels do not fill a vector (the fast pathway's res2 has 8), `group`
 * neighbouring outputs are computed together as group * cout columns over the union of their
 * windows; weights outside an output's own window are zeros. */
#include "kernels/conv/cost_tmpl.h"
#include "kernels/conv/gemm_tmpl.h"
#include "kernels/conv/window_rows_tmpl.h"
#include "kernels/name.h"

#include <string.h>

#define ROWS_PER_TILE 4 /* output rows */

static inline size_t rows_group(const sfd_conv_shape *s)
{
    return s->cout < VEC ? (size_t)(VEC / s->cout) : 1;
}

/* Elements from window to window. */
static inline size_t rows_step(const sfd_conv_shape *s)
{
    return rows_group(s) * (size_t)(s->stride[2] * s->cin);
}

static bool rows_can(const sfd_conv_shape *s)
{
    return element_can_copy(s) && rows_step(s) % WORD_ELEMENTS == 0 && s->groups == 1 &&
           s->kernel[2] > 1 && s->dilation[2] == 1 && s->kernel[0] * s->kernel[1] <= MAX_ROW_TAPS;
}

/* Elements of the union of a group's windows, and its words. */
static inline size_t rows_k(const sfd_conv_shape *s)
{
    return ((size_t)s->kernel[2] + (rows_group(s) - 1) * (size_t)s->stride[2]) * sfd_conv_cin(s);
}

static inline size_t rows_words(const sfd_conv_shape *s)
{
    return words(rows_k(s));
}

static size_t rows_weight_floats(const sfd_conv_shape *s)
{
    return gemm_packed_words(rows_group(s) * sfd_conv_cout(s), rows_taps(s) * rows_words(s));
}

static void rows_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t group = rows_group(s), n = group * sfd_conv_cout(s), cin = sfd_conv_cin(s);
    const size_t kw = (size_t)s->kernel[2], taps = rows_taps(s), k = rows_words(s);
    memset(prepared, 0, rows_weight_floats(s) * sizeof *prepared);
    for (size_t co = 0; co < sfd_conv_cout(s); co++)
        for (size_t ci = 0; ci < cin; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                for (size_t dw = 0; dw < kw; dw++, w++)
                    for (size_t g = 0; g < group; g++) {
                        const size_t at = (g * (size_t)s->stride[2] + dw) * cin + ci;
                        gemm_set_weight(prepared, n, taps * k, tap * k * WORD_ELEMENTS + at,
                                        g * sfd_conv_cout(s) + co, *w);
                    }
}

/* ------------------------------------------------------------------ scratch memory */

static inline size_t rows_groups_across(const sfd_conv_shape *s)
{
    return ((size_t)s->out[2] + rows_group(s) - 1) / rows_group(s);
}

/* Elements of a copied input row: all windows of an output row, and room for a vector read past it.
 */
static inline size_t rows_line(const sfd_conv_shape *s)
{
    const size_t last = (rows_groups_across(s) - 1) * rows_group(s) * (size_t)s->stride[2];
    const size_t n = last * sfd_conv_cin(s) + rows_k(s) + VEC * WORD_ELEMENTS;
    return words(n) * WORD_ELEMENTS;
}

static size_t rows_scratch_floats(const sfd_conv_shape *s)
{
    const size_t lines = (size_t)s->kernel[0] * rows_span(s, ROWS_PER_TILE) * words(rows_line(s));
    return lines + rows_groups_across(s) * rows_group(s) * sfd_conv_cout(s);
}

static inline size_t rows_tiles_per_frame(const sfd_conv_shape *s)
{
    return ((size_t)s->out[1] + ROWS_PER_TILE - 1) / ROWS_PER_TILE;
}

static size_t rows_n_tiles(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * rows_tiles_per_frame(s);
}

/* ------------------------------------------------------------------ a tile */

/* n values of a map, from number `from` on. */
static inline void rows_copy(const void *x, size_t from, sfd_dtype type, size_t n, element *to)
{
    if (type == ELEMENT_TYPE)
        memcpy(to, (const element *)x + from, n * sizeof *to);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = element_of(((const float *)x)[from + i]);
}

/* One input row with padding; a row outside the map is all zeros. */
static void rows_copy_line(const sfd_conv_shape *s, const void *x, int t, int h, element *line)
{
    const size_t n = rows_line(s), cin = sfd_conv_cin(s);
    memset(line, 0, n * sizeof *line);
    if (h < 0 || h >= s->in[1])
        return;
    const size_t from = sfd_conv_in_index(s, t, h, 0) * s->x_ld;
    element *to = line + (size_t)s->padding[2] * cin;
    size_t across = (n - (size_t)s->padding[2] * cin) / cin;
    if (across > (size_t)s->in[2])
        across = (size_t)s->in[2];
    const bool dense = s->x_ld == cin;
    for (size_t i = 0; i < (dense ? 1 : across); i++)
        rows_copy(x, from + i * s->x_ld, s->x_type, dense ? across * cin : cin, to + i * cin);
}

/* One output row: frame t, row h; lines hold the tile's input rows from (first_t, first_h) on. */
static void rows_run_row(const sfd_conv_shape *s, const sfd_conv_io *io, int t, int h, int first_h,
                         const element *lines, float *sums)
{
    const size_t kt = (size_t)s->kernel[0], kh = (size_t)s->kernel[1], line = rows_line(s);
    const size_t start = sfd_conv_out_index(s, t, h, 0);
    const bool grouped = rows_group(s) > 1;
    const word *taps[MAX_ROW_TAPS];
    gemm_args g = {.rows = rows_groups_across(s),
                   .columns = rows_group(s) * sfd_conv_cout(s),
                   .k = rows_words(s),
                   .n_taps = kt * kh,
                   .first_tap = kt * kh,
                   .a = taps,
                   .lda = words(rows_step(s)),
                   .w = io->weights,
                   .y = sums,
                   .y_ld = rows_group(s) * sfd_conv_cout(s)};
    for (size_t tap = 0; tap < kt * kh; tap++) {
        const size_t dt = tap / kh, dh = tap % kh;
        const int it = t * s->stride[0] - s->padding[0] + (int)dt * s->dilation[0];
        const int ih = h * s->stride[1] - s->padding[1] + (int)dh * s->dilation[1];
        if (it < 0 || it >= s->in[0])
            continue;
        taps[tap] =
            (const word *)(lines +
                           (dt * rows_span(s, ROWS_PER_TILE) + (size_t)(ih - first_h)) * line);
        g.first_tap = tap < g.first_tap ? tap : g.first_tap;
        g.end_tap = tap + 1;
    }
    if (!grouped) {
        g.bias = io->bias;
        g.residual = result_at(io->residual, start * s->residual_ld, s->residual_type);
        g.residual_ld = s->residual_ld;
        g.residual_type = s->residual_type;
        g.y = result_at(io->y, start * s->y_ld, s->y_type);
        g.y_ld = s->y_ld;
        g.y_type = s->y_type;
        g.activation = s->activation;
    }
    gemm_run(&g);
    if (grouped)
        rows_finish(s, io, start, sums, sfd_conv_cout(s), 1);
}

static void rows_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                          float *scratch)
{
    const int t = (int)(tile / rows_tiles_per_frame(s));
    const int h = (int)(tile % rows_tiles_per_frame(s)) * ROWS_PER_TILE;
    const int end_h = h + ROWS_PER_TILE < s->out[1] ? h + ROWS_PER_TILE : s->out[1];
    const int first_h = h * s->stride[1] - s->padding[1];
    const size_t span = rows_span(s, ROWS_PER_TILE), line = rows_line(s);
    element *lines = (element *)scratch;
    for (int dt = 0; dt < s->kernel[0]; dt++) {
        const int it = t * s->stride[0] - s->padding[0] + dt * s->dilation[0];
        for (size_t i = 0; it >= 0 && it < s->in[0] && i < span; i++)
            rows_copy_line(s, io->x, it, first_h + (int)i, lines + ((size_t)dt * span + i) * line);
    }
    float *sums = scratch + (size_t)s->kernel[0] * span * words(line);
    for (int row = h; row < end_h; row++)
        rows_run_row(s, io, t, row, first_h, lines, sums);
}

/* Weights that do not fit into the second-level cache are read anew for every row of outputs. */
static double rows_cost(const sfd_conv_shape *s)
{
    const size_t group = rows_group(s), n = group * sfd_conv_cout(s),
                 k = rows_taps(s) * rows_words(s);
    const double copied = s->kernel[0] * (double)rows_span(s, ROWS_PER_TILE) / ROWS_PER_TILE *
                          s->stride[2] * s->cin / (VEC * WORD_ELEMENTS);
    double each = copied * COST_COPY + cost_product(n, k) / (double)group +
                  cost_weights(n, k, (size_t)s->out[2]);
    each += group > 1 ? s->cout * COST_SINGLE : cost_results(n);
    return cost_positions(s, each);
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_rows) = {
    .name = CONV_LABEL("rows"),
    .rows_together = 1,
    .cost = rows_cost,
    .can = rows_can,
    .weight_floats = rows_weight_floats,
    .prepare = rows_prepare,
    .n_tiles = rows_n_tiles,
    .scratch_floats = rows_scratch_floats,
    .run_tile = rows_run_tile,
};
