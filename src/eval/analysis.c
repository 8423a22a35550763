/* SPDX-License-Identifier: Apache-2.0 */
/* Naming the errors: each false positive and each missed truth gets one kind. After D. Bolya et
 * al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020, for boxes that
 * carry several labels at once. */
#include "eval/analysis.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

#define PLACE_IOU 0.1

void sfd_analysis_free(sfd_analysis *a)
{
    sfd_matches_free(&a->m);
    sfd_frame_groups_free(&a->truth);
    sfd_frame_groups_free(&a->found);
    free(a->ranks);
    free(a->tp);
    free(a->taken);
    free(a->kind);
    free(a->missed_kind);
    *a = (sfd_analysis){0};
}

static bool allocate(sfd_analysis *a)
{
    size_t n = a->m.start[a->m.max_id + 1], n_truth = a->e->truth.n;
    a->tp = sfd_malloc_array(n, sizeof *a->tp);
    a->kind = sfd_malloc_array(n, sizeof *a->kind);
    a->taken = sfd_malloc_array(n_truth, sizeof *a->taken);
    a->missed_kind = sfd_malloc_array(n_truth, sizeof *a->missed_kind);
    return a->tp && a->kind && a->taken && a->missed_kind &&
           sfd_group_by_frame(&a->truth, &a->e->truth, a->e->frames.n) &&
           sfd_group_by_frame(&a->found, a->detections, a->e->frames.n);
}

/* Does any row of the group overlap the box enough? */
static bool overlaps_any(const sfd_analysis *a, const sfd_box_norm *box, const sfd_rows *rows,
                         const sfd_frame_groups *g, uint32_t frame)
{
    for (size_t i = g->start[frame]; i < g->start[frame + 1]; i++)
        if (sfd_iou(box, &rows->items[g->rows[i]].box, a->e->rules->float32) >= a->iou)
            return true;
    return false;
}

uint32_t sfd_analysis_nearest(const sfd_analysis *a, const sfd_box_norm *box, const sfd_rows *rows,
                              const sfd_frame_groups *g, uint32_t frame)
{
    uint32_t nearest = SFD_NO_TRUTH;
    double best = 0;
    for (size_t i = g->start[frame]; i < g->start[frame + 1]; i++) {
        double iou = sfd_iou(box, &rows->items[g->rows[i]].box, a->e->rules->float32);
        if (iou >= a->iou && iou > best) {
            best = iou;
            nearest = g->rows[i];
        }
    }
    return nearest;
}

static sfd_eval_error_kind false_positive_kind(const sfd_analysis *a, const sfd_match *match)
{
    const sfd_row *r = &a->detections->items[match->row];
    bool has_truth = match->truth != SFD_NO_TRUTH;
    if (has_truth && match->iou >= a->iou)
        return SFD_EVAL_DUPLICATE;
    /* a person with this label would have been picked above */
    if (!a->e->frames.items[r->frame].excluded &&
        overlaps_any(a, &r->box, &a->e->truth, &a->truth, r->frame))
        return SFD_EVAL_LABEL;
    return has_truth && match->iou >= PLACE_IOU ? SFD_EVAL_PLACE : SFD_EVAL_BACKGROUND;
}

static bool truth_counts(const sfd_analysis *a, const sfd_row *r)
{
    return !a->e->frames.items[r->frame].excluded || a->e->rules->counts_excluded;
}

static void name_errors(sfd_analysis *a)
{
    for (size_t i = 0; i < a->m.start[a->m.max_id + 1]; i++)
        a->kind[i] = a->tp[i] ? SFD_NO_ERROR : (uint8_t)false_positive_kind(a, &a->m.items[i]);
    for (size_t i = 0; i < a->e->truth.n; i++) {
        const sfd_row *r = &a->e->truth.items[i];
        a->missed_kind[i] = SFD_NO_ERROR;
        if (!a->taken[i] && truth_counts(a, r))
            a->missed_kind[i] = overlaps_any(a, &r->box, a->detections, &a->found, r->frame)
                                    ? SFD_EVAL_LOW_SCORE
                                    : SFD_EVAL_NO_BOX;
    }
}

sfd_status sfd_analysis_make(sfd_analysis *a, const sfd_eval *e, const sfd_rows *detections,
                             double iou, sfd_error *err)
{
    *a = (sfd_analysis){.e = e, .detections = detections, .iou = iou};
    if (!(iou > PLACE_IOU && iou <= 1))
        return sfd_fail(err, SFD_ERR_ARG,
                        "IoU threshold %g of the error analysis is not above %g and at most 1", iou,
                        PLACE_IOU);
    sfd_status st = sfd_match_detections(&a->m, e, detections, err);
    if (st == SFD_OK)
        st = sfd_rank(&a->ranks, &a->m, e, detections, err);
    if (st == SFD_OK && !allocate(a))
        st = sfd_fail_nomem(err, "error analysis");
    if (st != SFD_OK)
        return st;
    sfd_match_positives(a->tp, a->taken, &a->m, e->truth.n, iou);
    name_errors(a);
    return SFD_OK;
}
