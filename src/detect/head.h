/* SPDX-License-Identifier: Apache-2.0 */
/* Heads: from the last map of each pathway, and boxes, to rows of features and to scores.
 *
 * A kind of head is a set of functions; head.c lists them. What a head computes follows from its
 * description (the configuration and the maps' channels), so that parameters, memory and
 * trainability are known before there are weights. Training (train/heads) has a counterpart for
 * each kind. */
#ifndef SFD_DETECT_HEAD_H
#define SFD_DETECT_HEAD_H

#include "backbone/net.h"
#include "base/notes.h"
#include "base/team.h"
#include "detect/classifier.h"
#include "graph/executor.h"

#define SFD_MAX_MAPS (SFD_MAX_PATHWAYS + 1)

typedef struct sfd_head_kind sfd_head_kind;

typedef struct sfd_head_desc {
    const sfd_head_kind *kind;
    const sfd_net_config *config; /* borrowed */
    int n_pathways;
    int shrink[SFD_MAX_PATHWAYS]; /* of each pathway's picture */
    size_t n_features;            /* of a row: those of all pathways one after the other */
    size_t n_heard;               /* of these, the last, which the sound's map has; 0: none */
    sfd_classifier_desc classifier;
} sfd_head_desc;

/* What a run needs, in floats. */
typedef struct sfd_head_memory {
    size_t shared, per_thread;
    size_t per_row; /* beside the row's features */
} sfd_head_memory;

/* One clip in a head. */
typedef struct sfd_head_run {
    const sfd_map *maps;     /* [n_pathways] float32, and the sound's where there is one */
    const sfd_box_px *boxes; /* [n_boxes] */
    size_t n_boxes;
    const sfd_kernels *kernels;
    sfd_team *team;
    sfd_executor *relation;  /* of the network's relation at the maps' size, NULL where none is */
    float *shared, *scratch; /* scratch [threads][per_thread] */
    size_t scratch_floats;   /* per_thread, at least */
    /* [n_boxes][n_features]: cells of the maxima, for training; NULL: not wanted. Scratch memory is
     * then as wide as all cells and one more. */
    uint16_t *winners;
} sfd_head_run;

struct sfd_head_kind {
    const char *name;
    bool (*fits)(const sfd_net_config *c); /* the configuration's head is of this kind */
    size_t max_boxes;                      /* that it takes: SIZE_MAX or 0 */
    /* Features of a row, for maps of n_channels channels altogether. */
    size_t (*n_features)(const sfd_net_config *c, size_t n_channels);
    sfd_head_memory (*memory)(const sfd_head_desc *d, const sfd_map *maps);
    /* Rows of features for n_boxes boxes and maps of these sizes. Errors: SFD_ERR_ARG (boxes where
     * none are taken or none where some are; maps too small). */
    sfd_status (*n_rows)(size_t *n, const sfd_head_desc *d, const sfd_map *maps,
                         const sfd_box_px *boxes, size_t n_boxes, sfd_error *err);
    /* features [n_rows][n_features], but for those of the sound */
    void (*features)(const sfd_head_desc *d, const sfd_head_run *run, float *features);
    /* Scores [n_boxes or 1][n_classes] of features [n_rows][n_features]; scratch [n_rows][per_row].
     */
    void (*scores)(const sfd_head_desc *d, const sfd_classifier *c, const float *features,
                   size_t n_rows, float *scratch, float *scores);
    /* Those features [n_boxes or 1][n_features] of which the scores are: `out` may not be
     * `features`. */
    void (*summary)(const sfd_head_desc *d, const sfd_kernels *k, const float *features,
                    size_t n_rows, float *out);
    /* The head in words. Errors: SFD_ERR_NOMEM. */
    sfd_status (*remark)(const sfd_head_desc *d, sfd_notes *notes, sfd_error *err);
};

extern const sfd_head_kind sfd_relation_head, sfd_roi_head, sfd_clip_head;

/* The network is borrowed. */
void sfd_head_describe(sfd_head_desc *d, const sfd_net *net);

/* The pathway whose features are the i-th in a row. */
static inline int sfd_head_pathway(const sfd_head_desc *d, int i)
{
    return d->config->fast_first ? d->n_pathways - 1 - i : i;
}

/* The sound's features of n rows, the last of each: the mean over its map's first frame, the same
 * in all. */
void sfd_head_hear(const sfd_head_desc *d, const sfd_head_run *run, float *features, size_t n);

/* The kind's features, and behind them those of the sound. */
void sfd_head_features(const sfd_head_desc *d, const sfd_head_run *run, float *features, size_t n);

/* Rows of n_classes logits -> scores, in place. */
void sfd_head_activate(const sfd_head_desc *d, float *rows, size_t n);

/* ------------------------------------------------------------------ with weights */

typedef struct sfd_head {
    sfd_head_desc desc;
    sfd_classifier classifier;
    float *values[2 * SFD_MAX_CLASSIFIER_LAYERS]; /* the classifier's, owned */
    size_t weights_bytes;
} sfd_head;

/* Takes its values from `weights`, which may be closed afterwards; the network is borrowed. Errors:
 * SFD_ERR_MISMATCH naming a missing or misshapen tensor, what reading gives, SFD_ERR_NOMEM. Freed
 * by sfd_head_free, also after failure. */
sfd_status sfd_head_create(sfd_head *h, const sfd_net *net, const sfd_weights *weights,
                           sfd_error *err);
void sfd_head_free(sfd_head *h);

#endif
