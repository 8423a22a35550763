/* SPDX-License-Identifier: Apache-2.0 */
/* Bands of output rows from planes of the input: what planar and planar_t share.
 *
 * Input rows are copied into planes, one for each channel and, at stride 2, for even and odd
 * positions each, so that a tap's inputs of neighbouring outputs lie side by side. */
#ifndef SFD_KERNELS_CONV_PLANAR_BAND_TMPL_H
#define SFD_KERNELS_CONV_PLANAR_BAND_TMPL_H

#include "kernels/conv/conv.h"
#include "kernels/conv/cost_tmpl.h"
#include "kernels/conv/im2row.h"
#include "kernels/conv/window_rows_tmpl.h"
#include "kernels/vec.h"

#include <string.h>

#define PLANAR_ROWS 8 /* most output rows of a band */
#define PLANAR_VECS 3 /* of outputs in a register tile, PLANAR_COLUMNS channels each */
#if VEC_REGISTERS == 32
#define PLANAR_COLUMNS 8
#else
#define PLANAR_COLUMNS 4
#endif

/* Multiplies floats; only the results may be of another type. */
static bool planar_can(const sfd_conv_shape *s)
{
    return s->x_type == SFD_F32 && s->y_type == ELEMENT_TYPE && sfd_conv_is_float(s) &&
           (ELEMENT_TYPE != SFD_F32 || s->residual_type == SFD_F32) && s->groups == 1 &&
           s->cout % PLANAR_COLUMNS == 0 && s->kernel[2] > 1 && s->stride[2] <= 2 &&
           s->dilation[0] == 1 && s->dilation[2] == 1 &&
           s->kernel[0] * s->kernel[1] <= MAX_ROW_TAPS;
}

static size_t planar_weight_floats(const sfd_conv_shape *s)
{
    return sfd_conv_cout(s) * sfd_im2row_k(s);
}

/* Position of w[co][ci][tap][i] in [cout / columns][taps][cin][even, then odd kw][columns]. */
static inline size_t planar_weight_index(const sfd_conv_shape *s, size_t co, size_t ci, size_t tap,
                                         size_t i)
{
    const size_t kw = (size_t)s->kernel[2], step = (size_t)s->stride[2];
    const size_t place = (i % step ? (kw + 1) / 2 : 0) + i / step;
    const size_t group = co / PLANAR_COLUMNS * rows_taps(s) + tap;
    return ((group * sfd_conv_cin(s) + ci) * kw + place) * PLANAR_COLUMNS + co % PLANAR_COLUMNS;
}

static void planar_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    for (size_t co = 0; co < sfd_conv_cout(s); co++)
        for (size_t ci = 0; ci < sfd_conv_cin(s); ci++)
            for (size_t tap = 0; tap < rows_taps(s); tap++)
                for (size_t i = 0; i < (size_t)s->kernel[2]; i++)
                    prepared[planar_weight_index(s, co, ci, tap, i)] = *w++;
}

/* ------------------------------------------------------------------ scratch memory */

static inline size_t planar_vecs_across(const sfd_conv_shape *s)
{
    return ((size_t)s->out[2] + VEC - 1) / VEC;
}

/* Floats of one plane of one input row. */
static inline size_t planar_plane(const sfd_conv_shape *s)
{
    const size_t more = (size_t)(s->kernel[2] / s->stride[2] + 1);
    return planar_vecs_across(s) * VEC + (more + VEC - 1) / VEC * VEC;
}

static inline size_t planar_line(const sfd_conv_shape *s)
{
    return (size_t)(s->cin * s->stride[2]) * planar_plane(s);
}

/* Output rows of a band. */
static inline size_t planar_rows(const sfd_conv_shape *s)
{
    return sfd_conv_share(s, (size_t)s->out[1], 1, PLANAR_ROWS);
}

/* Input rows of one frame under a band. */
static inline size_t planar_span(const sfd_conv_shape *s)
{
    return rows_span(s, planar_rows(s));
}

static size_t planar_n_tiles(const sfd_conv_shape *s)
{
    return ((size_t)s->out[1] + planar_rows(s) - 1) / planar_rows(s);
}

/* ------------------------------------------------------------------ cost */

#define COST_PLANAR 1.25 /* a multiply-add among its loads and broadcasts */

/* Inputs copied into planes for one output. */
static inline double planar_copied(const sfd_conv_shape *s)
{
    return (double)rows_span(s, PLANAR_ROWS) / PLANAR_ROWS * s->stride[2] * s->cin / s->stride[0];
}

/* Cost of an output's inputs and results. */
static inline double planar_moves(const sfd_conv_shape *s)
{
    return planar_copied(s) * COST_PLANE + s->cout * COST_SINGLE;
}

/* ------------------------------------------------------------------ a band */

/* Every stride-th position of a row, from padded position `first` on. */
static void planar_copy_plane(const sfd_conv_shape *s, const float *row, int first, float *plane)
{
    const size_t n = planar_plane(s), step = (size_t)s->stride[2] * s->x_ld;
    const int stride = s->stride[2], skip = s->padding[2] - first;
    const size_t begin = skip > 0 ? (size_t)((skip + stride - 1) / stride) : 0;
    const int at = (int)begin * stride - skip; /* its position in the row */
    size_t end = at < s->in[2] ? begin + (size_t)((s->in[2] - at + stride - 1) / stride) : begin;
    end = end < n ? end : n;
    const float *from = row + (size_t)at * s->x_ld;
    memset(plane, 0, n * sizeof *plane);
    for (size_t i = begin; i < end; i++, from += step)
        plane[i] = *from;
}

/* Rows outside the map, and of frames outside the clip, are zeros. */
static void planar_copy_line(const sfd_conv_shape *s, const float *x, int t, int h, float *line)
{
    if (t < 0 || t >= s->in[0] || h < 0 || h >= s->in[1]) {
        memset(line, 0, planar_line(s) * sizeof *line);
        return;
    }
    const float *row = x + sfd_conv_in_index(s, t, h, 0) * s->x_ld;
    for (int ci = 0; ci < s->cin; ci++)
        for (int first = 0; first < s->stride[2]; first++, line += planar_plane(s))
            planar_copy_plane(s, row + ci, first, line);
}

/* The input rows of frame t under the band of output rows from h on. */
static void planar_copy_frame(const sfd_conv_shape *s, const float *x, int t, int h, float *lines)
{
    const int first_h = h * s->stride[1] - s->padding[1];
    for (size_t i = 0; i < planar_span(s); i++)
        planar_copy_line(s, x, t, first_h + (int)i, lines + i * planar_line(s));
}

/* Lines of one output row: [tap], those of frames outside the clip NULL. */
typedef const float *planar_lines[MAX_ROW_TAPS];

/* n_vecs vectors of outputs from position `at` on, PLANAR_COLUMNS channels: to sums, whose channels
 * lie sums_ld apart. */
ALWAYS_INLINE void planar_block(const sfd_conv_shape *s, const float *w, const planar_lines lines,
                                size_t at, const int n_vecs, float *sums, size_t sums_ld)
{
    const size_t plane = planar_plane(s), taps = rows_taps(s);
    const int kw = s->kernel[2], stride = s->stride[2], n_planes = s->cin * stride;
    vec sum[PLANAR_COLUMNS][PLANAR_VECS];
    for (int c = 0; c < PLANAR_COLUMNS; c++)
        for (int v = 0; v < n_vecs; v++)
            sum[c][v] = vec_set(0);
    for (size_t tap = 0; tap < taps; tap++) {
        if (!lines[tap]) {
            w += (size_t)(s->cin * kw) * PLANAR_COLUMNS;
            continue;
        }
        const float *line = lines[tap] + at;
        for (int p = 0; p < n_planes; p++, line += plane) {
            const int n = (kw - p % stride + stride - 1) / stride;
            for (int i = 0; i < n; i++, w += PLANAR_COLUMNS) {
                vec x[PLANAR_VECS];
                for (int v = 0; v < n_vecs; v++)
                    x[v] = vec_load(line + i + v * VEC);
                UNROLL
                for (int c = 0; c < PLANAR_COLUMNS; c++) {
                    UNROLL
                    for (int v = 0; v < n_vecs; v++)
                        sum[c][v] = vec_fma(vec_set(w[c]), x[v], sum[c][v]);
                }
            }
        }
    }
    for (int c = 0; c < PLANAR_COLUMNS; c++)
        for (int v = 0; v < n_vecs; v++)
            vec_store(sums + (size_t)c * sums_ld + (size_t)v * VEC, sum[c][v]);
}

/* The sums of an output row: to [channel][position]. */
static void planar_sum_row(const sfd_conv_shape *s, const float *weights, const planar_lines lines,
                           float *sums)
{
    const size_t n = planar_vecs_across(s), sums_ld = n * VEC;
    const size_t group = PLANAR_COLUMNS * sfd_im2row_k(s);
    for (size_t c = 0; c < sfd_conv_cout(s); c += PLANAR_COLUMNS) {
        const float *w = weights + c / PLANAR_COLUMNS * group;
        for (size_t v = 0; v < n; v += PLANAR_VECS) {
            float *to = sums + c * sums_ld + v * VEC;
            if (n - v >= PLANAR_VECS)
                planar_block(s, w, lines, v * VEC, PLANAR_VECS, to, sums_ld);
            else if (n - v == 2)
                planar_block(s, w, lines, v * VEC, 2, to, sums_ld);
            else
                planar_block(s, w, lines, v * VEC, 1, to, sums_ld);
        }
    }
}

#endif
