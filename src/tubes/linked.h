/* SPDX-License-Identifier: Apache-2.0 */
/* Tubes made of boxes. */
#ifndef SFD_TUBES_LINKED_H
#define SFD_TUBES_LINKED_H

#include "tubes/boxes.h"

typedef struct sfd_linked_tube {
    size_t label, video;
    int64_t first_frame;
    size_t n, start; /* its boxes are boxes[start .. start + n - 1], one for each frame */
    double score;
} sfd_linked_tube;

/* Zero-initialised. */
typedef struct sfd_linked {
    sfd_linked_tube *tubes; /* by label, within one in the order in which they were made */
    size_t n, n_alloc;
    float (*boxes)[4];
    size_t n_boxes, n_boxes_alloc;
} sfd_linked;

void sfd_linked_free(sfd_linked *l);

/* Starts a tube, whose boxes then follow one by one. False without memory. */
bool sfd_linked_begin(sfd_linked *l, const sfd_linked_tube *tube);
bool sfd_linked_add(sfd_linked *l, const float corner[4]);

/* Greedily, frame by frame, as MMAction2's evaluator. Brings the boxes into the order of label,
 * video, frame, file. Errors: SFD_ERR_UNSUPPORTED (too many boxes in a frame), SFD_ERR_NOMEM. */
sfd_status sfd_link_boxes(sfd_linked *l, sfd_tube_boxes *b, sfd_error *err);

/* The boxes of each person with one label. Brings the boxes into the order of label, video, person,
 * frame. Errors: SFD_ERR_MISMATCH (nobody has an id), SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM. */
sfd_status sfd_link_persons(sfd_linked *l, sfd_tube_boxes *b, sfd_error *err);

#endif
