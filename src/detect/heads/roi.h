/* SPDX-License-Identifier: Apache-2.0 */
/* The RoI head's way from a pathway's map to a box's features, for inference and training. */
#ifndef SFD_DETECT_HEADS_ROI_H
#define SFD_DETECT_HEADS_ROI_H

#include "detect/head.h"
#include "kernels/roi/roi_align.h"

/* A map without time as RoIAlign reads it; pooled [H][W][channels]. */
sfd_roi_map sfd_roi_head_map(const sfd_map *map, const float *pooled);

sfd_roi_settings sfd_roi_head_settings(const sfd_head_desc *d, int pathway);

#endif
