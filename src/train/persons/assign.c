/* SPDX-License-Identifier: Apache-2.0 */
#include "train/persons/assign.h"

#include "base/alloc.h"
#include "base/box.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

#define CENTRE_CELLS   2.5F
#define OVERLAP_WEIGHT 3
#define LEAST_OVERLAP  1e-8F
#define OFF_CENTRE     1e5F /* for cells outside of the box or far from its centre: last choice */
#define MOST_TAKEN     10

sfd_status sfd_assignment_create(sfd_assignment *a, size_t n, sfd_error *err)
{
    *a = (sfd_assignment){.n = n};
    a->truth = sfd_malloc_array(n, sizeof *a->truth);
    a->iou = sfd_malloc_array(n, sizeof *a->iou);
    a->candidate = sfd_malloc_array(n, sizeof *a->candidate);
    a->cost = sfd_malloc_array(n, sizeof *a->cost);
    a->overlap = sfd_malloc_array(n, sizeof *a->overlap);
    a->least = sfd_malloc_array(n, sizeof *a->least);
    a->cheapest = sfd_malloc_array(n, sizeof *a->cheapest);
    a->cheapest_iou = sfd_malloc_array(n, sizeof *a->cheapest_iou);
    a->n_takers = sfd_malloc_array(n, sizeof *a->n_takers);
    return a->truth && a->iou && a->candidate && a->cost && a->overlap && a->least && a->cheapest &&
                   a->cheapest_iou && a->n_takers
               ? SFD_OK
               : sfd_fail_nomem(err, "assigning persons");
}

void sfd_assignment_free(sfd_assignment *a)
{
    free(a->truth);
    free(a->iou);
    free(a->candidate);
    free(a->cost);
    free(a->overlap);
    free(a->least);
    free(a->cheapest);
    free(a->cheapest_iou);
    free(a->n_takers);
    *a = (sfd_assignment){0};
}

static bool is_inside(const sfd_cell *c, const sfd_box_px *b)
{
    return c->x > b->x1 && c->x < b->x2 && c->y > b->y1 && c->y < b->y2;
}

static bool is_central(const sfd_cell *c, const sfd_box_px *b)
{
    const float reach = CENTRE_CELLS * c->side;
    return fabsf(c->x - (b->x1 + b->x2) / 2) < reach && fabsf(c->y - (b->y1 + b->y2) / 2) < reach;
}

static void begin(sfd_assignment *a, const sfd_cell *cells, const sfd_box_px *truth, size_t n_truth)
{
    a->n_found = 0;
    for (size_t i = 0; i < a->n; i++) {
        a->truth[i] = a->cheapest[i] = SFD_NO_TRUTH;
        a->iou[i] = a->cheapest_iou[i] = 0;
        a->least[i] = INFINITY;
        a->n_takers[i] = 0;
        a->candidate[i] = false;
        for (size_t g = 0; g < n_truth && !a->candidate[i]; g++)
            a->candidate[i] = is_inside(&cells[i], &truth[g]) || is_central(&cells[i], &truth[g]);
    }
}

/* What it would cost each candidate to find this box. */
static void weigh(sfd_assignment *a, const sfd_cell *cells, const sfd_prediction *predictions,
                  const sfd_box_px *truth, int number)
{
    for (size_t i = 0; i < a->n; i++) {
        a->overlap[i] = 0;
        a->cost[i] = INFINITY;
        if (!a->candidate[i])
            continue;
        const bool fits = is_inside(&cells[i], truth) && is_central(&cells[i], truth);
        a->overlap[i] = sfd_box_px_iou(&predictions[i].box, truth);
        a->cost[i] = predictions[i].cost - OVERLAP_WEIGHT * logf(a->overlap[i] + LEAST_OVERLAP) +
                     (fits ? 0 : OFF_CENTRE);
        if (a->cost[i] < a->least[i]) {
            a->least[i] = a->cost[i];
            a->cheapest[i] = number;
            a->cheapest_iou[i] = a->overlap[i];
        }
    }
}

/* The sum of the best overlaps, rounded down; at least 1. */
static int count_wanted(const sfd_assignment *a)
{
    float best[MOST_TAKEN] = {0}, sum = 0; /* falling */
    for (size_t i = 0; i < a->n; i++) {
        float v = a->overlap[i];
        for (int k = 0; k < MOST_TAKEN && v > 0; k++)
            if (v > best[k]) {
                const float lower = best[k];
                best[k] = v;
                v = lower;
            }
    }
    for (int k = 0; k < MOST_TAKEN; k++)
        sum += best[k];
    return sum < 1 ? 1 : (int)sum;
}

static void take_cheapest(sfd_assignment *a, int number)
{
    size_t best = a->n;
    for (size_t i = 0; i < a->n; i++)
        if (a->cost[i] < (best < a->n ? a->cost[best] : INFINITY))
            best = i;
    if (best == a->n)
        return;
    a->cost[best] = INFINITY;
    a->truth[best] = number;
    a->iou[best] = a->overlap[best];
    a->n_takers[best]++;
}

void sfd_simota(sfd_assignment *a, const sfd_cell *cells, const sfd_prediction *predictions,
                const sfd_box_px *truth, size_t n_truth)
{
    begin(a, cells, truth, n_truth);
    for (size_t g = 0; g < n_truth; g++) {
        weigh(a, cells, predictions, &truth[g], (int)g);
        for (int k = count_wanted(a); k > 0; k--)
            take_cheapest(a, (int)g);
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->n_takers[i] > 1) {
            a->truth[i] = a->cheapest[i];
            a->iou[i] = a->cheapest_iou[i];
        }
        a->n_found += a->truth[i] != SFD_NO_TRUTH;
    }
}
