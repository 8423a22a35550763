/* SPDX-License-Identifier: Apache-2.0 */
/* A network with its weights, ready to run: batch norm folded, every convolution's algorithm chosen
 * and its weights prepared. Read-only once created; threads share it. */
#ifndef SFD_BACKBONE_BACKBONE_H
#define SFD_BACKBONE_BACKBONE_H

#include "backbone/net.h"
#include "graph/plan.h"
#include "kernels/kernels.h"

typedef struct sfd_conv_weights {
    const sfd_conv_algorithm *algorithm; /* NULL for layers that are no convolution */
    float *weights;                      /* [n_floats] as the algorithm prepared them */
    size_t n_floats;
    float *bias; /* [cout] */
} sfd_conv_weights;

typedef struct sfd_backbone {
    const sfd_kernels *kernels;
    sfd_net net;
    sfd_conv_weights *conv; /* [net.n_layers] */
    size_t weights_bytes;
} sfd_backbone;

/* Builds the network of `config` and takes its convolutions from `weights` (which may be closed
 * afterwards); `exact` rules out algorithms that round more than a plain sum. Errors:
 * SFD_ERR_MISMATCH naming a missing or misshapen tensor, what reading gives, SFD_ERR_NOMEM. The
 * caller frees with sfd_backbone_free, also after failure. */
sfd_status sfd_backbone_create(sfd_backbone *b, const sfd_net_config *config,
                               const sfd_weights *weights, const sfd_kernels *kernels, bool exact,
                               sfd_error *err);
void sfd_backbone_free(sfd_backbone *b);

/* Finds a tensor and checks its shape. Errors: SFD_ERR_MISMATCH naming file, tensor and both
 * shapes. */
sfd_status sfd_backbone_find_param(const sfd_tensor_info **out, const sfd_weights *weights,
                                   const char *name, int n_dims, const size_t *dims,
                                   sfd_error *err);

/* Reads a tensor into new memory of at least its size (the caller frees). Errors as above. */
sfd_status sfd_backbone_read_param(float **out, const sfd_weights *weights, const char *name,
                                   int n_dims, const size_t *dims, sfd_error *err);

/* Scratch memory that each of n_threads threads needs to run `plan`. */
size_t sfd_backbone_scratch_floats(const sfd_backbone *b, const sfd_plan *plan, int n_threads);

/* Runs all layers with n_threads threads. arena [plan->arena_floats] holds the inputs at their
 * places and afterwards the outputs; scratch [n_threads][scratch_floats], rows 64-byte aligned.
 * layer_s, if not NULL, gets every layer's seconds. Allocates nothing. */
void sfd_backbone_run(const sfd_backbone *b, const sfd_plan *plan, float *arena, float *scratch,
                      size_t scratch_floats, int n_threads, double *layer_s);

#endif
