/* SPDX-License-Identifier: Apache-2.0 */
/* From res5 to one row of features per box (detection) or per clip (classification), in training.
 */
#ifndef SFD_TRAIN_ROI_HEAD_H
#define SFD_TRAIN_ROI_HEAD_H

#include "train/train_graph.h"

#include <sfdet/common.h>

/* The boxes of a batch, those of sample n from first[n] to before first[n + 1]. Classification has
 * no boxes: row n is sample n. */
typedef struct sfd_batch_boxes {
    const sfd_box_px *boxes;
    const size_t *first; /* [batch + 1] */
} sfd_batch_boxes;

typedef struct sfd_roi_head {
    const sfd_net *net;
    const sfd_train_graph *graph;
    float *pooled[SFD_MAX_PATHWAYS];   /* [batch][H][W][C]: mean over time */
    float *d_pooled[SFD_MAX_PATHWAYS]; /* its gradient */
    float *scratch;                    /* [n_threads][cells + 1][widest map] */
    size_t scratch_floats;
    float *features, *d_features; /* [rows_alloc][n_features] */
    uint16_t *winners;            /* [rows_alloc][n_features]: cell of the maximum */
    size_t rows_alloc;
} sfd_roi_head;

/* The graph is borrowed. Errors: SFD_ERR_UNSUPPORTED (heads that pool time by maximum or append
 * globally pooled features), SFD_ERR_NOMEM. Freed by sfd_roi_head_free, also after failure. */
sfd_status sfd_roi_head_create(sfd_roi_head *h, const sfd_net *net, const sfd_train_graph *graph,
                               sfd_error *err);
void sfd_roi_head_free(sfd_roi_head *h);

/* Fills features from the graph's outputs. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_roi_head_forward(sfd_roi_head *h, const sfd_batch_boxes *boxes, sfd_error *err);

/* Adds d_features' share to the gradients of the graph's outputs. */
void sfd_roi_head_backward(sfd_roi_head *h, const sfd_batch_boxes *boxes);

#endif
