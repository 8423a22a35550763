/* SPDX-License-Identifier: Apache-2.0 */
/* The last layer in training: dropout, linear, loss. */
#ifndef SFD_TRAIN_CLASSIFIER_H
#define SFD_TRAIN_CLASSIFIER_H

#include "train/params.h"
#include "train/streams.h"

typedef struct sfd_classifier {
    sfd_params *params;
    size_t weight, bias; /* places in the block */
    size_t n_features, n_classes;
    bool softmax; /* softmax cross-entropy, mean over rows; else sigmoid, mean over all outputs */
    float dropout;
    float *dropped, *logits; /* [rows_alloc][n_features], [rows_alloc][n_classes] */
    size_t rows_alloc;
} sfd_classifier;

/* Errors: SFD_ERR_UNSUPPORTED when the head's activation has no loss. Freed by sfd_classifier_free,
 * also after failure. */
sfd_status sfd_classifier_create(sfd_classifier *c, const sfd_net *net, sfd_params *params,
                                 double dropout, sfd_error *err);
void sfd_classifier_free(sfd_classifier *c);

/* Loss of features [n][n_features] against targets [n][n_classes] (0..1) and its gradients: the
 * parameters' are summed into params->grad, the features' go to d_features (NULL: not wanted).
 * `random` decides what drops out. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_classifier_step(sfd_classifier *c, const float *features, const float *targets,
                               size_t n, sfd_random random, float *d_features, double *loss,
                               sfd_error *err);

#endif
