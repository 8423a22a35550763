/* SPDX-License-Identifier: Apache-2.0 */
/* A graph in training: forward with batch statistics, and backward, for a batch of clips of one
 * size.
 *
 * Every sample has an arena of the same layout (plan.h, all tensors kept): values in one block,
 * gradients in another. Gradients are summed into, so that a tensor may be read by several nodes.
 * Sums over the batch are taken in parts, one for each thread of the team, that are added in order:
 * the same number of threads gives the same bits. */
#ifndef SFD_TRAIN_TRAIN_GRAPH_H
#define SFD_TRAIN_TRAIN_GRAPH_H

#include "graph/plan.h"
#include "train/params.h"

typedef struct sfd_train_op sfd_train_op; /* train/op.h */

/* Memory that a node's operation asks for, in bytes. */
typedef struct sfd_train_needs {
    size_t kept_sample; /* of each sample, from forward to backward */
    size_t kept;        /* of the batch, from forward to backward */
    size_t shared;      /* during forward or backward of this node alone */
    size_t thread;      /* of each thread, as long as that */
} sfd_train_needs;

typedef struct sfd_train_node {
    const sfd_node *node;
    const sfd_train_op *op;
    bool frozen; /* its parameters stay as they are */
    bool learns; /* this node or one before it: the output's gradient is wanted */
    void *own;   /* what the operation knows of the node */
    sfd_train_needs needs;
    size_t kept_sample_at, kept_at; /* places of its kept memory */
} sfd_train_node;

typedef struct sfd_train_graph {
    const sfd_graph *graph; /* borrowed, as params and team */
    sfd_params *params;
    const sfd_kernels *kernels;
    sfd_team *team;
    sfd_plan plan;
    size_t batch;
    sfd_train_node *nodes;  /* [graph->n_nodes] */
    bool *wanted;           /* [graph->n_tensors]: whose gradients something learned needs */
    sfd_train_needs totals; /* kept: sums over the nodes; the others: maxima */
    char *value, *grad;     /* [batch][plan.arena_bytes] */
    char *kept_samples;     /* [batch][totals.kept_sample] */
    char *kept;             /* [totals.kept] */
    char *shared;           /* [totals.shared] */
    char *scratch;          /* [team's size][totals.thread] */
} sfd_train_graph;

/* Errors: SFD_ERR_ARG (picture too small), SFD_ERR_UNSUPPORTED (an operation that cannot be
 * trained), SFD_ERR_NOMEM. Freed by sfd_train_graph_free, also after failure. */
sfd_status sfd_train_graph_create(sfd_train_graph *g, const sfd_graph *graph, sfd_params *params,
                                  const sfd_kernels *kernels, size_t batch, int height, int width,
                                  sfd_team *team, sfd_error *err);
void sfd_train_graph_free(sfd_train_graph *g);

/* A tensor of a sample, float32. */
static inline float *sfd_train_graph_value(const sfd_train_graph *g, int tensor, size_t sample)
{
    return (float *)(g->value + sample * g->plan.arena_bytes + g->plan.tensors[tensor].offset);
}

static inline float *sfd_train_graph_grad(const sfd_train_graph *g, int tensor, size_t sample)
{
    return (float *)(g->grad + sample * g->plan.arena_bytes + g->plan.tensors[tensor].offset);
}

static inline bool sfd_train_graph_wants(const sfd_train_graph *g, int tensor)
{
    bool wanted = false;
    for (; tensor != SFD_NO_TENSOR && !wanted; tensor = g->graph->tensors[tensor].parent)
        wanted = g->wanted[tensor];
    return wanted;
}

/* From the input tensors' values to all others; updates the running statistics, but for those of
 * frozen nodes, which normalise by them as inference does. */
void sfd_train_graph_forward(sfd_train_graph *g);

/* Clears the gradients of all tensors: the head then fills those of the outputs. */
void sfd_train_graph_clear_grads(sfd_train_graph *g);

/* From the gradients of the outputs to params->grad, which is summed into; what only frozen
 * parameters would need is left out. */
void sfd_train_graph_backward(sfd_train_graph *g);

#endif
