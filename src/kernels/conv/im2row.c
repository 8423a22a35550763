/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a convolution's output into tiles and gathering their inputs into matrix rows. */
#include "kernels/conv/im2row.h"

#include "base/bf16.h"

#include <string.h>

#define MIN_ROWS 32
#define MAX_ROWS 512

size_t sfd_im2row_k(const sfd_conv_shape *s)
{
    return sfd_conv_group_cin(s) * sfd_conv_taps(s);
}

bool sfd_conv_is_pointwise(const sfd_conv_shape *s)
{
    for (int axis = 1; axis < 3; axis++)
        if (s->kernel[axis] != 1 || s->stride[axis] != 1 || s->padding[axis] != 0)
            return false;
    return true;
}

size_t sfd_tile_fit(size_t row_floats, size_t tile_floats)
{
    const size_t rows = tile_floats / row_floats;
    return rows < MIN_ROWS ? MIN_ROWS : rows > MAX_ROWS ? MAX_ROWS : rows;
}

static size_t tiles_per_frame(const sfd_conv_shape *s, size_t max_rows)
{
    return (sfd_conv_out_frame(s) + max_rows - 1) / max_rows;
}

size_t sfd_tile_count(const sfd_conv_shape *s, size_t max_rows)
{
    return (size_t)s->out[0] * tiles_per_frame(s, max_rows);
}

sfd_tile_span sfd_tile_get(const sfd_conv_shape *s, size_t max_rows, size_t tile)
{
    const size_t positions = sfd_conv_out_frame(s);
    const size_t n = tiles_per_frame(s, max_rows), i = tile % n;
    const size_t first = positions * i / n, end = positions * (i + 1) / n;
    return (sfd_tile_span){(int)(tile / n), first, end - first};
}

/* Narrow maps have taps of a few floats, for which a call costs more than the copy. */
static void copy_tap(const float *from, size_t n, float *to)
{
    if (n > 32) {
        memcpy(to, from, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

/* One row of taps, the first at column `first`, those outside [0, in[2]) as zeros. */
static void gather_taps(const sfd_conv_shape *s, const float *x, int first, float *row)
{
    const size_t n = sfd_conv_group_cin(s);
    const int d = s->dilation[2], taps = s->kernel[2];
    const int before = first < 0 ? (-first + d - 1) / d : 0;
    const int from = before < taps ? before : taps;
    const int room = first < s->in[2] ? (s->in[2] - first + d - 1) / d : 0;
    const int to = room < from ? from : room < taps ? room : taps;
    memset(row, 0, (size_t)from * n * sizeof *row);
    if (d == 1 && s->x_ld == n)
        memcpy(row + (size_t)from * n, x + (ptrdiff_t)(first + from) * (ptrdiff_t)n,
               (size_t)(to - from) * n * sizeof *row);
    else
        for (int tap = from; tap < to; tap++)
            copy_tap(x + (size_t)(first + tap * d) * s->x_ld, n, row + (size_t)tap * n);
    memset(row + (size_t)to * n, 0, (size_t)(taps - to) * n * sizeof *row);
}

/* Copies one group's inputs of one output position, taps outside the map as zeros. */
static void gather_row(const sfd_conv_shape *s, const float *x, int t, size_t position, float *row)
{
    const int h = (int)(position / (size_t)s->out[2]), v = (int)(position % (size_t)s->out[2]);
    const int first = v * s->stride[2] - s->padding[2];
    const size_t n = sfd_conv_group_cin(s) * (size_t)s->kernel[2];
    for (int dt = 0; dt < s->kernel[0]; dt++) {
        const int it = t * s->stride[0] - s->padding[0] + dt * s->dilation[0];
        for (int dh = 0; dh < s->kernel[1]; dh++, row += n) {
            const int ih = h * s->stride[1] - s->padding[1] + dh * s->dilation[1];
            if (it < 0 || it >= s->in[0] || ih < 0 || ih >= s->in[1])
                memset(row, 0, n * sizeof *row);
            else
                gather_taps(s, x + sfd_conv_in_index(s, it, ih, 0) * s->x_ld, first, row);
        }
    }
}

void sfd_im2row_gather(const sfd_conv_shape *s, const float *x, sfd_tile_span span, float *rows)
{
    const size_t k = sfd_im2row_k(s);
    for (size_t r = 0; r < span.rows; r++)
        gather_row(s, x, span.t, span.first + r, rows + r * k);
}

/* One tap of one output position as floats. */
static void convert_tap(const sfd_conv_shape *s, const uint16_t *x, const int at[3], float *row)
{
    const bool inside = at[0] >= 0 && at[0] < s->in[0] && at[1] >= 0 && at[1] < s->in[1] &&
                        at[2] >= 0 && at[2] < s->in[2];
    const size_t from = inside ? sfd_conv_in_index(s, at[0], at[1], at[2]) * s->x_ld : 0;
    for (size_t i = 0; i < sfd_conv_group_cin(s); i++)
        row[i] = inside ? sfd_bf16_float(x[from + i]) : 0;
}

void sfd_im2row_gather_bf16(const sfd_conv_shape *s, const uint16_t *x, sfd_tile_span span,
                            float *rows)
{
    for (size_t r = 0; r < span.rows; r++) {
        const size_t p = span.first + r, width = (size_t)s->out[2];
        const int out[3] = {span.t, (int)(p / width), (int)(p % width)};
        for (int tap = 0; tap < (int)sfd_conv_taps(s); tap++, rows += sfd_conv_group_cin(s)) {
            const int k[3] = {tap / (s->kernel[1] * s->kernel[2]),
                              tap / s->kernel[2] % s->kernel[1], tap % s->kernel[2]};
            int at[3];
            for (int axis = 0; axis < 3; axis++)
                at[axis] =
                    out[axis] * s->stride[axis] - s->padding[axis] + k[axis] * s->dilation[axis];
            convert_tap(s, x, at, rows);
        }
    }
}
