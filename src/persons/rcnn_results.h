/* SPDX-License-Identifier: Apache-2.0 */
/* From what the second graph puts out to persons. */
#ifndef SFD_PERSONS_RCNN_RESULTS_H
#define SFD_PERSONS_RCNN_RESULTS_H

#include "graph/op.h"
#include "persons/boxes.h"
#include "persons/nms.h"
#include "persons/rcnn_picture.h"

/* What is read: a proposal's outputs lie at its row of the maps. */
typedef struct sfd_rcnn_outputs {
    const sfd_scored_box *proposals; /* [n] in the network's picture */
    size_t n;
    sfd_map classes, boxes;
} sfd_rcnn_outputs;

/* Candidates, kept from picture to picture. */
typedef struct sfd_rcnn_candidates {
    sfd_scored_box *boxes;
    size_t n, n_alloc;
} sfd_rcnn_candidates;

/* Appends the persons, column `person` of the classes, among the hundred best detections of all
 * classes that score `threshold` or more. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_rcnn_results(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *sizes,
                            const sfd_rcnn_outputs *o, int person, double threshold,
                            sfd_rcnn_candidates *room, sfd_box_list *out, sfd_error *err);

#endif
