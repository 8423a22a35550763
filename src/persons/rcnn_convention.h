/* SPDX-License-Identifier: Apache-2.0 */
/* What the code bases of Faster R-CNN with FPN do differently with the same network: one struct of
 * switches for each. */
#ifndef SFD_PERSONS_RCNN_CONVENTION_H
#define SFD_PERSONS_RCNN_CONVENTION_H

#include "weights/weights.h"

typedef enum sfd_rcnn_resize {
    SFD_RCNN_RESIZE_PILLOW,       /* bytes, antialiased */
    SFD_RCNN_RESIZE_OPENCV,       /* bytes */
    SFD_RCNN_RESIZE_OPENCV_FLOAT, /* after normalising, by one factor, which boxes are divided by */
    SFD_RCNN_RESIZE_TORCH         /* after normalising, by the sizes' ratios */
} sfd_rcnn_resize;

typedef enum sfd_rcnn_anchors {
    SFD_RCNN_ANCHORS_EXACT,   /* at multiples of the stride */
    SFD_RCNN_ANCHORS_ROUNDED, /* whole corners; stride: the padded picture over the map, in whole
                                 numbers (61 for 800 / 13) */
    SFD_RCNN_ANCHORS_PIXELS /* rounded sides of whole pixels, around the middle of the first cell */
} sfd_rcnn_anchors;

typedef enum sfd_rcnn_ranking {
    SFD_RCNN_RANK_LOGITS,       /* the best of a level, and of all levels, by logit */
    SFD_RCNN_RANK_LOGITS_FIRST, /* the best of a level by logit, then by sigmoid, which rounds */
    SFD_RCNN_RANK_SIGMOID
} sfd_rcnn_ranking;

typedef enum sfd_rcnn_levels {                             /* of a box of side s: */
                               SFD_RCNN_LEVEL_EPS_IN_LOG,  /* floor(4 + log2(s / 224 + eps)) */
                               SFD_RCNN_LEVEL_EPS_OUTSIDE, /* floor(4 + log2(s / 224) + eps) */
                               SFD_RCNN_LEVEL_FROM_FINEST  /* floor(2 + log2(s / 56 + eps)) */
} sfd_rcnn_levels;

typedef struct sfd_rcnn_convention {
    const char *name;
    const char *code_base; /* sfd_weights_code_base */

    /* the network */
    bool affine_norm; /* gain and bias only */
    double eps;       /* of batch norm */
    bool stride_in_1x1;

    /* the picture */
    sfd_rcnn_resize resize;
    bool bgr;
    float mean[3], std[3]; /* in 0..255, in the network's order of channels */

    /* boxes */
    bool plus_one; /* a box reaches to the end of its last pixel: widths are x2 - x1 + 1; IoUs that
                      equal the limit are too much; proposals are clipped to the padded picture */
    bool clamp_shrinking; /* exponents are limited below, too */
    sfd_rcnn_anchors anchors;
    sfd_rcnn_ranking ranking;
    float least_proposal_side, least_side; /* in the network's picture */

    /* features */
    sfd_rcnn_levels levels;
    float level_eps;
    bool aligned; /* RoIAlign with the half-pixel correction */
    int sampling; /* its samples per cell and axis, 0: as many as it is positions long */

    bool background_first; /* among the outputs; else last */
} sfd_rcnn_convention;

/* The convention that the weights' code base has, as far as names, shapes and a configuration in
 * the file tell; `remark` (may be empty) says what was assumed. Errors: SFD_ERR_MISMATCH when it is
 * none of them, SFD_ERR_NOMEM. */
sfd_status sfd_rcnn_convention_of(sfd_rcnn_convention *c, char *remark, size_t remark_size,
                                  const sfd_weights *w, sfd_error *err);

#endif
