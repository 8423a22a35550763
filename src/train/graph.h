/* SPDX-License-Identifier: Apache-2.0 */
/* A network in training: forward with batch statistics, and backward, for a batch of clips of one
 * size.
 *
 * Every sample has an arena of the same layout (plan.h, all tensors kept): values in one block,
 * gradients in another. A convolution with batch norm also keeps its own output, which backward
 * turns into that output's gradient. Gradients are summed into, so that a tensor may be read by
 * several layers. Sums over the batch are taken in parts, one for each of n_threads, that are added
 * in order: the same number of threads gives the same bits. */
#ifndef SFD_TRAIN_GRAPH_H
#define SFD_TRAIN_GRAPH_H

#include "graph/plan.h"
#include "train/params.h"

#define SFD_BN_MOMENTUM 0.1f
#define SFD_NORM_FOLD   64 /* floats: narrow layers are normalised several positions at once */
#define SFD_NORM_ROWS   6

/* Where a layer finds its values in the parameter block and in the samples' memory. */
typedef struct sfd_train_layer {
    size_t weight, bias;           /* bias only where the layer has one */
    size_t gamma, beta, mean, var; /* batch norm */
    size_t pre;                    /* in a sample's `pre`: output before batch norm, [P][cout] */
    size_t chosen;                 /* max pooling, in a sample's `chosen`: winner of every output */
    size_t stats;                  /* in `stats`: batch mean [cout], 1 / deviation [cout] */
} sfd_train_layer;

typedef struct sfd_train_graph {
    const sfd_graph *graph;
    sfd_params *params;
    const sfd_kernels *kernels;
    sfd_plan plan;
    size_t batch;
    int n_threads;
    sfd_train_layer *layers; /* [graph->n_layers] */
    size_t pre_floats, n_chosen, n_stats, scratch_floats, part_floats;
    float *value, *grad; /* [batch][plan.arena_floats] */
    float *pre;          /* [batch][pre_floats] */
    uint32_t *chosen;    /* [batch][n_chosen] input positions */
    float *stats;        /* [n_stats] */
    float *prepared;     /* one convolution's weights as its algorithm wants them */
    float *flipped;      /* one convolution's weights for the gradient of its input */
    float *zeros;        /* bias of those that have none */
    float *scratch;      /* [n_threads][scratch_floats] */
    float *parts;        /* [n_threads][part_floats]: partial sums */
    double *sums;        /* [n_threads][2 * widest] */
    float *norm_rows;    /* [SFD_NORM_ROWS][widest]: what batch norm knows of each channel */
    size_t widest;       /* channels of the widest layer, at least SFD_NORM_FOLD */
} sfd_train_graph;

/* graph and params are borrowed. Errors: SFD_ERR_ARG (picture too small), SFD_ERR_NOMEM. Freed by
 * sfd_train_graph_free, also after failure. */
sfd_status sfd_train_graph_create(sfd_train_graph *g, const sfd_graph *graph, sfd_params *params,
                                  const sfd_kernels *kernels, size_t batch, int height, int width,
                                  int n_threads, sfd_error *err);
void sfd_train_graph_free(sfd_train_graph *g);

static inline float *sfd_train_graph_value(const sfd_train_graph *g, int tensor, size_t sample)
{
    return g->value + sample * g->plan.arena_floats + g->plan.tensors[tensor].offset;
}

static inline float *sfd_train_graph_grad(const sfd_train_graph *g, int tensor, size_t sample)
{
    return g->grad + sample * g->plan.arena_floats + g->plan.tensors[tensor].offset;
}

/* From the input tensors' values to all others; updates the running statistics. */
void sfd_train_graph_forward(sfd_train_graph *g);

/* Clears the gradients of all tensors: the head then fills those of the outputs. */
void sfd_train_graph_clear_grads(sfd_train_graph *g);

/* From the gradients of the outputs to params->grad, which is summed into. */
void sfd_train_graph_backward(sfd_train_graph *g);

#endif
