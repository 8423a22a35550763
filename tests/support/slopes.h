/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients against finite differences. */
#ifndef SFD_TESTS_SLOPES_H
#define SFD_TESTS_SLOPES_H

#include "support/random.h"
#include "support/sanitized.h"
#include "train/params.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH_PRIME 0x100000001b3u /* FNV-1a */

typedef struct slope_check {
    const char *what;
    sfd_params *params;
    double (*forward)(void *user); /* the loss, with its gradient left where backward starts */
    void (*backward)(void *user);  /* sums into params->grad */
    uint64_t (*sides)(void *user); /* which side of every kink the values are on */
    void *user;
    double step, tolerance;
    double floor_size; /* below it, a slope is lost in the rounding of the loss */
} slope_check;

/* (loss at start + step * d) - (loss at start - step * d), over 2 step. */
static inline double slope_difference(const slope_check *c, const sfd_param *item,
                                      const float *start, const float *d, double step)
{
    double value[2];
    const uint64_t sides = c->sides(c->user);
    for (int side = 0; side < 2; side++) {
        for (size_t j = 0; j < item->n; j++)
            c->params->value[item->at + j] =
                start[item->at + j] + (float)(side ? step : -step) * d[j];
        value[side] = c->forward(c->user);
        if (c->sides(c->user) != sides)
            fail_msg("%s: %s: a step of %g crosses a kink", c->what, item->name, step);
    }
    memcpy(c->params->value + item->at, start + item->at, item->n * sizeof *start);
    return (value[1] - value[0]) / (2 * step);
}

/* One tensor along a random direction; the error as a share of the terms. */
static inline double slope_error(const slope_check *c, const sfd_param *item, const float *start,
                                 const float *grad, test_random *r)
{
    double slope = 0, size = c->floor_size;
    float *d = malloc(item->n * sizeof *d);
    assert_non_null(d);
    random_fill_reals(r, d, item->n);
    for (size_t j = 0; j < item->n; j++) {
        slope += (double)grad[item->at + j] * (double)d[j];
        size += fabs((double)grad[item->at + j] * (double)d[j]);
    }
    const double measured = (4 * slope_difference(c, item, start, d, c->step) -
                             slope_difference(c, item, start, d, 2 * c->step)) /
                            3;
    const double error = fabs(measured - slope) / size;
    if (!(error <= c->tolerance))
        fail_msg("%s: %s: slope %g, finite difference %g (%g of the terms)", c->what, item->name,
                 slope, measured, error);
    free(d);
    return error;
}

/* Compares the gradient along random directions, one tensor at a time. Steps must be long because
 * the outputs are float32; Richardson's extrapolation takes out the curvature that they then meet.
 * Returns the worst error. */
static inline double check_slopes(const slope_check *c, test_random *r)
{
    const size_t bytes = c->params->n_floats * sizeof(float);
    double worst = 0;
    float *start = malloc(bytes), *grad = malloc(bytes);
    assert_true(start && grad);
    memset(c->params->grad, 0, bytes);
    c->forward(c->user);
    c->backward(c->user);
    memcpy(start, c->params->value, bytes);
    memcpy(grad, c->params->grad, bytes);
    for (size_t i = 0; i < c->params->n; i += SANITIZED ? 3 : 1)
        if (c->params->items[i].learned && !c->params->items[i].frozen)
            worst = fmax(worst, slope_error(c, &c->params->items[i], start, grad, r));
    free(start);
    free(grad);
    return worst;
}

/* Values of `size` to 1.5 * size with random signs. */
static inline void fill_away_from_zero(test_random *r, float *x, size_t n, float size)
{
    random_fill_reals(r, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = size * (x[i] < 0 ? x[i] / 2 - 1 : x[i] / 2 + 1);
}

/* Positions of three channels, ld apart: a permutation of multiples of `gap` in the first and next
 * to nothing in the others, so that a convolution's outputs, too, lie apart. */
static inline void spread_positions(test_random *r, float *x, size_t positions, size_t ld,
                                    float gap)
{
    for (size_t p = 0; p < positions; p++) {
        float *here = x + p * ld, *other = x + (size_t)random_int(r, 0, (int)p) * ld;
        here[0] = other[0];
        other[0] = (float)p * gap;
        here[1] *= gap / 8;
        here[2] *= gap / 8;
    }
}

#endif
