/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors that a network owns, and finding them in a file's. */
#ifndef SFD_GRAPH_PARAMS_H
#define SFD_GRAPH_PARAMS_H

#include "graph/graph.h"
#include "weights/weights.h"

/* What a parameter does: how it starts, whether it is learned and decays. */
typedef enum sfd_param_role {
    SFD_PARAM_WEIGHT, /* [outputs][inputs ...] of a convolution or linear layer */
    SFD_PARAM_BIAS,   /* added */
    SFD_PARAM_GAIN,   /* multiplied, about 1 */
    SFD_PARAM_MEAN,   /* running statistics, which are not learned */
    SFD_PARAM_VARIANCE
} sfd_param_role;

typedef struct sfd_param_desc {
    const char *name;
    int n_dims;
    const size_t *dims; /* [n_dims] */
    sfd_param_role role;
} sfd_param_desc;

size_t sfd_param_elements(const sfd_param_desc *p);

static inline bool sfd_param_is_learned(const sfd_param_desc *p)
{
    return p->role != SFD_PARAM_MEAN && p->role != SFD_PARAM_VARIANCE;
}

/* Gets one parameter, lent for the call. `user` is handed through; a status that is not SFD_OK ends
 * the walk. */
typedef sfd_status (*sfd_param_fn)(void *user, const sfd_param_desc *p, sfd_error *err);

/* In the order of the nodes. */
sfd_status sfd_graph_each_param(const sfd_graph *g, sfd_param_fn fn, void *user, sfd_error *err);

/* Finds a tensor and checks its shape. Errors: SFD_ERR_MISMATCH naming file, tensor and both
 * shapes. */
sfd_status sfd_param_find(const sfd_tensor_info **out, const sfd_weights *weights,
                          const sfd_param_desc *p, sfd_error *err);

/* Reads a tensor into new memory of at least its size (the caller frees). Errors as above. */
sfd_status sfd_param_read(float **out, const sfd_weights *weights, const sfd_param_desc *p,
                          sfd_error *err);

#endif
