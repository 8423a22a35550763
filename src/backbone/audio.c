/* SPDX-License-Identifier: Apache-2.0 */
/* Stem and stages of the pathway that listens, and what is taken from it. */
#include "backbone/audio.h"
#include "graph/ops/row_mean.h"

#include <stdio.h>

#define STEM_STEPS 9

/* One of two windows through the same place, along time (axis 1) or frequency (axis 2). */
static sfd_conv_attributes along(int axis, int length, int channels)
{
    sfd_conv_attributes conv = sfd_conv_defaults(channels);
    conv.window.kernel[axis] = length;
    conv.window.padding[axis] = length / 2;
    return conv;
}

int sfd_add_audio_stem(sfd_net *net)
{
    const sfd_audio_config *a = &net->config.audio;
    const int channels = net->config.width_per_group / a->beta_inv;
    const char *prefix = "s1.pathway2_stem";
    const int x = sfd_graph_add_input(&net->graph, "audio", 1, net->sync_stages ? 2 : 1);
    sfd_graph_fix_input(&net->graph, x, a->n_steps, a->n_mels);
    sfd_conv_attributes time = along(1, STEM_STEPS, channels);
    snprintf(time.sum_norm, sizeof time.sum_norm, "%s.bn", prefix);
    sfd_conv_attributes frequency = along(2, STEM_STEPS, channels);
    frequency.norms_sum = true;
    frequency.activation = SFD_ACTIVATION_RELU;
    const int t = sfd_add_conv(net, prefix, ".conv_t", NULL, time, x, SFD_NO_TENSOR);
    const int sum = sfd_add_conv(net, prefix, ".conv_f", ".bn", frequency, x, t);
    sfd_graph_add_stage(&net->graph, "s1.audio", sum);
    return sum;
}

/* ------------------------------------------------------------------ stages */

static sfd_conv_attributes strided(sfd_conv_attributes conv, int stride)
{
    conv.window.stride[1] = conv.window.stride[2] = stride;
    return conv;
}

/* Time and frequency apart, side by side: what the last convolution reads. */
static int add_apart(sfd_net *net, const char *prefix, int cmid, int stride, int x)
{
    sfd_conv_attributes t = strided(along(1, 3, cmid), stride);
    sfd_conv_attributes f = strided(along(2, 3, cmid), stride);
    t.groups = f.groups = net->config.num_groups;
    t.activation = f.activation = SFD_ACTIVATION_RELU;
    const int parts[2] = {
        sfd_add_conv(net, prefix, ".branch2.t", ".branch2.t_bn", t, x, SFD_NO_TENSOR),
        sfd_add_conv(net, prefix, ".branch2.f", ".branch2.f_bn", f, x, SFD_NO_TENSOR)};
    return sfd_graph_concat(&net->graph, 2, parts);
}

static int add_together(sfd_net *net, const char *prefix, int cmid, int stride, int x)
{
    sfd_conv_attributes a = sfd_conv_defaults(cmid), b = strided(along(1, 3, cmid), stride);
    b.window.kernel[2] = 3;
    b.window.padding[2] = 1;
    b.groups = net->config.num_groups;
    a.activation = b.activation = SFD_ACTIVATION_RELU;
    x = sfd_add_conv(net, prefix, ".branch2.a", ".branch2.a_bn", a, x, SFD_NO_TENSOR);
    return sfd_add_conv(net, prefix, ".branch2.b", ".branch2.b_bn", b, x, SFD_NO_TENSOR);
}

static int add_block(sfd_net *net, int stage, int block, int x)
{
    const sfd_audio_config *a = &net->config.audio;
    const sfd_stage_desc s =
        sfd_describe_stage(net, stage, SFD_AUDIO_PATHWAY, (sfd_time_kernels){1, 1}, a->beta_inv);
    const int stride = stage > 0 && block == 0 && a->halves ? 2 : 1;
    const bool apart = stage < a->separate_stages;
    char prefix[SFD_MAX_PREFIX];
    snprintf(prefix, sizeof prefix, "s%d.pathway2_res%d", stage + 2, block);
    const int y = (apart ? add_apart : add_together)(net, prefix, s.cmid, stride, x);
    sfd_conv_attributes last = sfd_conv_defaults(s.cout);
    if (sfd_graph_channels(&net->graph, x) != s.cout || stride != 1)
        x = sfd_add_conv(net, prefix, ".branch1", ".branch1_bn", strided(last, stride), x,
                         SFD_NO_TENSOR);
    last.activation = SFD_ACTIVATION_RELU;
    return apart ? sfd_add_conv(net, prefix, ".branch2.out", ".branch2.out_bn", last, y, x)
                 : sfd_add_conv(net, prefix, ".branch2.c", ".branch2.c_bn", last, y, x);
}

int sfd_add_audio_stage(sfd_net *net, int stage, int x)
{
    char name[SFD_MAX_PREFIX];
    for (int block = 0; block < net->config.n_blocks[stage]; block++)
        x = add_block(net, stage, block, x);
    snprintf(name, sizeof name, "s%d.audio", stage + 2);
    sfd_graph_add_stage(&net->graph, name, x);
    return x;
}

void sfd_add_audio_output(sfd_net *net, int x)
{
    sfd_graph_add_output(&net->graph, "audio", x);
}

int sfd_add_audio_convs(sfd_net *net, const char *stage, const char *kind, int after, int x,
                        int channels, int alpha)
{
    const sfd_audio_config *a = &net->config.audio;
    const int width = sfd_graph_channels(&net->graph, x);
    const int halved = a->halves && after > 1 ? after - 1 : 0;
    char name[SFD_MAX_NODE_NAME], norm[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "%s.audio_mean", stage);
    x = sfd_graph_add_row_mean(&net->graph, name, x);
    for (int i = 0; i < a->fusion_convs; i++) {
        const bool last = i + 1 == a->fusion_convs;
        sfd_conv_attributes conv =
            sfd_conv_defaults(last                 ? channels
                              : a->fusion_channels ? a->fusion_channels
                                                   : (int)((float)width * a->fusion_ratio));
        conv.window.kernel[1] = a->fusion_kernel;
        conv.window.padding[1] = a->fusion_kernel / 2;
        conv.window.stride[1] = last && alpha >> halved > 0 ? alpha >> halved : 1;
        conv.activation = SFD_ACTIVATION_RELU;
        snprintf(name, sizeof name, ".conv_%s_%d", kind, i);
        snprintf(norm, sizeof norm, ".bn_%s_%d", kind, i);
        x = sfd_add_conv(net, stage, name, norm, conv, x, SFD_NO_TENSOR);
    }
    return x;
}
