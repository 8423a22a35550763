/* SPDX-License-Identifier: Apache-2.0 */
/* Heads in training: from the last maps of a batch to rows of features, and the gradients back. A
 * kind of head that can be trained has a counterpart here; head.c lists them. */
#ifndef SFD_TRAIN_HEADS_HEAD_H
#define SFD_TRAIN_HEADS_HEAD_H

#include "detect/head.h"
#include "train/train_graph.h"

/* The boxes of a batch, those of sample n from first[n] to before first[n + 1]. Heads of whole
 * clips take no boxes: row n is sample n. */
typedef struct sfd_batch_boxes {
    const sfd_box_px *boxes;
    const size_t *first; /* [batch + 1] */
} sfd_batch_boxes;

/* One sample on the way back. */
typedef struct sfd_head_gradient {
    const sfd_map *maps; /* their sizes */
    const sfd_box_px *boxes;
    size_t n_rows;
    const float *d_features; /* [n_rows][n_features] */
    const uint16_t *winners; /* as in sfd_head_run */
    const sfd_kernels *kernels;
    float *const *d_pooled; /* of each pathway [H][W][C], summed into: the mean over time's */
    float *scratch;         /* [widest map] */
} sfd_head_gradient;

typedef struct sfd_train_head_kind {
    const sfd_head_kind *kind; /* whose counterpart it is */
    bool whole_videos;         /* learns from them, a row each; else from boxes */
    /* As sfd_train_head_check. */
    sfd_status (*check)(const sfd_head_desc *d, const sfd_map *maps, sfd_error *err);
    /* A sample's rows of features, and their gradients: but for those of the sound. */
    void (*forward)(const sfd_head_desc *d, const sfd_head_run *run, float *features);
    void (*backward)(const sfd_head_desc *d, const sfd_head_gradient *g);
} sfd_train_head_kind;

extern const sfd_train_head_kind sfd_train_roi_head, sfd_train_clip_head;

/* The counterpart of the head that `config` names. */
const sfd_train_head_kind *sfd_train_head_find(const sfd_net_config *config);

typedef struct sfd_train_head {
    const sfd_train_head_kind *kind;
    sfd_head_desc desc;
    const sfd_train_graph *graph; /* borrowed, as the team */
    sfd_team *team;
    float *shared;                     /* [widest sample]: maps without time */
    float *d_pooled[SFD_MAX_PATHWAYS]; /* [batch][H][W][C]: their gradients */
    float *scratch;                    /* [threads][cells + 1][widest map] */
    size_t scratch_floats;
    float *features, *d_features; /* [rows_alloc][n_features] */
    uint16_t *winners;            /* [rows_alloc][n_features] */
    size_t rows_alloc;
} sfd_train_head;

/* Errors: SFD_ERR_NOMEM. Freed by sfd_train_head_free, also after failure. */
sfd_status sfd_train_head_create(sfd_train_head *h, const sfd_net *net,
                                 const sfd_train_graph *graph, sfd_team *team, sfd_error *err);
void sfd_train_head_free(sfd_train_head *h);

/* Whether what is learned is what inference computes. Errors: SFD_ERR_UNSUPPORTED (a head that can
 * run, but not be trained; maps of another size than its windows). */
sfd_status sfd_train_head_check(const sfd_train_head *h, sfd_error *err);

/* Fills features from the graph's outputs. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_train_head_forward(sfd_train_head *h, const sfd_batch_boxes *boxes, sfd_error *err);

/* Adds d_features' share to the gradients of the graph's outputs. */
void sfd_train_head_backward(sfd_train_head *h, const sfd_batch_boxes *boxes);

#endif
