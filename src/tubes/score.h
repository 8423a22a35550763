/* SPDX-License-Identifier: Apache-2.0 */
/* Average precision of boxes and of tubes. */
#ifndef SFD_TUBES_SCORE_H
#define SFD_TUBES_SCORE_H

#include "tubes/linked.h"

/* Overlaps that may still be computed: real sets want a thousandth of it, and a file that is made
 * for it could want the square of its size. */
typedef struct sfd_overlap_budget {
    double left;
} sfd_overlap_budget;

#define SFD_MAX_OVERLAPS 1e10

/* Takes n. Errors: SFD_ERR_UNSUPPORTED. */
sfd_status sfd_take_overlaps(sfd_overlap_budget *b, double n, const char *path, sfd_error *err);

/* A class's numbers of truths and detections, and AP of the boxes in frames. The class's boxes
 * are boxes[0..n) in the order of the file. Errors: SFD_ERR_UNSUPPORTED (the budget),
 * SFD_ERR_NOMEM. */
sfd_status sfd_score_frames(sfd_eval_tube_class *c, const sfd_tube_truth *t, size_t label,
                            const sfd_tube_box *boxes, size_t n, double iou,
                            sfd_overlap_budget *budget, sfd_error *err);

/* The same of tubes. */
sfd_status sfd_score_tubes(sfd_eval_tube_class *c, const sfd_tube_truth *t, const sfd_linked *l,
                           size_t first, size_t n, sfd_overlap_budget *budget, sfd_error *err);

#endif
