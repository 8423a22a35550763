/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of a training graph, one kind per file. */
#ifndef SFD_TRAIN_OPS_LAYERS_H
#define SFD_TRAIN_OPS_LAYERS_H

#include "train/graph.h"

/* Positions of `channels` floats of all samples, ld floats apart. */
typedef struct sfd_batch_map {
    float *x;
    size_t sample_floats; /* from sample to sample */
    size_t ld, positions, channels;
} sfd_batch_map;

/* A part of the batch's positions: those of one sample from `first` to before `end`. */
typedef struct sfd_batch_span {
    size_t sample, first, end;
} sfd_batch_span;

/* Steps through part `part` of `n_parts` of batch * positions; starts with a zeroed *span. */
bool sfd_batch_next_span(sfd_batch_span *span, size_t batch, size_t positions, size_t part,
                         size_t n_parts);

static inline size_t sfd_plan_positions(const sfd_plan_tensor *t)
{
    return (size_t)t->size[0] * (size_t)t->size[1] * (size_t)t->size[2];
}

static inline sfd_batch_map sfd_train_graph_map(const sfd_train_graph *g, float *arena, int tensor)
{
    const sfd_plan_tensor *t = &g->plan.tensors[tensor];
    return (sfd_batch_map){arena + t->offset, g->plan.arena_floats, t->ld, sfd_plan_positions(t),
                           (size_t)t->channels};
}

/* Convolution's own output: `pre` under batch norm, else the output tensor (value or gradient). */
sfd_batch_map sfd_conv_output(const sfd_train_graph *g, size_t layer, bool gradient);

/* Largest needs of a layer, for the graph's memory. */
size_t sfd_conv_train_scratch(const sfd_train_graph *g, const sfd_layer *l);
size_t sfd_conv_train_prepared(const sfd_train_graph *g, const sfd_layer *l);

void sfd_conv_train_forward(sfd_train_graph *g, size_t layer);
void sfd_conv_train_backward(sfd_train_graph *g, size_t layer); /* from its own output's gradient */

/* Batch norm, residual sum and ReLU behind a convolution. Backward leaves the gradient of the
 * convolution's own output where sfd_conv_output finds it. */
void sfd_norm_forward(sfd_train_graph *g, size_t layer);
void sfd_norm_backward(sfd_train_graph *g, size_t layer);

void sfd_pool_train_forward(sfd_train_graph *g, size_t layer);
void sfd_pool_train_backward(sfd_train_graph *g, size_t layer);

size_t sfd_attention_train_scratch(const sfd_train_graph *g, const sfd_layer *l);
void sfd_attention_train_forward(sfd_train_graph *g, size_t layer);
void sfd_attention_train_backward(sfd_train_graph *g, size_t layer);

#endif
