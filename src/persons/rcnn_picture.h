/* SPDX-License-Identifier: Apache-2.0 */
/* What Faster R-CNN is shown of a picture: its short side 800 pixels, its long side 1333 at most,
 * normalised, and zeros up to multiples of 32. */
#ifndef SFD_PERSONS_RCNN_PICTURE_H
#define SFD_PERSONS_RCNN_PICTURE_H

#include "graph/op.h"
#include "input/resize.h"
#include "persons/rcnn_convention.h"

/* The sizes of a picture on its way. */
typedef struct sfd_rcnn_sizes {
    int width, height;               /* of the picture */
    int in_width, in_height;         /* resized */
    int padded_width, padded_height; /* the network's input */
    double scale;                    /* that in_width and in_height were rounded from */
} sfd_rcnn_sizes;

sfd_rcnn_sizes sfd_rcnn_sizes_of(const sfd_rcnn_convention *v, int width, int height);

/* Fills the input map. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_rcnn_fill(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *sizes,
                         const sfd_rgb *picture, const sfd_map *input, sfd_error *err);

/* A box of the network's picture in pixels of the picture. */
sfd_box_px sfd_rcnn_box_back(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *sizes,
                             const sfd_box_px *box);

#endif
