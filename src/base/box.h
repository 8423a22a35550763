/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of boxes (types: <sfdet/common.h>), and what makes one usable as a person's. */
#ifndef SFD_BASE_BOX_H
#define SFD_BASE_BOX_H

#include <sfdet/common.h>

/* With both sides inverted an area is positive, too; sfd_box_has_area tells. */
double sfd_box_area(const sfd_box_norm *b);

/* Width and height above 0; false for NaN. */
bool sfd_box_has_area(const sfd_box_norm *b);

/* Intersection over union, bit for bit the AVA evaluators': every operation is rounded on its own,
 * NaN coordinates give NaN, as do two boxes without area in one place. */
double sfd_box_iou(const sfd_box_norm *a, const sfd_box_norm *b);
/* As MMAction2's: differences and areas in float32, the rest in float64. */
double sfd_box_iou_f32(const sfd_box_norm *a, const sfd_box_norm *b);

/* Of boxes in pixels, in float32. */
float sfd_box_px_iou(const sfd_box_px *a, const sfd_box_px *b);

bool sfd_box_same(const sfd_box_norm *a, const sfd_box_norm *b);

/* Detectors put corners this far outside the picture; such boxes are taken as they are. */
#define SFD_BOX_OVERHANG 0.01
/* Trackers follow people out of the picture: up to this share of the box's own width or height may
 * lie outside, and is cut off. */
#define SFD_BOX_MAX_CUT 0.25

typedef enum sfd_box_state {
    SFD_BOX_FITS,
    SFD_BOX_CUT,        /* leaves the picture by up to SFD_BOX_MAX_CUT; to be clipped */
    SFD_BOX_NOT_FINITE, /* unusable from here on */
    SFD_BOX_INVERTED,
    SFD_BOX_OUTSIDE /* of the picture; pixels? */
} sfd_box_state;

/* *corner: the first that is at fault, 0 to 3 for x1, y1, x2, y2. */
sfd_box_state sfd_box_examine(const sfd_box_norm *b, int *corner);

static inline bool sfd_box_usable(sfd_box_state state)
{
    return state <= SFD_BOX_CUT;
}

/* "x1" to "y2", and what a corner in such a state should have been: "x1 or more". */
const char *sfd_box_corner_name(int corner);
const char *sfd_box_wanted(sfd_box_state state, int corner);

/* Cuts off what lies outside 0..1. */
void sfd_box_clip(sfd_box_norm *b);

#endif
