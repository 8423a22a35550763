/* SPDX-License-Identifier: Apache-2.0 */
/* All learned values of a network in one block, with their gradients and momenta. */
#ifndef SFD_TRAIN_PARAMS_H
#define SFD_TRAIN_PARAMS_H

#include "backbone/net.h"
#include "graph/params.h"

typedef struct sfd_param {
    char name[SFD_MAX_TENSOR_NAME];
    int n_dims;
    size_t dims[SFD_MAX_DIMS];
    sfd_param_role role;
    size_t at, n; /* place in the block, floats */
    bool learned; /* false: batch norm's running statistics */
    bool frozen;  /* stays as it is, as do the statistics beside it */
    bool of_norm; /* batch norm's */
    bool of_sync; /* of the loss of synchronisation alone: neither read nor written */
} sfd_param;

typedef struct sfd_train_bytes sfd_train_bytes; /* train/bytes.h */

typedef struct sfd_params {
    sfd_param *items;
    size_t n, n_alloc;
    size_t first_head; /* items from here on are the head's */
    size_t n_floats;
    float *value, *grad, *momentum; /* [n_floats] */
    const sfd_train_bytes *bytes;   /* what they are to be quantised to, borrowed; NULL: nothing */
} sfd_params;

/* The graph's tensors, those of the loss of synchronisation, and the head's, zeroed. Errors:
 * SFD_ERR_NOMEM. Freed by sfd_params_free, also after failure. */
sfd_status sfd_params_create(sfd_params *p, const sfd_net *net, sfd_error *err);
/* Of a graph that needs no head. */
sfd_status sfd_params_create_for_graph(sfd_params *p, const sfd_graph *graph, sfd_error *err);
void sfd_params_free(sfd_params *p);

/* Stages of a network: bit 0 is the stem with what hangs on it, bits 1 to 4 are res2 to res5. */
void sfd_params_freeze(sfd_params *p, unsigned stages);

/* NULL when there is none. */
const sfd_param *sfd_params_find(const sfd_params *p, const char *name);

/* K. He et al., "Delving Deep into Rectifiers", ICCV 2015: convolutions with variance 2 / fan-out
 * as PySlowFast; batch norm the identity; the classifier with standard deviation 0.01 and, for
 * sigmoids, a bias that starts every class at a probability of 1 %. With zero_last_norm the last
 * batch norm of a residual block starts with gain 0, the block as its shortcut. */
void sfd_params_init(sfd_params *p, const sfd_net *net, bool zero_last_norm, uint64_t seed);
/* The same for all tensors as a graph's: weights with that variance, gains 1, the others 0. */
void sfd_params_init_graph(sfd_params *p, uint64_t seed);
/* Weights of item i: normal, with this standard deviation. */
void sfd_params_init_normal(sfd_params *p, size_t i, double deviation, uint64_t seed);

/* Takes the tensors from a file's; with keep_head the classifier stays as it is. Errors:
 * SFD_ERR_MISMATCH naming a missing or misshapen tensor, what reading gives. */
sfd_status sfd_params_load(sfd_params *p, const sfd_weights *weights, bool keep_head,
                           sfd_error *err);

/* Copies all values to a new set that knows its configuration; the caller closes *out. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_params_to_weights(sfd_weights **out, const sfd_params *p, const sfd_net *net,
                                 sfd_error *err);
/* Without a configuration. With `of_pictures` convolutions are stored without the time axis, as
 * networks that see one picture are. */
sfd_status sfd_params_copy(sfd_weights **out, const sfd_params *p, const char *name,
                           bool of_pictures, sfd_error *err);

#endif
