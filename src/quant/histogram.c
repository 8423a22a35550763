/* SPDX-License-Identifier: Apache-2.0 */
/* Magnitudes of maps. */
#include "quant/histogram.h"

#include <math.h>
#include <string.h>

#define SMALLEST_RANGE 0x1p-100
/* Ranges that are tried, from this share of the largest value on. */
#define N_TRIES     160
#define LEAST_SHARE 0.05

static void double_range(sfd_histogram *h)
{
    for (size_t i = 0; i < SFD_HISTOGRAM_BINS / 2; i++)
        h->counts[i] = h->counts[2 * i] + h->counts[2 * i + 1];
    memset(h->counts + SFD_HISTOGRAM_BINS / 2, 0, sizeof h->counts / 2);
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
static bool find_largest(const float *x, int n, float *largest, bool *negative)
{
    float most = 0, least = 0, sum = 0;
    for (int i = 0; i < n; i++) {
        most = x[i] > most ? x[i] : most;
        least = x[i] < least ? x[i] : least;
        sum += x[i] * 0; /* NaN where x is that or infinite */
    }
    *largest = most > -least ? most : -least;
    *negative = least < 0;
    return sum == 0;
}

void sfd_histogram_add(sfd_histogram *h, const sfd_map *map)
{
    const size_t positions = sfd_map_positions(map);
    for (size_t p = 0; p < positions; p++) {
        const float *x = (const float *)map->data + p * map->ld;
        float largest;
        bool negative;
        if (!find_largest(x, map->channels, &largest, &negative)) {
            h->broken = true;
            return;
        }
        make_room(h, (double)largest);
        h->negative = h->negative || negative;
        const float factor = h->range > 0 ? (float)(SFD_HISTOGRAM_BINS / h->range) : 0;
        for (int c = 0; c < map->channels; c++)
            if (x[c] != 0)
                h->counts[(size_t)(fabsf(x[c]) * factor)]++;
    }
}

/* Mean square of the rounding to steps of `step`, `levels` of them; values are taken to be spread
 * over their bin. */
static double cost_of(const sfd_histogram *h, double step, double levels)
{
    const double width = h->range / SFD_HISTOGRAM_BINS;
    double cost = 0;
    for (size_t i = 0; i < SFD_HISTOGRAM_BINS; i++) {
        const double x = ((double)i + 0.5) * width;
        const double rounded = step * fmin(rint(x / step), levels);
        cost += (double)h->counts[i] * ((x - rounded) * (x - rounded) + width * width / 12);
    }
    return cost;
}

static double mean_square(const sfd_histogram *h)
{
    const double width = h->range / SFD_HISTOGRAM_BINS;
    double sum = 0;
    for (size_t i = 0; i < SFD_HISTOGRAM_BINS; i++) {
        const double x = ((double)i + 0.5) * width;
        sum += (double)h->counts[i] * x * x;
    }
    return sum;
}

static double largest_value(const sfd_histogram *h)
{
    size_t last = SFD_HISTOGRAM_BINS;
    while (last > 0 && h->counts[last - 1] == 0)
        last--;
    return h->range / SFD_HISTOGRAM_BINS * (double)last;
}

sfd_byte_scale sfd_histogram_scale(const sfd_histogram *h, double *noise)
{
    const double levels = h->negative ? 127 : 255, largest = largest_value(h);
    double best = 1, least = INFINITY;
    *noise = 0;
    for (int i = 0; largest > 0 && i < N_TRIES; i++) {
        const double share = 1 - (1 - LEAST_SHARE) * i / (N_TRIES - 1);
        const double step = largest * share / levels, cost = cost_of(h, step, levels);
        if (cost < least) {
            least = cost;
            best = step;
        }
    }
    if (largest > 0)
        *noise = least / mean_square(h);
    return (sfd_byte_scale){(float)best, h->negative ? 128 : 0};
}
