/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of maps' values. */
#include "quant/histogram.h"

#include <math.h>
#include <string.h>

#define SMALLEST_RANGE 0x1p-100
#define LEAST_SQUARE   0x1p-200 /* of a map */
/* Ranges that are tried, from this share of the largest value on. */
#define N_TRIES     160
#define LEAST_SHARE 0.05

static void double_range(sfd_histogram *h)
{
    for (int side = 0; side < 2; side++) {
        double *weights = h->weights[side];
        for (size_t i = 0; i < SFD_HISTOGRAM_BINS / 2; i++)
            weights[i] = weights[2 * i] + weights[2 * i + 1];
        memset(weights + SFD_HISTOGRAM_BINS / 2, 0, sizeof h->weights[side] / 2);
    }
    h->range *= 2;
}

static void make_room(sfd_histogram *h, double largest)
{
    if (largest <= 0)
        return;
    if (h->range <= 0) {
        int exponent;
        frexp(fmax(largest, SMALLEST_RANGE), &exponent);
        h->range = ldexp(1, exponent);
    }
    while (largest >= h->range)
        double_range(h);
}

/* False where something is not finite. */
static bool find_largest(const float *x, int n, float *largest)
{
    float most = 0, least = 0, sum = 0;
    for (int i = 0; i < n; i++) {
        most = x[i] > most ? x[i] : most;
        least = x[i] < least ? x[i] : least;
        sum += x[i] * 0; /* NaN where x is that or infinite */
    }
    *largest = most > -least ? most : -least;
    return sum == 0;
}

static double mean_square(const sfd_map *map)
{
    const size_t positions = sfd_map_positions(map);
    double sum = 0;
    for (size_t p = 0; p < positions; p++) {
        const float *x = (const float *)map->data + p * map->ld;
        for (int c = 0; c < map->channels; c++)
            sum += (double)x[c] * (double)x[c];
    }
    return sum / ((double)positions * map->channels);
}

void sfd_histogram_add(sfd_histogram *h, const sfd_map *map)
{
    const size_t positions = sfd_map_positions(map);
    const double weight = 1 / fmax(mean_square(map), LEAST_SQUARE);
    for (size_t p = 0; p < positions; p++) {
        const float *x = (const float *)map->data + p * map->ld;
        float largest;
        if (!find_largest(x, map->channels, &largest)) {
            h->broken = true;
            return;
        }
        make_room(h, (double)largest);
        const float factor = h->range > 0 ? (float)(SFD_HISTOGRAM_BINS / h->range) : 0;
        for (int c = 0; c < map->channels; c++)
            if (x[c] != 0)
                h->weights[x[c] < 0][(size_t)(fabsf(x[c]) * factor)] += weight;
    }
}

/* Square of what rounding the values of one side to steps of `step`, so many at most, leaves; they
 * are taken to be spread over their bin. */
static double side_cost(const sfd_histogram *h, int side, double step, double steps)
{
    const double width = h->range / SFD_HISTOGRAM_BINS;
    double cost = 0;
    for (size_t i = 0; i < SFD_HISTOGRAM_BINS; i++) {
        const double x = ((double)i + 0.5) * width;
        const double rest = x - step * fmin(rint(x / step), steps);
        cost += h->weights[side][i] * (rest * rest + width * width / 12);
    }
    return cost;
}

static double cost_of(const sfd_histogram *h, double step, int zero)
{
    return side_cost(h, 0, step, 255 - zero) + side_cost(h, 1, step, zero);
}

static double square_of(const sfd_histogram *h)
{
    const double width = h->range / SFD_HISTOGRAM_BINS;
    double sum = 0;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < SFD_HISTOGRAM_BINS; i++) {
            const double x = ((double)i + 0.5) * width;
            sum += h->weights[side][i] * x * x;
        }
    return sum;
}

static double largest_value(const sfd_histogram *h, int side)
{
    size_t last = SFD_HISTOGRAM_BINS;
    while (last > 0 && h->weights[side][last - 1] <= 0)
        last--;
    return h->range / SFD_HISTOGRAM_BINS * (double)last;
}

sfd_byte_scale sfd_histogram_scale(const sfd_histogram *h, double *noise)
{
    const double above = largest_value(h, 0), below = largest_value(h, 1);
    const double largest = fmax(above, below);
    sfd_byte_scale best = {1, 0};
    double least = INFINITY;
    *noise = 0;
    for (int i = 0; largest > 0 && i < N_TRIES; i++) {
        const double most = largest * (1 - (1 - LEAST_SHARE) * i / (N_TRIES - 1));
        const double low = fmin(below, most), step = (low + fmin(above, most)) / 255;
        const int zero = (int)rint(low / step);
        const double cost = cost_of(h, step, zero);
        if (cost < least) {
            least = cost;
            best = (sfd_byte_scale){(float)step, zero};
        }
    }
    if (largest > 0)
        *noise = least / square_of(h);
    return best;
}
