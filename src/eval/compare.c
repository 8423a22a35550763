/* SPDX-License-Identifier: Apache-2.0 */
/* Two sets of scores for the same boxes. */
#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <sfdet/compare.h>
#include <stdlib.h>

/* Scores [n_boxes][n_columns] of which class_ids [n_columns] tells the background. */
typedef struct score_pair {
    const float *a, *b;
    size_t n_boxes, n_columns;
    const int *class_ids;
} score_pair;

/* ------------------------------------------------------------------ ranks */

typedef struct ranked {
    float score;
    size_t place;
} ranked;

static int by_score(const void *a, const void *b)
{
    const float x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
    return (x > y) - (x < y);
}

/* Ranks from 1, of equal scores the mean of theirs. */
static void rank(double *ranks, ranked *items, size_t n)
{
    qsort(items, n, sizeof *items, by_score);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && items[end].score == items[first].score; end++)
            ;
        for (size_t i = first; i < end; i++)
            ranks[items[i].place] = 0.5 * (double)(first + 1 + end);
    }
}

static size_t collect(ranked *items, const score_pair *p, const float *scores)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_boxes * p->n_columns; i++)
        if (p->class_ids[i % p->n_columns] >= 0) {
            items[n] = (ranked){scores[i], n};
            n++;
        }
    return n;
}

/* Both have the mean (n + 1) / 2. */
static double correlate(const double *x, const double *y, size_t n)
{
    const double mean = 0.5 * (double)(n + 1);
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
        xy += (x[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx) / sqrt(yy) : NAN;
}

static sfd_status correlate_ranks(double *rho, const score_pair *p, size_t n_scores, sfd_error *err)
{
    ranked *items = sfd_malloc_array(n_scores, sizeof *items);
    double *x = sfd_malloc_array(n_scores, sizeof *x), *y = sfd_malloc_array(n_scores, sizeof *y);
    const bool ok = items && x && y;
    if (ok) {
        rank(x, items, collect(items, p, p->a));
        rank(y, items, collect(items, p, p->b));
        *rho = correlate(x, y, n_scores);
    }
    free(items);
    free(x);
    free(y);
    return ok ? SFD_OK : sfd_fail_nomem(err, "ranking scores");
}

/* ------------------------------------------------------------------ differences */

static void compare_class(sfd_comparison *out, sfd_comparison_class *c, const score_pair *p,
                          size_t column)
{
    for (size_t box = 0; box < p->n_boxes; box++) {
        const double a = (double)p->a[box * p->n_columns + column];
        const double b = (double)p->b[box * p->n_columns + column];
        const double difference = fabs(a - b);
        const bool above_a = a >= out->threshold, above_b = b >= out->threshold;
        c->mean += difference / (double)p->n_boxes;
        c->largest = fmax(c->largest, difference);
        c->n_above_a += above_a;
        c->n_above_b += above_b;
        c->n_gained += above_b && !above_a;
        c->n_lost += above_a && !above_b;
        if (difference > out->largest || (difference == out->largest && box < out->largest_box)) {
            out->largest = difference;
            out->largest_box = box;
            out->largest_id = c->id;
        }
    }
}

static void compare_classes(sfd_comparison *out, const score_pair *p)
{
    out->largest_box = p->n_boxes;
    for (size_t column = 0; column < p->n_columns; column++) {
        if (p->class_ids[column] < 0)
            continue;
        sfd_comparison_class *c = &out->classes[out->n_classes++];
        *c = (sfd_comparison_class){.id = p->class_ids[column]};
        compare_class(out, c, p, column);
        out->mean += c->mean;
        out->n_above_a += c->n_above_a;
        out->n_above_b += c->n_above_b;
        out->n_gained += c->n_gained;
        out->n_lost += c->n_lost;
    }
    out->mean /= (double)out->n_classes;
}

static sfd_status check(const score_pair *p, double threshold, size_t *n_classes, sfd_error *err)
{
    *n_classes = 0;
    for (size_t column = 0; column < p->n_columns; column++)
        *n_classes += p->class_ids[column] >= 0;
    if (p->n_boxes == 0 || *n_classes == 0)
        return sfd_fail(err, SFD_ERR_ARG, "no scores to compare: %zu box%s, %zu class%s",
                        p->n_boxes, p->n_boxes == 1 ? "" : "es", *n_classes,
                        *n_classes == 1 ? "" : "es");
    if (!isfinite(threshold))
        return sfd_fail(err, SFD_ERR_ARG, "threshold %g is not a score", threshold);
    for (size_t i = 0; i < p->n_boxes * p->n_columns; i++)
        if (!isfinite(p->a[i]) || !isfinite(p->b[i]))
            return sfd_fail(err, SFD_ERR_ARG, "the scores %g and %g of box %zu cannot be compared",
                            (double)p->a[i], (double)p->b[i], i / p->n_columns);
    return SFD_OK;
}

sfd_status sfd_compare_scores(sfd_comparison *out, const float *a, const float *b, size_t n_boxes,
                              const int *class_ids, size_t n_classes, double threshold,
                              sfd_error *err)
{
    const score_pair p = {a, b, n_boxes, n_classes, class_ids};
    size_t n_counted;
    *out = (sfd_comparison){0};
    sfd_status status = check(&p, threshold, &n_counted, err);
    if (status != SFD_OK)
        return status;
    *out = (sfd_comparison){.threshold = threshold, .n_boxes = n_boxes, .map_a = NAN, .map_b = NAN};
    out->classes = sfd_malloc_array(n_counted, sizeof *out->classes);
    status = out->classes ? correlate_ranks(&out->rank_correlation, &p, n_boxes * n_counted, err)
                          : sfd_fail_nomem(err, "comparing scores");
    if (status == SFD_OK)
        compare_classes(out, &p);
    else
        sfd_comparison_free(out);
    return status;
}

void sfd_comparison_free(sfd_comparison *c)
{
    if (!c)
        return;
    free(c->classes);
    *c = (sfd_comparison){0};
}
