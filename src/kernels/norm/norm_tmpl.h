/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm and what follows it in training, compiled once for every instruction set: the
 * including file defines SFD_SET; the compiler vectorises. */
#include "kernels/name.h"
#include "kernels/norm/norm.h"

#define LANES      16 /* channels whose sums are in registers */
#define BLOCK_ROWS 8  /* summed in float before they are added to a double */

static inline float *at(const sfd_norm_map *m, size_t row)
{
    return m->x + row * m->ld;
}

static inline size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline void add_sums(const float *restrict one, const float *restrict two, size_t width,
                            double *restrict sum, double *restrict other)
{
    for (size_t c = 0; c < width; c++) {
        sum[c] += (double)one[c];
        other[c] += (double)two[c];
    }
}

/* ------------------------------------------------------------------ forward */

static inline void moments(const float *restrict x, size_t ld, size_t rows, size_t width,
                           const float *restrict mean, double *sum, double *square)
{
    float one[LANES] = {0}, two[LANES] = {0};
    for (size_t r = 0; r < rows; r++, x += ld)
        for (size_t c = 0; c < width; c++) {
            const float d = x[c] - mean[c];
            one[c] += d;
            two[c] += d * d;
        }
    add_sums(one, two, width, sum, square);
}

void SFD_NAME(sfd_norm_moments)(const sfd_norm_rows *r, double *sum, double *square)
{
    for (size_t p = 0; p < r->rows; p += BLOCK_ROWS)
        for (size_t c = 0; c < r->n; c += LANES) {
            const size_t rows = smaller(BLOCK_ROWS, r->rows - p);
            const float *x = at(&r->z, p) + c;
            if (r->n - c >= LANES)
                moments(x, r->z.ld, rows, LANES, r->mean + c, sum + c, square + c);
            else
                moments(x, r->z.ld, rows, r->n - c, r->mean + c, sum + c, square + c);
        }
}

static inline void normalise(float *restrict y, const float *restrict z, const sfd_norm_rows *r)
{
    const float *restrict mean = r->mean, *restrict scale = r->scale, *restrict shift = r->shift;
    for (size_t c = 0; c < r->n; c++)
        y[c] = (z[c] - mean[c]) * scale[c] + shift[c];
}

static inline void normalise_relu(float *restrict y, const float *restrict z,
                                  const sfd_norm_rows *r)
{
    const float *restrict mean = r->mean, *restrict scale = r->scale, *restrict shift = r->shift;
    for (size_t c = 0; c < r->n; c++) {
        const float v = (z[c] - mean[c]) * scale[c] + shift[c];
        y[c] = v < 0 ? 0 : v;
    }
}

static inline void add_residual(float *restrict y, const float *restrict residual, size_t n)
{
    for (size_t c = 0; c < n; c++)
        y[c] += residual[c];
}

static inline void relu(float *restrict y, size_t n)
{
    for (size_t c = 0; c < n; c++)
        y[c] = y[c] < 0 ? 0 : y[c];
}

void SFD_NAME(sfd_norm_forward)(const sfd_norm_rows *r)
{
    const bool at_once = r->z.x && r->relu && !r->residual.x;
    for (size_t p = 0; p < r->rows; p++) {
        float *y = at(&r->y, p);
        if (at_once) {
            normalise_relu(y, at(&r->z, p), r);
            continue;
        }
        if (r->z.x)
            normalise(y, at(&r->z, p), r);
        if (r->residual.x)
            add_residual(y, at(&r->residual, p), r->n);
        if (r->relu)
            relu(y, r->n);
    }
}

/* ------------------------------------------------------------------ backward */

static inline void clear_negative(float *restrict dy, const float *restrict y, size_t n)
{
    for (size_t c = 0; c < n; c++)
        dy[c] = y[c] > 0 ? dy[c] : 0;
}

static inline void products(const float *restrict dy, size_t dy_ld, const float *restrict z,
                            size_t z_ld, size_t rows, size_t width, const float *restrict mean,
                            double *sum, double *product)
{
    float one[LANES] = {0}, two[LANES] = {0};
    for (size_t r = 0; r < rows; r++, dy += dy_ld, z += z_ld)
        for (size_t c = 0; c < width; c++) {
            one[c] += dy[c];
            two[c] += dy[c] * (z[c] - mean[c]);
        }
    add_sums(one, two, width, sum, product);
}

static inline void mask_row(const sfd_norm_rows *r, size_t p)
{
    float *dy = at(&r->dy, p);
    if (r->relu)
        clear_negative(dy, at(&r->y, p), r->n);
    if (r->d_residual.x)
        add_residual(at(&r->d_residual, p), dy, r->n);
}

void SFD_NAME(sfd_norm_mask)(const sfd_norm_rows *r, double *sum, double *product)
{
    for (size_t p = 0; p < r->rows; p += BLOCK_ROWS) {
        const size_t rows = smaller(BLOCK_ROWS, r->rows - p);
        for (size_t i = 0; i < rows; i++)
            mask_row(r, p + i);
        for (size_t c = 0; r->z.x && c < r->n; c += LANES) {
            const float *dy = at(&r->dy, p) + c, *z = at(&r->z, p) + c;
            if (r->n - c >= LANES)
                products(dy, r->dy.ld, z, r->z.ld, rows, LANES, r->mean + c, sum + c, product + c);
            else
                products(dy, r->dy.ld, z, r->z.ld, rows, r->n - c, r->mean + c, sum + c,
                         product + c);
        }
    }
}

static inline void backward_row(float *restrict z, const float *restrict dy, const sfd_norm_rows *r)
{
    const float *restrict mean = r->mean, *restrict scale = r->scale, *restrict shift = r->shift;
    const float *restrict slope = r->slope;
    for (size_t c = 0; c < r->n; c++)
        z[c] = (dy[c] * scale[c] + shift[c]) + (z[c] - mean[c]) * slope[c];
}

void SFD_NAME(sfd_norm_backward)(const sfd_norm_rows *r)
{
    for (size_t p = 0; p < r->rows; p++)
        backward_row(at(&r->z, p), at(&r->dy, p), r);
}
