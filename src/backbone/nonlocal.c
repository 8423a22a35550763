/* SPDX-License-Identifier: Apache-2.0 */
/* Non-local blocks. Queries come from the full map, keys and values from the pooled one; there is
 * no activation after the sum. */
#include "backbone/parts.h"
#include "graph/ops/attention.h"
#include "graph/ops/max_pool.h"

#include <stdio.h>
#include <string.h>

static int add_pool(sfd_net *net, const sfd_stage_desc *s, const char *prefix, int x)
{
    const int *pool = net->config.nonlocal_pool[s->stage][s->pathway];
    sfd_window window = sfd_window_one;
    char name[SFD_MAX_NODE_NAME];
    if (pool[0] == 1 && pool[1] == 1 && pool[2] == 1)
        return x;
    memcpy(window.kernel, pool, sizeof window.kernel);
    memcpy(window.stride, pool, sizeof window.stride);
    snprintf(name, sizeof name, "%s.pool", prefix);
    return sfd_graph_add_max_pool(&net->graph, name, &window, x);
}

/* Keys or values: a 1x1x1 convolution of the max-pooled map. */
static int add_pooled_conv(sfd_net *net, const sfd_stage_desc *s, const char *prefix,
                           const char *which, int x)
{
    const bool pool_after_conv = net->config.nonlocal_pool_after_conv;
    sfd_conv_attributes conv = sfd_conv_defaults(s->cout / 2);
    conv.bias = true;
    if (!pool_after_conv)
        x = add_pool(net, s, prefix, x);
    x = sfd_add_conv(net, prefix, which, NULL, conv, x, SFD_NO_TENSOR);
    return pool_after_conv ? add_pool(net, s, prefix, x) : x;
}

int sfd_add_nonlocal(sfd_net *net, const sfd_stage_desc *s, int block, int x)
{
    const sfd_net_config *c = &net->config;
    const sfd_attention_attributes attention = {.pieces = c->nonlocal_group[s->stage][s->pathway],
                                                .softmax =
                                                    c->nonlocal_kind == SFD_NONLOCAL_SOFTMAX};
    char prefix[SFD_MAX_PREFIX], name[SFD_MAX_NODE_NAME];
    snprintf(prefix, sizeof prefix, "s%d.pathway%d_nonlocal%d", s->stage + 2, s->pathway, block);
    snprintf(name, sizeof name, "%s.attention", prefix);

    sfd_conv_attributes theta = sfd_conv_defaults(s->cout / 2);
    theta.bias = true;
    const int queries = sfd_add_conv(net, prefix, ".conv_theta", NULL, theta, x, SFD_NO_TENSOR);
    const int keys = add_pooled_conv(net, s, prefix, ".conv_phi", x);
    const int values = add_pooled_conv(net, s, prefix, ".conv_g", x);
    const int y =
        sfd_graph_add_attention(&net->graph, name, &attention, (int[]){queries, keys, values});

    sfd_conv_attributes out = sfd_conv_defaults(s->cout);
    out.bias = c->family != SFD_FAMILY_MMACTION2;
    return sfd_add_conv(net, prefix, ".conv_out", ".bn", out, y, x);
}
