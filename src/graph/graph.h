/* SPDX-License-Identifier: Apache-2.0 */
/* A network as a graph: layers over numbered tensors, before any weights, picture size or memory.
 * The plan (plan.h), the weights (executable.h), training and `sfmodel info` all read this one
 * list.
 *
 * Every layer has an output tensor of its own; a tensor that is a channel slice of another (two
 * maps side by side, concatenated) says so by `parent`. */
#ifndef SFD_GRAPH_GRAPH_H
#define SFD_GRAPH_GRAPH_H

#include "base/dtype.h"

#include <sfdet/common.h>

#define SFD_MAX_LAYER_NAME 64
#define SFD_MAX_PORT_NAME  32
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
    int pieces;   /* attention: parts of the time axis that do not see each other */
    bool softmax; /* attention */
} sfd_layer;

typedef struct sfd_graph_tensor {
    int channels;
    int parent;         /* tensor that it is a channel slice of, or SFD_NO_TENSOR */
    int parent_channel; /* first channel in it */
} sfd_graph_tensor;

/* Where pictures come in: `frames` maps of the picture's size. */
typedef struct sfd_graph_input {
    char name[SFD_MAX_PORT_NAME];
    int tensor;
    int frames;
} sfd_graph_input;

/* A tensor with the name under which others find it: an output, a stage. */
typedef struct sfd_graph_port {
    char name[SFD_MAX_PORT_NAME];
    int tensor;
} sfd_graph_port;

typedef struct sfd_graph {
    char name[64]; /* for messages */
    size_t n_tensors, n_layers, n_inputs, n_outputs, n_stages;
    sfd_graph_tensor *tensors;
    sfd_layer *layers;
    size_t *order; /* [n_layers] in which layers run, for least memory */
    sfd_graph_input *inputs;
    sfd_graph_port *outputs; /* kept to the end of a run */
    sfd_graph_port *stages;  /* what else has a name */
    size_t tensors_alloc, layers_alloc, order_alloc, inputs_alloc, outputs_alloc, stages_alloc;
    bool failed; /* an allocation did */
} sfd_graph;

void sfd_graph_free(sfd_graph *g);

/* ------------------------------------------------------------------ building
 *
 * The functions return tensors' numbers. After a failed allocation they do nothing: `failed` is
 * looked at once, at the end. */

int sfd_graph_add_input(sfd_graph *g, const char *name, int channels, int frames);
void sfd_graph_add_output(sfd_graph *g, const char *name, int tensor);
void sfd_graph_add_stage(sfd_graph *g, const char *name, int tensor);

/* Appends the layer with a new tensor of its `cout` channels as output. */
int sfd_graph_add_layer(sfd_graph *g, sfd_layer layer);

/* A map of the channels of `first`, then those of `second`, which become slices of it. */
int sfd_graph_concat(sfd_graph *g, int first, int second);

/* Lets the layers from `second` on, which do not need those from `first` on, run before them. */
void sfd_graph_run_second_first(sfd_graph *g, size_t first, size_t second);

/* ------------------------------------------------------------------ questions */

/* Index of the layer whose turn it is, 0 .. n_layers - 1. */
static inline size_t sfd_graph_layer_at(const sfd_graph *g, size_t turn)
{
    return g->order[turn];
}

/* Number of the input that a tensor is, n_inputs when it is none. */
size_t sfd_graph_find_input(const sfd_graph *g, int tensor);

/* Size of a layer's output along one axis, <= 0 when the input is too small. */
int sfd_layer_out_size(const sfd_layer *layer, int axis, int in_size);

#endif
