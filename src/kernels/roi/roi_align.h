/* SPDX-License-Identifier: Apache-2.0 */
/* RoIAlign, and the maximum over its cells. */
#ifndef SFD_KERNELS_ROI_ROI_ALIGN_H
#define SFD_KERNELS_ROI_ROI_ALIGN_H

#include "kernels/kernels.h"

#include <sfdet/common.h>

/* A map of one frame: [H][W] positions of `channels` floats, ld floats apart. */
typedef struct sfd_roi_map {
    const float *x;
    int height, width, channels;
    size_t ld;
} sfd_roi_map;

typedef struct sfd_roi_settings {
    float scale;  /* pixels of the picture -> positions of the map, 1/16 */
    int cells;    /* along each side */
    bool aligned; /* half-pixel correction; without it boxes are widened to one position */
    int sampling; /* bilinear samples per cell and axis; 0: as many as a cell is positions long */
} sfd_roi_settings;

/* K. He et al., "Mask R-CNN", ICCV 2017: every cell is the mean of its bilinear samples (with
 * sampling 0 ceil(cell height) x ceil(cell width) of them), coordinates in float32; samples more
 * than one position outside the map count as zero. cells: [cells][cells] of `channels` floats, ld
 * apart. */
void sfd_roi_align(const sfd_kernels *k, const sfd_roi_map *map, const sfd_roi_settings *settings,
                   const sfd_box_px *box, float *cells, size_t ld);

/* out [channels] gets the maximum over the cells; `cells`, if not NULL, every cell,
 * [cells][cells][channels]. acc [channels] is scratch. */
void sfd_roi_align_max(const sfd_kernels *k, const sfd_roi_map *map,
                       const sfd_roi_settings *settings, const sfd_box_px *box, float *out,
                       float *cells, float *acc);

/* The gradient of sfd_roi_align_max: d_out [channels] is added to d_map, whose layout `map` tells
 * (map->x is not read), at the samples of each channel's winning cell. */
void sfd_roi_align_max_backward(const sfd_kernels *k, const sfd_roi_map *map,
                                const sfd_roi_settings *settings, const sfd_box_px *box,
                                const uint16_t *winners, const float *d_out, float *d_map,
                                float *acc);

#endif
