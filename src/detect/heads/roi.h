/* SPDX-License-Identifier: Apache-2.0 */
/* The RoI head's way from a pathway's map to a box's features, for inference and training. */
#ifndef SFD_DETECT_HEADS_ROI_H
#define SFD_DETECT_HEADS_ROI_H

#include "detect/head.h"
#include "kernels/roi/roi_align.h"

/* A map without time as RoIAlign reads it; pooled [H][W][channels]. */
sfd_roi_map sfd_roi_head_map(const sfd_map *map, const float *pooled);

sfd_roi_settings sfd_roi_head_settings(const sfd_head_desc *d, int pathway);

/* sfd_head_kind.scores and .summary, of boxes' features whatever they are made of. */
void sfd_roi_head_scores(const sfd_head_desc *d, const sfd_classifier *c, const float *features,
                         size_t n_rows, float *scratch, float *scores);
void sfd_roi_head_summary(const sfd_head_desc *d, const sfd_kernels *k, const float *features,
                          size_t n_rows, float *out);

#endif
