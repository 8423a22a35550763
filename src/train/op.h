/* SPDX-License-Identifier: Apache-2.0 */
/* An operation in training, the counterpart of graph/op.h. One file in train/ops/ and one line in
 * train/ops/list.h. */
#ifndef SFD_TRAIN_OP_H
#define SFD_TRAIN_OP_H

#include "train/train_graph.h"

struct sfd_train_op {
    const sfd_op *op;
    size_t own_bytes;
    /* Fills n->own (zeroed before) and n->needs (may be NULL: it needs nothing). */
    void (*bind)(const sfd_train_graph *g, sfd_train_node *n);
    /* Makes of the parameters what forward, or backward, computes with, in prepared memory (may be
     * NULL: nothing). Nodes are prepared side by side, before the first of them runs. */
    void (*prepare)(const sfd_train_graph *g, const sfd_train_node *n, bool backward, int thread);
    /* From the inputs' values to the output's. */
    void (*forward)(sfd_train_graph *g, const sfd_train_node *n);
    /* From the output's gradient, which may be overwritten, to the inputs' and the parameters',
     * which are added to. */
    void (*backward)(sfd_train_graph *g, const sfd_train_node *n);
};

/* NULL for an operation that cannot be trained. */
const sfd_train_op *sfd_train_op_find(const sfd_op *op);

/* ------------------------------------------------------------------ memory */

static inline void *sfd_train_kept_sample(const sfd_train_graph *g, const sfd_train_node *n,
                                          size_t sample)
{
    return g->kept_samples + sample * g->totals.kept_sample + n->kept_sample_at;
}

static inline void *sfd_train_kept(const sfd_train_graph *g, const sfd_train_node *n)
{
    return g->kept + n->kept_at;
}

static inline void *sfd_train_prepared(const sfd_train_graph *g, const sfd_train_node *n)
{
    return g->prepared + n->prepared_at;
}

static inline void *sfd_train_scratch(const sfd_train_graph *g, int thread)
{
    return g->scratch + (size_t)thread * g->totals.thread;
}

/* Adds room for n elements to *bytes, on a cache line of its own; returns where it begins. */
static inline size_t sfd_train_reserve(size_t *bytes, size_t n, size_t size)
{
    const size_t at = *bytes;
    *bytes += (n * size + 63) / 64 * 64;
    return at;
}

/* ------------------------------------------------------------------ maps of a batch */

/* Positions of `channels` floats of all samples, ld floats apart. */
typedef struct sfd_batch_map {
    float *x;
    size_t sample_floats; /* from sample to sample */
    size_t ld, positions, channels;
} sfd_batch_map;

/* A tensor's values or gradients. */
sfd_batch_map sfd_train_values(const sfd_train_graph *g, int tensor);
sfd_batch_map sfd_train_grads(const sfd_train_graph *g, int tensor);

/* A node with the maps of one sample's values. */
static inline sfd_node_view sfd_train_view(const sfd_train_graph *g, const sfd_node *node,
                                           size_t sample)
{
    return sfd_plan_view(&g->plan, node, g->value + sample * g->plan.arena_bytes);
}

/* A part of the batch's positions: those of one sample from `first` to before `end`. */
typedef struct sfd_batch_span {
    size_t sample, first, end;
} sfd_batch_span;

/* Steps through part `part` of `n_parts` of batch * positions; starts with a zeroed *span. */
bool sfd_batch_next_span(sfd_batch_span *span, size_t batch, size_t positions, size_t part,
                         size_t n_parts);

#endif
