/* SPDX-License-Identifier: Apache-2.0 */
/* A graph with its weights, ready to run: every operation has made of them what it needs. Read-only
 * once created; threads share it. */
#ifndef SFD_GRAPH_EXECUTABLE_H
#define SFD_GRAPH_EXECUTABLE_H

#include "graph/op.h"

/* Is shown every node's maps after its turn, on the thread that runs. */
typedef void (*sfd_observe_fn)(void *user, const sfd_node_view *v);

typedef struct sfd_executable {
    const sfd_kernels *kernels;
    const sfd_graph *graph; /* borrowed */
    void **prepared;        /* [graph->n_nodes], the operations' own; NULL where they need none */
    size_t weights_bytes;
    sfd_observe_fn observe; /* NULL: nobody looks */
    void *observer;
} sfd_executable;

/* Decides the element types of the graph's tensors (types.h), and takes its parameters from the
 * weights (which may be closed afterwards); algorithms are chosen for pictures of height x width
 * and kept for all others. Errors: SFD_ERR_MISMATCH naming a missing or misshapen tensor, what
 * reading gives, SFD_ERR_NOMEM. The caller frees with sfd_executable_free, also after failure. */
sfd_status sfd_executable_create(sfd_executable *x, sfd_graph *graph, int height, int width,
                                 const sfd_prepare_settings *settings, sfd_error *err);
void sfd_executable_free(sfd_executable *x);

#endif
