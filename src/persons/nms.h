/* SPDX-License-Identifier: Apache-2.0 */
/* Non-maximum suppression of boxes by their order. */
#ifndef SFD_PERSONS_NMS_H
#define SFD_PERSONS_NMS_H

#include <sfdet/common.h>

/* A box with its score. */
typedef struct sfd_scored_box {
    sfd_box_px box;
    float score;
    int level; /* or class */
} sfd_scored_box;

typedef struct sfd_nms_rule {
    float iou;
    bool plus_one; /* as in sfd_rcnn_convention */
    size_t most;   /* boxes wanted */
} sfd_nms_rule;

/* Keeps of a list, best first, each box that overlaps none kept before of its level by more than
 * rule->iou (plus_one: by so much), and returns how many. areas is scratch, [n] or, where that is
 * less, [rule->most]. */
size_t sfd_nms(const sfd_nms_rule *rule, sfd_scored_box *boxes, size_t n, float *areas);

/* Best first; of equal scores, those before stay before. scratch [n]. */
void sfd_scored_sort(sfd_scored_box *boxes, size_t n, sfd_scored_box *scratch);

#endif
