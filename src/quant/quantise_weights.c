/* SPDX-License-Identifier: Apache-2.0 */
/* Weights as signed bytes. */
#include "base/alloc.h"
#include "base/error.h"
#include "quant/quantiser.h"
#include "quant/rows.h"

#include <math.h>
#include <stdlib.h>

#define LEVELS 127
/* Scales that are tried: this share of the largest weight's is the least. */
#define N_TRIES     24
#define LEAST_SHARE 0.54

static double round_to(float w, double scale)
{
    return fmax(fmin(rint((double)w / scale), LEVELS), -LEVELS);
}

/* Added to and taken from a double below 2^51, it leaves the nearest integer, ties to even. */
#define ROUNDING 0x1.8p52
#define LANES    8 /* sums side by side, for vectors */

/* Adds the squares of n <= LANES values. Training takes this of all weights at every step. */
static inline void add_costs(double sum[LANES], const float *w, size_t n, double scale)
{
    for (size_t i = 0; i < n; i++) {
        double steps = (double)w[i] * (1 / scale);
        steps = steps < LEVELS ? steps : LEVELS;
        steps = steps > -LEVELS ? steps : -LEVELS;
        const double d = (double)w[i] - scale * (steps + ROUNDING - ROUNDING);
        sum[i] += d * d;
    }
}

static double cost_of(const float *w, size_t n, double scale)
{
    double sum[LANES] = {0}, cost = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        add_costs(sum, w + i, LANES, scale);
    add_costs(sum, w + i, n - i, scale);
    for (i = 0; i < LANES; i++)
        cost += sum[i];
    return cost;
}

static float largest_of(const float *w, size_t n)
{
    float largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmaxf(largest, fabsf(w[i]));
    return largest;
}

float sfd_row_scale(const float *w, size_t n, double *cost)
{
    const double largest = (double)largest_of(w, n);
    double best = 1, least = INFINITY;
    if (largest < 1e-20) {
        *cost = 0;
        return 1;
    }
    for (int i = 0; i < N_TRIES; i++) {
        const double scale = largest * (1 - (1 - LEAST_SHARE) * i / (N_TRIES - 1)) / LEVELS;
        const double c = cost_of(w, n, scale);
        if (c < least) {
            least = c;
            best = scale;
        }
    }
    *cost = least;
    return (float)best;
}

void sfd_row_round(float *out, const float *w, size_t n)
{
    double cost;
    const double scale = (double)sfd_row_scale(w, n, &cost);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(scale * round_to(w[i], scale));
}

static void quantise_rows(sfd_byte_weights *out, const float *w, size_t rows, size_t n)
{
    double cost = 0, square = 0;
    for (size_t c = 0; c < rows; c++) {
        const float *row = w + c * n;
        double row_cost;
        out->scale[c] = sfd_row_scale(row, n, &row_cost);
        cost += row_cost;
        for (size_t i = 0; i < n; i++) {
            out->w[c * n + i] = (int8_t)round_to(row[i], (double)out->scale[c]);
            square += (double)row[i] * (double)row[i];
        }
    }
    out->noise = square > 0 ? cost / square : 0;
}

sfd_status sfd_byte_weights_make(sfd_byte_weights *out, const sfd_node *node,
                                 const sfd_weights *weights, sfd_error *err)
{
    const sfd_conv_attributes *a = node->attributes;
    const int *kernel = a->window.kernel;
    const size_t rows = (size_t)a->cout;
    const size_t n = (size_t)a->cin * (size_t)kernel[0] * (size_t)kernel[1] * (size_t)kernel[2];
    float *w = NULL;
    *out = (sfd_byte_weights){0};
    sfd_status status = sfd_conv_read_folded(node, weights, &w, &out->bias, err);
    if (status == SFD_OK) {
        out->w = sfd_malloc_array(rows, n);
        out->scale = sfd_malloc_array(rows, sizeof *out->scale);
        if (out->w && out->scale)
            quantise_rows(out, w, rows, n);
        else
            status = sfd_fail_nomem(err, node->name);
    }
    free(w);
    return status;
}

void sfd_byte_weights_free(sfd_byte_weights *w)
{
    free(w->w);
    free(w->scale);
    free(w->bias);
    *w = (sfd_byte_weights){0};
}
