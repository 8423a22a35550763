/* SPDX-License-Identifier: Apache-2.0 */
/* What the convolution's files share. */
#ifndef SFD_GRAPH_OPS_CONV_IMPL_H
#define SFD_GRAPH_OPS_CONV_IMPL_H

#include "graph/ops/conv.h"

typedef struct sfd_conv_prepared {
    const sfd_conv_algorithm *algorithm;
    float *weights; /* as the algorithm prepared them */
    float *bias;    /* [cout] */
} sfd_conv_prepared;

sfd_status sfd_conv_prepare(void **prepared, size_t *n_bytes, const sfd_node_view *v,
                            const sfd_prepare_settings *s, sfd_error *err);
void sfd_conv_release(void *prepared);

sfd_status sfd_conv_compare(const sfd_node_view *v, const sfd_kernels *k, sfd_team *team,
                            sfd_compare_fn fn, void *user, sfd_error *err);

#endif
