/* SPDX-License-Identifier: Apache-2.0 */
/* Which truth each detection picks, class by class. */
#ifndef SFD_EVAL_MATCH_H
#define SFD_EVAL_MATCH_H

#include "base/box.h"
#include "eval/order.h"

#define SFD_NO_TRUTH UINT32_MAX

/* A detection and the truth of its class and frame that it overlaps most. */
typedef struct sfd_match {
    uint32_t row;   /* of the detections */
    uint32_t truth; /* row of the truth; SFD_NO_TRUTH: none of this class in this frame */
    double iou;     /* 0 without a truth; may be NaN */
} sfd_match;

/* Independent of the IoU threshold. */
typedef struct sfd_matches {
    int max_id;
    sfd_match
        *items; /* class by class, frame by frame in the dialect's order, then in the frame's */
    size_t
        *start; /* [max_id + 2]: those of class c are items[start[c]] to items[start[c + 1] - 1] */
    size_t *n_gt;                                          /* [max_id + 1] */
    size_t n_excluded, n_unknown, n_over_limit, n_no_area; /* detections that are not matched */
} sfd_matches;

/* Errors: SFD_ERR_NOMEM; SFD_ERR_FORMAT for inverted boxes where the original refuses them. *out is
 * zeroed then. */
sfd_status sfd_match_detections(sfd_matches *out, const sfd_eval *e, const sfd_rows *detections,
                                sfd_error *err);
void sfd_matches_free(sfd_matches *m);

/* Marks the true positives at a threshold: tp[start[max_id + 1]]. taken [truth rows] receives which
 * truths were found. */
void sfd_match_positives(bool *tp, bool *taken, const sfd_matches *m, size_t n_truth, double iou);

/* In the dialect's arithmetic. */
double sfd_iou(const sfd_box_norm *a, const sfd_box_norm *b, bool float32);

#endif
