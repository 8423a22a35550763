/* SPDX-License-Identifier: Apache-2.0 */
/* Time-strided convolution, batch norm and ReLU. */
#include "backbone/laterals/laterals.h"

int sfd_lateral_conv(sfd_net *net, const char *stage, int fast)
{
    const sfd_net_config *c = &net->config;
    sfd_conv_attributes conv =
        sfd_conv_defaults(sfd_graph_channels(&net->graph, fast) * c->fusion_ratio);
    conv.window.kernel[0] = c->fusion_kernel;
    conv.window.stride[0] = c->alpha;
    conv.window.padding[0] = c->fusion_kernel / 2;
    conv.activation = c->bare_lateral ? SFD_ACTIVATION_NONE : SFD_ACTIVATION_RELU;
    const char *norm = sfd_net_config_listens(c) ? ".bn_f2s" : ".bn";
    return sfd_add_conv(net, stage, ".conv_f2s", c->bare_lateral ? NULL : norm, conv, fast,
                        SFD_NO_TENSOR);
}
