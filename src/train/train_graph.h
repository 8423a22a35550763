/* SPDX-License-Identifier: Apache-2.0 */
/* A graph in training: forward with batch statistics, and backward, for a batch of clips of one
 * size.
 *
 * What learns nothing, and comes before all that learns, is its start (start.h), run sample by
 * sample as inference runs it.
 *
 * Of the rest every sample has an arena of values, all kept, and one of gradients, which share
 * memory as their turns allow; both of one layout for all samples (plan.h). Gradients are summed
 * into, so that a tensor may be read by several nodes.
 * Sums over the batch are taken in parts, one for each thread of the team, that are added in order:
 * the same number of threads gives the same bits. */
#ifndef SFD_TRAIN_TRAIN_GRAPH_H
#define SFD_TRAIN_TRAIN_GRAPH_H

#include "graph/plan.h"
#include "train/params.h"
#include "train/start.h"

typedef struct sfd_train_op sfd_train_op; /* train/op.h */

/* Memory that a node's operation asks for, in bytes. */
typedef struct sfd_train_needs {
    size_t kept_sample; /* of each sample, from forward to backward */
    size_t kept;        /* of the batch, from forward to backward */
    size_t prepared;    /* what prepare makes for forward, and then for backward */
    size_t shared;      /* during forward or backward of this node alone */
    size_t thread;      /* of each thread, as long as that, and while it prepares */
} sfd_train_needs;

typedef struct sfd_train_node {
    const sfd_node *node;
    const sfd_train_op *op;
    bool frozen; /* its parameters stay as they are */
    bool learns; /* this node or one before it: the output's gradient is wanted */
    bool before; /* it is part of the start */
    void *own;   /* what the operation knows of the node */
    sfd_train_needs needs;
    size_t kept_sample_at, kept_at, prepared_at; /* places of its memory */
} sfd_train_node;

typedef struct sfd_train_graph {
    const sfd_graph *graph; /* borrowed, as params and team */
    sfd_params *params;
    const sfd_kernels *kernels;
    sfd_team *team;
    sfd_train_start start;
    sfd_plan plan, grads; /* of values, of gradients: a tensor has the same rows in both */
    size_t batch;
    sfd_train_node *nodes;  /* [graph->n_nodes] */
    bool skips;             /* until it is set anew, nodes that may be left out are */
    bool *wanted;           /* [graph->n_tensors]: whose gradients something learned needs */
    size_t *last_reads;     /* [graph->n_tensors]: turns, of maps that have a gradient */
    sfd_train_needs totals; /* kept and prepared: sums over the nodes; the others: maxima */
    char *value, *grad;     /* [batch][plan.arena_bytes], [batch][grads.arena_bytes] */
    char *kept_samples;     /* [batch][totals.kept_sample] */
    char *kept;             /* [totals.kept] */
    char *prepared;         /* [totals.prepared] */
    char *shared;           /* [totals.shared] */
    char *scratch;          /* [team's size][totals.thread] */
} sfd_train_graph;

/* Freezing is settled before (sfd_params_freeze). Errors: SFD_ERR_ARG (picture too small),
 * SFD_ERR_UNSUPPORTED (an operation that cannot be trained), SFD_ERR_NOMEM. Freed by
 * sfd_train_graph_free, also after failure. */
sfd_status sfd_train_graph_create(sfd_train_graph *g, const sfd_graph *graph, sfd_params *params,
                                  const sfd_kernels *kernels, size_t batch, int height, int width,
                                  sfd_team *team, sfd_error *err);
void sfd_train_graph_free(sfd_train_graph *g);

/* Takes the start's parameters as they are: before the first forward, and whenever they were
 * replaced. Errors: as sfd_train_start_prepare. */
sfd_status sfd_train_graph_prepare(sfd_train_graph *g, sfd_error *err);

/* A tensor of a sample, float32; none inside of the start. Gradients: only where they are wanted.
 */
static inline float *sfd_train_graph_value(const sfd_train_graph *g, int tensor, size_t sample)
{
    return (float *)(g->value + sample * g->plan.arena_bytes + g->plan.tensors[tensor].offset);
}

static inline float *sfd_train_graph_grad(const sfd_train_graph *g, int tensor, size_t sample)
{
    return (float *)(g->grad + sample * g->grads.arena_bytes + g->grads.tensors[tensor].offset);
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

/* Clears the gradients of the outputs, which the head then fills. */
void sfd_train_graph_clear_grads(sfd_train_graph *g);

/* From the gradients of the outputs to params->grad, which is summed into; what only frozen
 * parameters would need is left out. */
void sfd_train_graph_backward(sfd_train_graph *g);

#endif
