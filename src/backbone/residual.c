/* SPDX-License-Identifier: Apache-2.0 */
/* Residual stages of bottleneck blocks. */
#include "backbone/parts.h"

#include <stdio.h>

/* What a bottleneck's convolutions have in common. */
typedef struct block_desc {
    char prefix[SFD_MAX_PREFIX];
    int stride_1x1, stride_3x3, stride; /* spatial: of the first two convolutions, of the block */
    int time_kernel;
} block_desc;

static block_desc describe_block(const sfd_net *net, const sfd_stage_desc *s, int block)
{
    const sfd_net_config *c = &net->config;
    const int stride = block == 0 ? c->spatial_strides[s->stage][s->pathway] : 1;
    const bool inflated = block < c->num_block_temp_kernel[s->stage][s->pathway];
    /* PySlowFast passes STRIDE_1X1 on in one-pathway networks only */
    const bool stride_on_1x1 =
        c->stride_1x1 && (net->n_pathways == 1 || c->family == SFD_FAMILY_MMACTION2);
    block_desc b = {.stride_1x1 = stride_on_1x1 ? stride : 1,
                    .stride_3x3 = stride_on_1x1 ? 1 : stride,
                    .stride = stride,
                    .time_kernel = !inflated        ? 1
                                   : block % 2 == 0 ? s->kernels.even
                                                    : s->kernels.odd};
    snprintf(b.prefix, sizeof b.prefix, "s%d.pathway%d_res%d", s->stage + 2, s->pathway, block);
    return b;
}

static void set_spatial(int axes[3], int value)
{
    axes[1] = axes[2] = value;
}

/* Convolutions of kT x1x1 and 1x3x3; the dilation sits on the latter. */
static int add_first_two(sfd_net *net, const sfd_stage_desc *s, const block_desc *b, int x)
{
    const int dilation = net->config.spatial_dilations[s->stage][s->pathway];
    sfd_conv_attributes conv = sfd_conv_defaults(s->cmid);
    conv.window.kernel[0] = b->time_kernel;
    conv.window.padding[0] = b->time_kernel / 2;
    set_spatial(conv.window.stride, b->stride_1x1);
    conv.activation = SFD_ACTIVATION_RELU;
    x = sfd_add_conv(net, b->prefix, ".branch2.a", ".branch2.a_bn", conv, x, SFD_NO_TENSOR);

    conv = sfd_conv_defaults(s->cmid);
    conv.groups = net->config.num_groups;
    set_spatial(conv.window.kernel, 3);
    set_spatial(conv.window.stride, b->stride_3x3);
    set_spatial(conv.window.padding, dilation);
    set_spatial(conv.window.dilation, dilation);
    conv.activation = SFD_ACTIVATION_RELU;
    return sfd_add_conv(net, b->prefix, ".branch2.b", ".branch2.b_bn", conv, x, SFD_NO_TENSOR);
}

static int add_block(sfd_net *net, const sfd_stage_desc *s, int block, int x)
{
    const block_desc b = describe_block(net, s, block);
    const int y = add_first_two(net, s, &b, x);
    sfd_conv_attributes conv = sfd_conv_defaults(s->cout);
    if (sfd_graph_channels(&net->graph, x) != s->cout || b.stride != 1) {
        set_spatial(conv.window.stride, b.stride);
        x = sfd_add_conv(net, b.prefix, ".branch1", ".branch1_bn", conv, x, SFD_NO_TENSOR);
        set_spatial(conv.window.stride, 1);
    }
    conv.activation = SFD_ACTIVATION_RELU;
    return sfd_add_conv(net, b.prefix, ".branch2.c", ".branch2.c_bn", conv, y, x);
}

sfd_stage_desc sfd_describe_stage(const sfd_net *net, int stage, int pathway,
                                  sfd_time_kernels kernels, int narrow)
{
    const sfd_net_config *c = &net->config;
    return (sfd_stage_desc){.stage = stage,
                            .pathway = pathway,
                            .cmid = (c->num_groups * c->width_per_group << stage) / narrow,
                            .cout = (4 * c->width_per_group << stage) / narrow,
                            .kernels = kernels};
}

int sfd_add_stage(sfd_net *net, const sfd_stage_desc *s, int x)
{
    const sfd_net_config *c = &net->config;
    for (int block = 0; block < sfd_net_config_blocks(c, s->stage, s->pathway); block++) {
        x = add_block(net, s, block, x);
        if (c->nonlocal_blocks[s->stage][s->pathway] >> block & 1)
            x = sfd_add_nonlocal(net, s, block, x);
    }
    char name[SFD_MAX_PREFIX];
    snprintf(name, sizeof name, "s%d", s->stage + 2);
    sfd_name_stage(net, x, name, s->pathway);
    return x;
}
