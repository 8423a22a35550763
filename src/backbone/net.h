/* SPDX-License-Identifier: Apache-2.0 */
/* Description of a network: layers in running order over numbered tensors, before any weights,
 * picture size or memory. Execution (plan.h), weights (backbone.h) and `sfmodel info` all read this
 * one list.
 *
 * Names are PySlowFast's. Every layer has an output tensor of its own; a tensor that is a channel
 * slice of another (the slow pathway and its lateral connection, concatenated) says so by `parent`.
 */
#ifndef SFD_BACKBONE_NET_H
#define SFD_BACKBONE_NET_H

#include "config/config.h"
#include "weights/weights.h"

#define SFD_MAX_LAYER_NAME 64
#define SFD_NO_TENSOR      (-1)
#define SFD_BN_EPS         1e-5

typedef enum sfd_layer_kind {
    SFD_LAYER_CONV,     /* convolution, batch norm, + residual, ReLU; each but the first optional */
    SFD_LAYER_MAX_POOL, /* padding never wins */
    SFD_LAYER_ATTENTION /* non-local: softmax(queries keys^T / sqrt(C)) values, or the mean of
                           products */
} sfd_layer_kind;

typedef struct sfd_layer {
    sfd_layer_kind kind;
    char name[SFD_MAX_LAYER_NAME]; /* convolution: its weight tensor is name + ".weight" */
    char norm[SFD_MAX_LAYER_NAME]; /* batch norm tensors' prefix, "" without one */
    int input, output;             /* tensors; attention: input holds the queries */
    int residual;                  /* added before ReLU, or SFD_NO_TENSOR */
    int keys, values;              /* attention only */
    int cin, cout, groups;
    int kernel[3], stride[3], padding[3], dilation[3]; /* T, H, W */
    bool bias, relu;
    int pieces; /* attention: parts of the time axis that do not see each other */
} sfd_layer;

typedef struct sfd_net_tensor {
    int channels;
    int parent;         /* tensor that it is a channel slice of, or SFD_NO_TENSOR */
    int parent_channel; /* first channel in it */
} sfd_net_tensor;

/* A tensor with the name under which it is published: "s2.pathway0", "s1_fuse.pathway0". */
typedef struct sfd_net_stage {
    char name[32];
    int tensor;
} sfd_net_stage;

typedef struct sfd_net {
    sfd_net_config config;
    int n_pathways;
    int input[SFD_MAX_PATHWAYS];  /* tensors of 3 channels: normalised RGB */
    int output[SFD_MAX_PATHWAYS]; /* res5 */
    int n_features;               /* columns of the classifier */
    size_t n_tensors, n_layers, n_stages;
    sfd_net_tensor *tensors;
    sfd_layer *layers;
    size_t *order; /* [n_layers] in which layers run, for least memory; NULL: as they are listed */
    sfd_net_stage *stages;
    size_t tensors_alloc, layers_alloc, order_alloc, stages_alloc;
} sfd_net;

/* Errors: what sfd_net_config_check gives, SFD_ERR_NOMEM. Freed by sfd_net_free, also after
 * failure. */
sfd_status sfd_net_build(sfd_net *net, const sfd_net_config *config, sfd_error *err);
void sfd_net_free(sfd_net *net);

/* Index of the layer whose turn it is, 0 .. n_layers - 1. */
static inline size_t sfd_net_layer_at(const sfd_net *net, size_t turn)
{
    return net->order ? net->order[turn] : turn;
}

/* Size of a layer's output along one axis, <= 0 when the input is too small. */
int sfd_layer_out_size(const sfd_layer *layer, int axis, int in_size);

/* Frames of pathway p for a clip of n_frames. */
int sfd_net_pathway_frames(const sfd_net *net, int pathway);

/* Weight tensors in layer order, the classifier last. `user` is handed through; stops at the first
 * status that is not SFD_OK. dims holds n_dims sizes. */
typedef sfd_status (*sfd_param_fn)(void *user, const char *name, int n_dims, const size_t *dims,
                                   sfd_error *err);
sfd_status sfd_net_each_param(const sfd_net *net, sfd_param_fn fn, void *user, sfd_error *err);

/* True when the network has a tensor of that name. */
bool sfd_net_has_param(const sfd_net *net, const char *tensor_name);

/* Number of learned values (batch norm's running statistics are not learned). */
size_t sfd_net_count_params(const sfd_net *net);

/* Random weights, the same on every machine: convolutions scaled by fan-in so that activations keep
 * a magnitude of about one, batch norm near the identity. The caller closes *out. */
sfd_status sfd_net_random_weights(sfd_weights **out, const sfd_net *net, uint64_t seed,
                                  sfd_error *err);

#endif
