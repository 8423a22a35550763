/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors of a network and its head: names, shapes, number, random values. */
#ifndef SFD_DETECT_PARAMS_H
#define SFD_DETECT_PARAMS_H

#include "backbone/net.h"
#include "graph/params.h"

/* The graph's parameters, then the head's. */
sfd_status sfd_model_each_param(const sfd_net *net, sfd_param_fn fn, void *user, sfd_error *err);

/* True when there is a tensor of that name. */
bool sfd_model_has_param(const sfd_net *net, const char *tensor_name);

/* Number of learned values (batch norm's running statistics are not learned). */
size_t sfd_model_count_params(const sfd_net *net);

/* Random weights, the same on every machine: convolutions scaled by fan-in so that activations keep
 * a magnitude of about one, batch norm near the identity. The caller closes *out. */
sfd_status sfd_random_weights(sfd_weights **out, const sfd_net *net, uint64_t seed, sfd_error *err);

#endif
