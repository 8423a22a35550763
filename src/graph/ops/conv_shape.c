/* SPDX-License-Identifier: Apache-2.0 */
/* A node's convolution at one picture size. */
#include "graph/ops/conv.h"

#include <string.h>

sfd_conv_shape sfd_conv_node_shape(const sfd_node_view *v, int n_threads)
{
    const sfd_conv_attributes *a = v->node->attributes;
    const sfd_map *in = &v->in[0], *out = &v->out;
    sfd_conv_shape s = {.cin = a->cin,
                        .cout = a->cout,
                        .groups = a->groups,
                        .x_ld = in->ld,
                        .y_ld = out->ld,
                        .x_type = in->dtype,
                        .y_type = out->dtype,
                        .activation = a->activation,
                        .n_threads = n_threads};
    memcpy(s.in, in->size, sizeof s.in);
    memcpy(s.out, out->size, sizeof s.out);
    memcpy(s.kernel, a->window.kernel, sizeof s.kernel);
    memcpy(s.stride, a->window.stride, sizeof s.stride);
    memcpy(s.padding, a->window.padding, sizeof s.padding);
    memcpy(s.dilation, a->window.dilation, sizeof s.dilation);
    if (v->node->n_inputs > 1) {
        s.residual_ld = v->in[1].ld;
        s.residual_type = v->in[1].dtype;
    }
    return s;
}
