/* SPDX-License-Identifier: Apache-2.0 */
/* The classifier in training: dropout, its layers, loss. */
#ifndef SFD_TRAIN_CLASSIFIER_H
#define SFD_TRAIN_CLASSIFIER_H

#include "detect/head.h"
#include "train/params.h"
#include "train/streams.h"

/* How much a mistake counts. Of sigmoids: alpha (1 - p)^gamma times the cross-entropy, with p the
 * probability of what is true (T.-Y. Lin et al., "Focal Loss for Dense Object Detection", ICCV
 * 2017, as MMAction2's BBoxHeadAVA has it). */
typedef struct sfd_loss_settings {
    double focal_gamma, focal_alpha; /* 0 and 1: plain cross-entropy */
    const float *class_weights;      /* [n_classes], borrowed; NULL: all are 1 */
} sfd_loss_settings;

typedef struct sfd_train_classifier {
    sfd_params *params;
    sfd_classifier layers;                      /* its values are the parameters' */
    float *d_weight[SFD_MAX_CLASSIFIER_LAYERS]; /* gradients, the parameters' */
    float *d_bias[SFD_MAX_CLASSIFIER_LAYERS];
    size_t n_features, n_hidden, n_classes;
    bool softmax; /* softmax cross-entropy, mean over rows by their weights; else sigmoid, mean over
                     all outputs */
    sfd_loss_settings loss;
    float dropout;
    float *dropped;           /* [rows_alloc][n_features] */
    float *hidden, *d_hidden; /* [rows_alloc][n_hidden] */
    float *logits;            /* [rows_alloc][n_classes], and then their gradients */
    size_t rows_alloc;
} sfd_train_classifier;

/* Of the head that `d` describes. Errors: SFD_ERR_UNSUPPORTED when its activation has no loss or
 * not this one. Freed by sfd_train_classifier_free, also after failure. */
sfd_status sfd_train_classifier_create(sfd_train_classifier *c, const sfd_head_desc *d,
                                       sfd_params *params, double dropout,
                                       const sfd_loss_settings *loss, sfd_error *err);
void sfd_train_classifier_free(sfd_train_classifier *c);

/* Loss of features [n][n_features] against targets [n][n_classes] (0..1) and its gradients: the
 * parameters' are summed into params->grad, the features' go to d_features (NULL: not wanted).
 * `random` decides what drops out. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_train_classifier_step(sfd_train_classifier *c, const float *features,
                                     const float *targets, size_t n, sfd_random random,
                                     float *d_features, double *loss, sfd_error *err);

/* The classifier of `d` with the values of `params`, which it borrows. */
sfd_classifier sfd_params_classifier(const sfd_params *params, const sfd_head_desc *d);

#endif
