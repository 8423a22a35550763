/* SPDX-License-Identifier: Apache-2.0 */
/* Pillow's BILINEAR resize of 8-bit pictures, bit for bit (libImaging/Resample.c).
 *
 * Every output is the mean of the inputs weighted by a triangle that is as wide as two outputs (two
 * inputs when enlarging). Weights are computed in double, divided by their sum, and rounded to 22
 * bits behind the point; sums are rounded to bytes after each of the two passes, rows first. */
#include "input/resize.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION_BITS 22

/* The inputs of each output along an axis. */
typedef struct axis {
    int n_out;
    size_t most;      /* inputs of one output */
    int *first, *n;   /* [n_out] */
    int32_t *weights; /* [n_out][most] */
} axis;

static double triangle(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static void free_axis(axis *a)
{
    free(a->first);
    free(a->n);
    free(a->weights);
}

static void set_weights(const axis *a, int i, double centre, double narrow)
{
    int32_t *to = a->weights + (size_t)i * a->most;
    double sum = 0;
    for (int k = 0; k < a->n[i]; k++)
        sum += triangle((k + a->first[i] - centre + 0.5) * narrow);
    for (int k = 0; k < a->n[i]; k++) {
        const double share = triangle((k + a->first[i] - centre + 0.5) * narrow) / sum;
        to[k] = (int32_t)(0.5 + share * (1 << PRECISION_BITS));
    }
}

/* False when there is no memory. Freed by free_axis in every case. */
static bool make_axis(axis *a, int n_in, int n_out)
{
    const double scale = (double)n_in / n_out, reach = scale < 1 ? 1 : scale;
    const size_t n = (size_t)n_out;
    *a = (axis){.n_out = n_out, .most = 2 * (size_t)ceil(reach) + 1};
    a->first = sfd_malloc_array(n, sizeof *a->first);
    a->n = sfd_malloc_array(n, sizeof *a->n);
    a->weights = sfd_malloc_array(n * a->most, sizeof *a->weights);
    if (!a->first || !a->n || !a->weights)
        return false;
    for (int i = 0; i < n_out; i++) {
        const double centre = (i + 0.5) * scale;
        const int first = (int)(centre - reach + 0.5), end = (int)(centre + reach + 0.5);
        a->first[i] = first < 0 ? 0 : first;
        a->n[i] = (end < n_in ? end : n_in) - a->first[i];
        set_weights(a, i, centre, 1 / reach);
    }
    return true;
}

static uint8_t to_byte(int32_t sum)
{
    const int32_t v = sum >> PRECISION_BITS;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void resize_row(const axis *a, const uint8_t *restrict in, uint8_t *restrict out)
{
    for (int i = 0; i < a->n_out; i++) {
        const int32_t *w = a->weights + (size_t)i * a->most;
        const uint8_t *at = in + 3 * (size_t)a->first[i];
        int32_t sum[3] = {1 << (PRECISION_BITS - 1), 1 << (PRECISION_BITS - 1),
                          1 << (PRECISION_BITS - 1)};
        for (int k = 0; k < a->n[i]; k++, at += 3)
            for (int c = 0; c < 3; c++)
                sum[c] += at[c] * w[k];
        for (int c = 0; c < 3; c++)
            out[3 * i + c] = to_byte(sum[c]);
    }
}

/* Row i of the result from rows of n_bytes; sums [n_bytes] is scratch. */
static void mix_rows(const axis *a, int i, const uint8_t *restrict rows, size_t n_bytes,
                     int32_t *restrict sums, uint8_t *restrict out)
{
    const int32_t *w = a->weights + (size_t)i * a->most;
    for (size_t x = 0; x < n_bytes; x++)
        sums[x] = 1 << (PRECISION_BITS - 1);
    for (int k = 0; k < a->n[i]; k++) {
        const uint8_t *row = rows + (size_t)(a->first[i] + k) * n_bytes;
        const int32_t weight = w[k];
        for (size_t x = 0; x < n_bytes; x++)
            sums[x] += row[x] * weight;
    }
    for (size_t x = 0; x < n_bytes; x++)
        out[x] = to_byte(sums[x]);
}

/* An axis whose size stays is left as it is. */
static void resize(const sfd_rgb *dst, const sfd_rgb *src, const axis *columns, const axis *rows,
                   uint8_t *between, int32_t *sums)
{
    const size_t n_bytes = 3 * (size_t)dst->width;
    for (int y = 0; y < src->height; y++) {
        const uint8_t *in = src->rgb + (size_t)y * src->stride_bytes;
        uint8_t *out = between + (size_t)y * n_bytes;
        if (dst->width == src->width)
            memcpy(out, in, n_bytes);
        else
            resize_row(columns, in, out);
    }
    for (int y = 0; y < dst->height; y++) {
        uint8_t *out = dst->rgb + (size_t)y * dst->stride_bytes;
        if (dst->height == src->height)
            memcpy(out, between + (size_t)y * n_bytes, n_bytes);
        else
            mix_rows(rows, y, between, n_bytes, sums, out);
    }
}

sfd_status sfd_resize_antialiased(const sfd_rgb *dst, const sfd_rgb *src, sfd_error *err)
{
    const size_t n_bytes = 3 * (size_t)dst->width;
    axis columns = {0}, rows = {0};
    uint8_t *between = sfd_malloc_array((size_t)src->height, n_bytes);
    int32_t *sums = sfd_malloc_array(n_bytes, sizeof *sums);
    const bool ready = between && sums && make_axis(&columns, src->width, dst->width) &&
                       make_axis(&rows, src->height, dst->height);
    if (ready)
        resize(dst, src, &columns, &rows, between, sums);
    free_axis(&columns);
    free_axis(&rows);
    free(between);
    free(sums);
    return ready ? SFD_OK : sfd_fail_nomem(err, "resizing a picture");
}
