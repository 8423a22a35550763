/* SPDX-License-Identifier: Apache-2.0 */
/* A network at one picture size: the size of every tensor and its place in one block of memory.
 *
 * Tensors whose lifetimes do not meet share memory. The sum of a residual block is written over its
 * shortcut where nothing else reads that any more, so a whole stage updates one map in place. */
#ifndef SFD_GRAPH_PLAN_H
#define SFD_GRAPH_PLAN_H

#include "graph/graph.h"
#include "kernels/kernels.h"

typedef struct sfd_plan_tensor {
    int size[3]; /* T, H, W */
    int channels;
    size_t ld;     /* floats from position to position */
    size_t offset; /* floats from the arena's start */
} sfd_plan_tensor;

typedef struct sfd_plan {
    const sfd_graph *graph;   /* must outlive the plan */
    sfd_plan_tensor *tensors; /* [graph->n_tensors] */
    size_t arena_floats;
    size_t unshared_floats; /* what it would be if every tensor had memory of its own */
} sfd_plan;

typedef enum sfd_plan_mode {
    SFD_PLAN_SHARE,
    SFD_PLAN_KEEP_ALL /* every tensor keeps its values until the end: for looking at stages */
} sfd_plan_mode;

/* Plans for pictures of height x width. Errors: SFD_ERR_ARG (too small or too large for the
 * network), SFD_ERR_NOMEM. Freed by sfd_plan_free, also after failure. */
sfd_status sfd_plan_make(sfd_plan *plan, const sfd_graph *graph, int height, int width,
                         sfd_plan_mode mode, sfd_error *err);
void sfd_plan_free(sfd_plan *plan);

/* The kernels' view of a layer. */
sfd_conv_shape sfd_plan_conv_shape(const sfd_plan *plan, const sfd_layer *layer, int n_threads);
sfd_pool_shape sfd_plan_pool_shape(const sfd_plan *plan, const sfd_layer *layer);

/* Multiply-adds of a layer. */
double sfd_plan_layer_macs(const sfd_plan *plan, const sfd_layer *layer);

#endif
