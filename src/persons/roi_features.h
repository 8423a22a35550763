/* SPDX-License-Identifier: Apache-2.0 */
/* The features of proposals: RoIAlign on the level of the pyramid that suits a box's size. */
#ifndef SFD_PERSONS_ROI_FEATURES_H
#define SFD_PERSONS_ROI_FEATURES_H

#include "graph/executor.h"
#include "persons/nms.h"
#include "persons/rcnn_graph.h"

/* 0 for P2 up to 3 for P5. */
int sfd_roi_level(const sfd_rcnn_convention *v, const sfd_box_px *box);

/* Fills the cells of n boxes, one below the other, from the maps of the first graph. */
void sfd_roi_features(const sfd_executor *e, const sfd_rcnn_convention *v,
                      const sfd_scored_box *boxes, size_t n, const sfd_map *cells);

#endif
