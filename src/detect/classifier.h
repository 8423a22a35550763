/* SPDX-License-Identifier: Apache-2.0 */
/* The last layers of a network, from rows of features to logits: fully connected, with ReLU
 * between. */
#ifndef SFD_DETECT_CLASSIFIER_H
#define SFD_DETECT_CLASSIFIER_H

#include "config/config.h"
#include "graph/params.h"

#define SFD_MAX_CLASSIFIER_LAYERS 2

typedef struct sfd_classifier_layer {
    char name[SFD_MAX_NODE_NAME]; /* its tensors are name + ".weight", [n_out][n_in], and ".bias" */
    size_t n_in, n_out;
} sfd_classifier_layer;

typedef struct sfd_classifier_desc {
    int n_layers;
    sfd_classifier_layer layers[SFD_MAX_CLASSIFIER_LAYERS];
} sfd_classifier_desc;

/* The layers' values, which lie elsewhere. */
typedef struct sfd_classifier {
    sfd_classifier_desc desc;
    const float *weight[SFD_MAX_CLASSIFIER_LAYERS]; /* [n_out][n_in] */
    const float *bias[SFD_MAX_CLASSIFIER_LAYERS];   /* [n_out] */
} sfd_classifier;

void sfd_classifier_describe(sfd_classifier_desc *d, const sfd_net_config *c, size_t n_features);

/* As sfd_graph_each_param. */
sfd_status sfd_classifier_each_param(const sfd_classifier_desc *d, sfd_param_fn fn, void *user,
                                     sfd_error *err);

/* Floats that a row needs for the values between the layers. */
size_t sfd_classifier_hidden_floats(const sfd_classifier_desc *d);

/* rows [n][features] -> logits [n][classes]. hidden [n][hidden_floats] gets what the layers but the
 * last one put out, after ReLU, layer after layer. */
void sfd_classifier_project(const sfd_classifier *c, const float *rows, size_t n, float *hidden,
                            float *logits);

#endif
