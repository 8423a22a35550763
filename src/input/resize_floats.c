/* SPDX-License-Identifier: Apache-2.0 */
/* Bilinear resizing of floats. */
#include "input/resize.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* Where an output takes its two inputs from, and the weight of the second. */
typedef struct tap {
    int low, high;
    float weight;
} tap;

static tap make_tap(int i, int n_in, double scale, bool as_float)
{
    double at = fmax((i + 0.5) * scale - 0.5, 0);
    if (as_float)
        at = (float)at;
    const int low = at < n_in - 1 ? (int)at : n_in - 1;
    return (tap){low, low + (low < n_in - 1), low < n_in - 1 ? (float)(at - low) : 0};
}

typedef struct resizer {
    tap *columns;  /* [dst width] */
    float *row[2]; /* [3 * dst width] mixed along the row */
    int row_at[2]; /* source row that row[k] was made of, -1 for none */
} resizer;

static void mix_columns(float *restrict out, const uint8_t *in, const tap *columns, int width,
                        const float values[256][3])
{
    for (int x = 0; x < width; x++) {
        const tap t = columns[x];
        const uint8_t *a = in + 3 * (size_t)t.low, *b = in + 3 * (size_t)t.high;
        for (int c = 0; c < 3; c++)
            out[3 * x + c] = values[a[c]][c] * (1 - t.weight) + values[b[c]][c] * t.weight;
    }
}

/* The mixed source row y; the two rows in use are kept. `keep` is the slot that must survive. */
static int source_row(resizer *r, const sfd_rgb *src, int y, int width, const float values[256][3],
                      int keep)
{
    for (int k = 0; k < 2; k++)
        if (r->row_at[k] == y)
            return k;
    const int k = keep == 0 ? 1 : 0;
    mix_columns(r->row[k], src->rgb + (size_t)y * src->stride_bytes, r->columns, width, values);
    r->row_at[k] = y;
    return k;
}

static void mix_rows(const sfd_float_picture *dst, int y, const float *top, const float *bottom,
                     float weight)
{
    float *out = dst->out + (size_t)y * dst->row_positions * dst->ld;
    for (int x = 0; x < dst->width; x++, out += dst->ld, top += 3, bottom += 3)
        for (int c = 0; c < 3; c++)
            out[c] = top[c] * (1 - weight) + bottom[c] * weight;
}

sfd_status sfd_resize_floats(const sfd_float_picture *dst, const sfd_rgb *src,
                             const float values[256][3], double scale_x, double scale_y,
                             bool as_float, sfd_error *err)
{
    const size_t width = (size_t)dst->width;
    tap *columns = sfd_malloc_array(width, sizeof *columns);
    float *rows = sfd_malloc_array(width * 6, sizeof *rows);
    if (!columns || !rows) {
        free(columns);
        free(rows);
        return sfd_fail_nomem(err, "resizing a picture");
    }
    for (int x = 0; x < dst->width; x++)
        columns[x] = make_tap(x, src->width, scale_x, as_float);
    resizer r = {columns, {rows, rows + width * 3}, {-1, -1}};
    for (int y = 0; y < dst->height; y++) {
        const tap t = make_tap(y, src->height, scale_y, as_float);
        const int kept = r.row_at[0] == t.high ? 0 : r.row_at[1] == t.high ? 1 : -1;
        const int top = source_row(&r, src, t.low, dst->width, values, kept);
        const int bottom = source_row(&r, src, t.high, dst->width, values, top);
        mix_rows(dst, y, r.row[top], r.row[bottom], t.weight);
    }
    free(columns);
    free(rows);
    return SFD_OK;
}
