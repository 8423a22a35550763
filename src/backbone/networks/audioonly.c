/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's recognisers of sound: ResNetAudio, after the audio pathway of audiovisual SlowFast,
 * and its ResNet for pictures. Their map is a picture of one frame, H along time and W along
 * frequency, the input is "audio", and layers have the names of a first pathway's. */
#include "backbone/networks/networks.h"
#include "graph/ops/max_pool.h"

#include <stdio.h>

#define STEM_STEPS 9

static int add_input(sfd_net *net)
{
    const sfd_sound_input *in = &net->input.sound;
    const int x = sfd_graph_add_input(&net->graph, "audio", 1, 1);
    sfd_graph_fix_input(&net->graph, x, in->n_steps, in->n_mels);
    return x;
}

static void name_stage(sfd_net *net, int stage, int x)
{
    char name[SFD_MAX_PORT_NAME];
    snprintf(name, sizeof name, "s%d.audio", stage + 2);
    sfd_graph_add_stage(&net->graph, name, x);
}

/* A window of h x w, 'same' but for its stride. */
static sfd_conv_attributes window(int channels, int h, int w, int stride, int dilation)
{
    sfd_conv_attributes conv = sfd_conv_defaults(channels);
    const int kernel[2] = {h, w};
    for (int i = 0; i < 2; i++) {
        conv.window.kernel[1 + i] = kernel[i];
        conv.window.stride[1 + i] = stride;
        conv.window.padding[1 + i] = kernel[i] / 2 * dilation;
        conv.window.dilation[1 + i] = dilation;
    }
    return conv;
}

static sfd_conv_attributes with_relu(sfd_conv_attributes conv)
{
    conv.activation = SFD_ACTIVATION_RELU;
    return conv;
}

/* Where a block begins, and what its stride leaves of that. */
typedef struct block_desc {
    char prefix[SFD_MAX_PREFIX];
    int cmid, cout, stride, dilation;
} block_desc;

static block_desc describe(const sfd_net *net, int stage, int block, int wider)
{
    const sfd_net_config *c = &net->config;
    block_desc b = {.cmid = c->width_per_group << stage,
                    .cout = wider * c->width_per_group << stage,
                    .stride = block == 0 ? c->spatial_strides[stage][0] : 1,
                    .dilation = c->spatial_dilations[stage][0]};
    snprintf(b.prefix, sizeof b.prefix, "s%d.pathway0_res%d", stage + 2, block);
    return b;
}

static int add_shortcut(sfd_net *net, const block_desc *b, int x)
{
    if (sfd_graph_channels(&net->graph, x) == b->cout && b->stride == 1)
        return x;
    return sfd_add_conv(net, b->prefix, ".branch1", ".branch1_bn",
                        window(b->cout, 1, 1, b->stride, 1), x, SFD_NO_TENSOR);
}

/* ------------------------------------------------------------------ ResNetAudio */

/* ConvAudio: windows along time and along frequency through the same place, side by side. It has
 * no dilation, whatever the stage's is. */
static int add_apart(sfd_net *net, const char *prefix, const char *const names[4], int steps,
                     int channels, int stride, int x)
{
    const sfd_conv_attributes t = with_relu(window(channels, steps, 1, stride, 1));
    const sfd_conv_attributes f = with_relu(window(channels, 1, steps, stride, 1));
    const int parts[2] = {sfd_add_conv(net, prefix, names[0], names[1], t, x, SFD_NO_TENSOR),
                          sfd_add_conv(net, prefix, names[2], names[3], f, x, SFD_NO_TENSOR)};
    return sfd_graph_concat(&net->graph, 2, parts);
}

static int add_audio_stem(sfd_net *net)
{
    static const char *const names[4] = {".conv_t", ".conv_t_bn", ".conv_f", ".conv_f_bn"};
    const char *prefix = "s1.pathway0_stem";
    const int channels = net->config.width_per_group;
    const int both = add_apart(net, prefix, names, STEM_STEPS, channels, 1, add_input(net));
    sfd_conv_attributes sum = with_relu(sfd_conv_defaults(channels));
    sum.sums_parts = 2;
    const int x = sfd_add_conv(net, prefix, ".sum", ".bn", sum, both, SFD_NO_TENSOR);
    sfd_graph_add_stage(&net->graph, "s1.audio", x);
    return x;
}

/* What stands between the convolutions of 1x1; not apart it has neither norm nor activation. */
static int add_middle(sfd_net *net, const block_desc *b, bool apart, int x)
{
    static const char *const names[4] = {".branch2.t", ".branch2.t_bn", ".branch2.f",
                                         ".branch2.f_bn"};
    if (apart)
        return add_apart(net, b->prefix, names, 3, b->cmid, b->stride, x);
    return sfd_add_conv(net, b->prefix, ".branch2.b", NULL,
                        window(b->cmid, 3, 3, b->stride, b->dilation), x, SFD_NO_TENSOR);
}

static int add_audio_block(sfd_net *net, int stage, int block, int x)
{
    const block_desc b = describe(net, stage, block, 4);
    int y = sfd_add_conv(net, b.prefix, ".branch2.a", ".branch2.a_bn",
                         with_relu(sfd_conv_defaults(b.cmid)), x, SFD_NO_TENSOR);
    y = add_middle(net, &b, stage < net->config.audio.separate_stages, y);
    return sfd_add_conv(net, b.prefix, ".branch2.c", ".branch2.c_bn",
                        with_relu(sfd_conv_defaults(b.cout)), y, add_shortcut(net, &b, x));
}

void sfd_network_audioonly(sfd_net *net)
{
    int x = add_audio_stem(net);
    for (int stage = 0; stage < SFD_N_STAGES; stage++) {
        for (int block = 0; block < net->config.n_blocks[stage]; block++)
            x = add_audio_block(net, stage, block, x);
        name_stage(net, stage, x);
    }
    sfd_graph_add_output(&net->graph, "audio", x);
}

/* ------------------------------------------------------------------ ResNet */

static int add_picture_stem(sfd_net *net)
{
    const sfd_window pool = {
        .kernel = {1, 3, 3}, .stride = {1, 2, 2}, .padding = {0, 1, 1}, .dilation = {1, 1, 1}};
    const char *prefix = "s1.pathway0_stem";
    const sfd_conv_attributes conv = with_relu(window(net->config.width_per_group, 7, 7, 2, 1));
    int x = sfd_add_conv(net, prefix, ".conv", ".bn", conv, add_input(net), SFD_NO_TENSOR);
    x = sfd_graph_add_max_pool(&net->graph, "s1.pathway0_stem.pool_layer", &pool, x);
    sfd_graph_add_stage(&net->graph, "s1.audio", x);
    return x;
}

/* The second convolution is not dilated. */
static int add_basic_block(sfd_net *net, int stage, int block, int x)
{
    const block_desc b = describe(net, stage, block, 1);
    const int y =
        sfd_add_conv(net, b.prefix, ".branch2.a", ".branch2.a_bn",
                     with_relu(window(b.cmid, 3, 3, b.stride, b.dilation)), x, SFD_NO_TENSOR);
    return sfd_add_conv(net, b.prefix, ".branch2.b", ".branch2.b_bn",
                        with_relu(window(b.cout, 3, 3, 1, 1)), y, add_shortcut(net, &b, x));
}

static int add_bottleneck(sfd_net *net, int stage, int block, int x)
{
    const block_desc b = describe(net, stage, block, 4);
    const bool first = net->config.stride_1x1;
    int y =
        sfd_add_conv(net, b.prefix, ".branch2.a", ".branch2.a_bn",
                     with_relu(window(b.cmid, 1, 1, first ? b.stride : 1, 1)), x, SFD_NO_TENSOR);
    y = sfd_add_conv(net, b.prefix, ".branch2.b", ".branch2.b_bn",
                     with_relu(window(b.cmid, 3, 3, first ? 1 : b.stride, b.dilation)), y,
                     SFD_NO_TENSOR);
    return sfd_add_conv(net, b.prefix, ".branch2.c", ".branch2.c_bn",
                        with_relu(sfd_conv_defaults(b.cout)), y, add_shortcut(net, &b, x));
}

void sfd_network_tsn_audio(sfd_net *net)
{
    int x = add_picture_stem(net);
    for (int stage = 0; stage < SFD_N_STAGES; stage++) {
        for (int block = 0; block < net->config.n_blocks[stage]; block++)
            x = (net->config.basic_blocks ? add_basic_block : add_bottleneck)(net, stage, block, x);
        name_stage(net, stage, x);
    }
    sfd_graph_add_output(&net->graph, "audio", x);
}
