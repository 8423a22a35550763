/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: of each level the best anchors' boxes, thinned out, and of all levels the best. */
#ifndef SFD_PERSONS_RPN_H
#define SFD_PERSONS_RPN_H

#include "graph/executor.h"
#include "persons/nms.h"
#include "persons/rcnn_graph.h"
#include "persons/rcnn_picture.h"

#define SFD_RPN_PER_LEVEL 1000 /* before and after all */

typedef struct sfd_proposals_room {
    sfd_scored_box boxes[SFD_RCNN_LEVELS][SFD_RPN_PER_LEVEL];
    sfd_scored_box all[2][SFD_RCNN_LEVELS * SFD_RPN_PER_LEVEL];
    float areas[SFD_RCNN_LEVELS][SFD_RPN_PER_LEVEL];
    uint32_t places[SFD_RCNN_LEVELS][SFD_RPN_PER_LEVEL];
    size_t n[SFD_RCNN_LEVELS];
} sfd_proposals_room;

/* From the outputs of the first graph to proposals, best first, in the network's picture: at most
 * SFD_RPN_PER_LEVEL of them, at room->all[0]; returns their number. */
size_t sfd_rpn_propose(sfd_proposals_room *room, const sfd_executor *e,
                       const sfd_rcnn_convention *v, const sfd_rcnn_sizes *sizes);

#endif
