/* SPDX-License-Identifier: Apache-2.0 */
/* A graph at one picture size: the size of every tensor and its place in one block of memory.
 *
 * Tensors whose lifetimes do not meet share memory. Where an operation may write over one of its
 * inputs that nothing else reads any more, it does: the sum of a residual block lies on its
 * shortcut, so a whole stage updates one map in place. */
#ifndef SFD_GRAPH_PLAN_H
#define SFD_GRAPH_PLAN_H

#include "graph/op.h"

typedef struct sfd_plan_tensor {
    int size[3]; /* T, H, W */
    int channels;
    sfd_dtype dtype;
    size_t ld;     /* elements from position to position */
    size_t offset; /* bytes from the arena's start */
} sfd_plan_tensor;

typedef struct sfd_plan {
    const sfd_graph *graph;   /* must outlive the plan */
    sfd_plan_tensor *tensors; /* [graph->n_tensors] */
    size_t arena_bytes;
    size_t unshared_bytes; /* what it would be if every tensor had memory of its own */
} sfd_plan;

typedef enum sfd_plan_mode {
    SFD_PLAN_SHARE,
    SFD_PLAN_KEEP_ALL, /* every tensor keeps its values until the end: for looking at stages */
    SFD_PLAN_GRADIENTS /* shared on the way back, on which nothing is written over an input */
} sfd_plan_mode;

/* Plans for pictures of height x width. Errors: SFD_ERR_ARG (too small or too large for the
 * network), what the operations refuse, SFD_ERR_NOMEM. Freed by sfd_plan_free, also after failure.
 */
sfd_status sfd_plan_make(sfd_plan *plan, const sfd_graph *graph, int height, int width,
                         sfd_plan_mode mode, sfd_error *err);
/* The same, with memory for the tensors that `wanted` [graph->n_tensors] marks alone (NULL: all),
 * and for all of a map of which they are slices. */
sfd_status sfd_plan_make_for(sfd_plan *plan, const sfd_graph *graph, int height, int width,
                             sfd_plan_mode mode, const bool *wanted, sfd_error *err);
void sfd_plan_free(sfd_plan *plan);

/* The last turn (from 1 on; n_nodes + 1 of outputs) in which a tensor, or a slice of it, is read;
 * 0 of one that is not. */
size_t sfd_plan_last_read(const sfd_graph *graph, int tensor);

/* A tensor, and a node with its tensors, in an arena (NULL: only their shapes). */
sfd_map sfd_plan_map(const sfd_plan *plan, int tensor, void *arena);
sfd_node_view sfd_plan_view(const sfd_plan *plan, const sfd_node *node, void *arena);

#endif
