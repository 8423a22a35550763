/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors that a graph owns, and finding them in a file's. */
#ifndef SFD_GRAPH_PARAMS_H
#define SFD_GRAPH_PARAMS_H

#include "graph/graph.h"
#include "weights/weights.h"

/* Weight tensors in layer order. `user` is handed through; stops at the first status that is not
 * SFD_OK. dims holds n_dims sizes. */
typedef sfd_status (*sfd_param_fn)(void *user, const char *name, int n_dims, const size_t *dims,
                                   sfd_error *err);
sfd_status sfd_graph_each_param(const sfd_graph *g, sfd_param_fn fn, void *user, sfd_error *err);

/* Finds a tensor and checks its shape. Errors: SFD_ERR_MISMATCH naming file, tensor and both
 * shapes. */
sfd_status sfd_param_find(const sfd_tensor_info **out, const sfd_weights *weights, const char *name,
                          int n_dims, const size_t *dims, sfd_error *err);

/* Reads a tensor into new memory of at least its size (the caller frees). Errors as above. */
sfd_status sfd_param_read(float **out, const sfd_weights *weights, const char *name, int n_dims,
                          const size_t *dims, sfd_error *err);

#endif
