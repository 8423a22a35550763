/* SPDX-License-Identifier: Apache-2.0 */
/* A graph with its weights, ready to run: batch norm folded, every convolution's algorithm chosen
 * and its weights prepared. Read-only once created; threads share it. */
#ifndef SFD_GRAPH_EXECUTABLE_H
#define SFD_GRAPH_EXECUTABLE_H

#include "graph/params.h"
#include "graph/plan.h"
#include "kernels/kernels.h"

typedef struct sfd_conv_weights {
    const sfd_conv_algorithm *algorithm; /* NULL for layers that are no convolution */
    float *weights;                      /* [n_floats] as the algorithm prepared them */
    size_t n_floats;
    float *bias; /* [cout] */
} sfd_conv_weights;

typedef struct sfd_executable {
    const sfd_kernels *kernels;
    const sfd_graph *graph; /* borrowed */
    sfd_conv_weights *conv; /* [graph->n_layers] */
    size_t weights_bytes;
} sfd_executable;

/* Takes the graph's convolutions from `weights` (which may be closed afterwards); their algorithms
 * are chosen for pictures of height x width and kept for all others. `exact` rules out algorithms
 * that round more than a plain sum. Errors: SFD_ERR_MISMATCH naming a missing or misshapen tensor,
 * what reading gives, SFD_ERR_NOMEM. The caller frees with sfd_executable_free, also after failure.
 */
sfd_status sfd_executable_create(sfd_executable *x, const sfd_graph *graph, int height, int width,
                                 const sfd_weights *weights, const sfd_kernels *kernels, bool exact,
                                 sfd_error *err);
void sfd_executable_free(sfd_executable *x);

/* Scratch memory that each of n_threads threads needs to run `plan`. */
size_t sfd_executable_scratch_floats(const sfd_executable *x, const sfd_plan *plan, int n_threads);

/* Runs all layers with n_threads threads. arena [plan->arena_floats] holds the inputs at their
 * places and afterwards the outputs; scratch [n_threads][scratch_floats], rows 64-byte aligned.
 * layer_s, if not NULL, gets every layer's seconds. Allocates nothing. */
void sfd_executable_run(const sfd_executable *x, const sfd_plan *plan, float *arena, float *scratch,
                        size_t scratch_floats, int n_threads, double *layer_s);

#endif
