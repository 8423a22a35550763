/* SPDX-License-Identifier: Apache-2.0 */
/* Faster R-CNN with a feature pyramid (S. Ren et al., "Faster R-CNN", NIPS 2015; T.-Y. Lin et al.,
 * "Feature Pyramid Networks for Object Detection", CVPR 2017) as two graphs: from the picture to
 * the pyramid and what is proposed in it, and from the features of proposals to classes and boxes.
 * Names are Detectron2's. */
#ifndef SFD_PERSONS_RCNN_GRAPH_H
#define SFD_PERSONS_RCNN_GRAPH_H

#include "graph/graph.h"
#include "persons/rcnn_convention.h"

#define SFD_RCNN_LEVELS       5 /* P2 to P6, at strides 4 to 64 */
#define SFD_RCNN_ROI_LEVELS   4 /* of which proposals' features come from the first */
#define SFD_RCNN_FIRST_STRIDE 4
#define SFD_RCNN_ANCHORS      3 /* a position */
#define SFD_RCNN_CELLS        7 /* of a proposal, each way */
#define SFD_RCNN_STAGES       4 /* of the residual network */

/* Sizes that the tensors tell. */
typedef struct sfd_rcnn_config {
    int stem;                      /* channels */
    int n_blocks[SFD_RCNN_STAGES]; /* 3 4 6 3: ResNet-50 */
    int width[SFD_RCNN_STAGES];    /* of a stage's 3x3 */
    int channels[SFD_RCNN_STAGES]; /* what the stage puts out */
    int groups[SFD_RCNN_STAGES];   /* of the 3x3 */
    int pyramid;                   /* channels of every level */
    int hidden[2];                 /* outputs of the linear layers */
    int n_outputs;                 /* classes and the background */
} sfd_rcnn_config;

/* Errors: SFD_ERR_MISMATCH naming the tensor. */
sfd_status sfd_rcnn_infer(sfd_rcnn_config *c, const sfd_weights *w, sfd_error *err);

/* Outputs of the first graph. */
enum {
    SFD_RCNN_OUT_LOGITS = 0,                /* [level]: that something is at an anchor */
    SFD_RCNN_OUT_DELTAS = SFD_RCNN_LEVELS,  /* [level]: its box, from the anchor */
    SFD_RCNN_OUT_MAPS = 2 * SFD_RCNN_LEVELS /* [level < ROI_LEVELS] */
};

/* Input "picture", three channels. Errors: SFD_ERR_NOMEM. Both are freed by sfd_graph_free, also
 * after failure. */
sfd_status sfd_rcnn_build(sfd_graph *g, const sfd_rcnn_config *c, const sfd_rcnn_convention *v,
                          const char *name, sfd_error *err);

/* Input "cells": those of n proposals below each other, a map of 7 n x 7. Outputs "classes" and
 * "boxes", maps of n x 1: the linear layers are convolutions. */
sfd_status sfd_rcnn_build_head(sfd_graph *g, const sfd_rcnn_config *c, const sfd_rcnn_convention *v,
                               const char *name, sfd_error *err);

#endif
