/* SPDX-License-Identifier: Apache-2.0 */
/* The boxes that a region proposal network starts from: at each position of a level's map one for
 * each ratio of height to width, 1/2, 1 and 2. */
#ifndef SFD_PERSONS_ANCHORS_H
#define SFD_PERSONS_ANCHORS_H

#include "persons/rcnn_graph.h"

typedef struct sfd_anchors {
    sfd_box_px first[SFD_RCNN_ANCHORS]; /* at the first position */
    float step_x, step_y;               /* from position to position */
} sfd_anchors;

/* Level 0 .. 4 (P2 to P6), whose map is width x height, of a padded picture. */
sfd_anchors sfd_anchors_make(sfd_rcnn_anchors rule, int level, int width, int height,
                             int picture_width, int picture_height);

static inline sfd_box_px sfd_anchors_at(const sfd_anchors *a, int ratio, int column, int row)
{
    const float x = (float)column * a->step_x, y = (float)row * a->step_y;
    const sfd_box_px *b = &a->first[ratio];
    return (sfd_box_px){x + b->x1, y + b->y1, x + b->x2, y + b->y2};
}

#endif
