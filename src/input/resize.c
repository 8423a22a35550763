/* SPDX-License-Identifier: Apache-2.0 */
/* OpenCV's INTER_LINEAR for 8-bit pictures, bit for bit.
 *
 * Horizontally two neighbours are mixed with 11-bit weights into 32-bit sums; vertically two such
 * rows are mixed as ((sum0 >> 4) * w0 >> 16) + ((sum1 >> 4) * w1 >> 16), rounded by 2 bits. The
 * sums shifted by 4 fit 16 bits (255 * 2048 >> 4 = 32640), so that is how rows are kept. */
#include "input/resize.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_ONE 2048

/* Where an output row or column takes its two inputs from. */
typedef struct tap {
    int low;        /* number of the first input; may be -1 for rows */
    int16_t w0, w1; /* w0 + w1 = WEIGHT_ONE but for rounding */
} tap;

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

static tap make_tap(int i, int n_in, int n_out, bool snap)
{
    float centre = (float)((i + 0.5) * (1.0 / ((double)n_out / n_in)) - 0.5);
    int low = (int)floorf(centre);
    float f = centre - (float)low;
    if (snap && (low < 0 || low >= n_in - 1)) {
        f = 0;
        low = clamp(low, 0, n_in - 1);
    }
    return (tap){low, (int16_t)lrintf((1 - f) * WEIGHT_ONE), (int16_t)lrintf(f * WEIGHT_ONE)};
}

typedef struct resizer {
    tap *columns;    /* [dst width] */
    int16_t *row[2]; /* [3 * dst width] horizontal sums >> 4 */
    int row_at[2];   /* source row that row[k] was made of, -1 for none */
} resizer;

static void mix_columns(int16_t *restrict out, const uint8_t *restrict in, const tap *columns,
                        int width, int n_in)
{
    for (int x = 0; x < width; x++) {
        tap t = columns[x];
        const uint8_t *a = in + 3 * (size_t)t.low;
        const uint8_t *b = in + 3 * (size_t)(t.low + (t.low < n_in - 1));
        for (int c = 0; c < 3; c++)
            out[3 * x + c] = (int16_t)((a[c] * t.w0 + b[c] * t.w1) >> 4);
    }
}

static void mix_rows(uint8_t *restrict out, const int16_t *restrict top,
                     const int16_t *restrict bottom, tap t, size_t n)
{
    int w0 = t.w0, w1 = t.w1;
    for (size_t i = 0; i < n; i++) {
        int sum = ((top[i] * w0) >> 16) + ((bottom[i] * w1) >> 16);
        out[i] = (uint8_t)((sum + 2) >> 2); /* at most 255: weights sum to 2048 */
    }
}

/* The horizontal sums of source row y; the two rows in use are kept from one output row to the
 * next. `keep` is the slot that must survive. */
static int source_row(resizer *r, const sfd_rgb *src, int y, int width, int keep)
{
    for (int k = 0; k < 2; k++)
        if (r->row_at[k] == y)
            return k;
    int k = keep == 0 ? 1 : 0;
    mix_columns(r->row[k], src->rgb + (size_t)y * src->stride_bytes, r->columns, width, src->width);
    r->row_at[k] = y;
    return k;
}

static void resize_rows(resizer *r, const sfd_rgb *dst, const sfd_rgb *src)
{
    for (int y = 0; y < dst->height; y++) {
        tap t = make_tap(y, src->height, dst->height, false);
        int y0 = clamp(t.low, 0, src->height - 1), y1 = clamp(t.low + 1, 0, src->height - 1);
        int bottom_kept = r->row_at[0] == y1 ? 0 : r->row_at[1] == y1 ? 1 : -1;
        int k0 = source_row(r, src, y0, dst->width, bottom_kept);
        int k1 = source_row(r, src, y1, dst->width, k0);
        mix_rows(dst->rgb + (size_t)y * dst->stride_bytes, r->row[k0], r->row[k1], t,
                 (size_t)dst->width * 3);
    }
}

static void halve(const sfd_rgb *dst, const sfd_rgb *src)
{
    for (int y = 0; y < dst->height; y++) {
        const uint8_t *a = src->rgb + (size_t)y * 2 * src->stride_bytes;
        const uint8_t *b = a + src->stride_bytes;
        uint8_t *out = dst->rgb + (size_t)y * dst->stride_bytes;
        for (int x = 0; x < dst->width; x++, a += 6, b += 6, out += 3)
            for (int c = 0; c < 3; c++)
                out[c] = (uint8_t)((a[c] + a[c + 3] + b[c] + b[c + 3] + 2) >> 2);
    }
}

static void copy_rows(const sfd_rgb *dst, const sfd_rgb *src)
{
    for (int y = 0; y < dst->height; y++)
        memcpy(dst->rgb + (size_t)y * dst->stride_bytes, src->rgb + (size_t)y * src->stride_bytes,
               (size_t)dst->width * 3);
}

sfd_status sfd_resize_linear(const sfd_rgb *dst, const sfd_rgb *src, sfd_error *err)
{
    if (dst->width == src->width && dst->height == src->height) {
        copy_rows(dst, src);
        return SFD_OK;
    }
    if (dst->width * 2 == src->width && dst->height * 2 == src->height) {
        halve(dst, src);
        return SFD_OK;
    }
    size_t width = (size_t)dst->width;
    tap *columns = sfd_malloc_array(width, sizeof *columns);
    int16_t *rows = sfd_malloc_array(width * 6, sizeof *rows);
    if (!columns || !rows) {
        free(columns);
        free(rows);
        return sfd_fail_nomem(err, "resizing a picture");
    }
    for (int x = 0; x < dst->width; x++)
        columns[x] = make_tap(x, src->width, dst->width, true);
    resizer r = {columns, {rows, rows + width * 3}, {-1, -1}};
    resize_rows(&r, dst, src);
    free(columns);
    free(rows);
    return SFD_OK;
}
