/* SPDX-License-Identifier: Apache-2.0 */
/* Building the network description from a configuration. */
#include "backbone/net.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define MAX_PREFIX     32
#define MAX_STAGE_NAME 16

/* Temporal kernels [arch][stem, res2 .. res5][pathway]. */
static const int temporal_kernel[][1 + SFD_N_STAGES][SFD_MAX_PATHWAYS] = {
    [SFD_ARCH_SLOWFAST] = {{1, 5}, {1, 3}, {1, 3}, {3, 3}, {3, 3}},
    [SFD_ARCH_SLOW] = {{1}, {1}, {1}, {3}, {3}},
    [SFD_ARCH_C2D] = {{1}, {1}, {1}, {1}, {1}},
    [SFD_ARCH_2D] = {{1}, {1}, {1}, {1}, {1}},
};

static const char *const pathway_names[SFD_MAX_PATHWAYS] = {"pathway0", "pathway1"};

static void name_stage(sfd_net *net, int tensor, const char *stage, int pathway)
{
    char name[SFD_MAX_PORT_NAME];
    snprintf(name, sizeof name, "%s.%s", stage, pathway_names[pathway]);
    sfd_graph_add_stage(&net->graph, name, tensor);
}

static sfd_layer new_layer(sfd_layer_kind kind, const char *prefix, const char *suffix)
{
    sfd_layer layer = {.kind = kind,
                       .residual = SFD_NO_TENSOR,
                       .keys = SFD_NO_TENSOR,
                       .values = SFD_NO_TENSOR,
                       .groups = 1,
                       .kernel = {1, 1, 1},
                       .stride = {1, 1, 1},
                       .dilation = {1, 1, 1},
                       .pieces = 1};
    snprintf(layer.name, sizeof layer.name, "%s%s", prefix, suffix);
    return layer;
}

static sfd_layer new_conv(const char *prefix, const char *suffix, int input, int cin, int cout)
{
    sfd_layer layer = new_layer(SFD_LAYER_CONV, prefix, suffix);
    layer.input = input;
    layer.cin = cin;
    layer.cout = cout;
    return layer;
}

static void set_norm(sfd_layer *layer, const char *prefix, const char *suffix)
{
    snprintf(layer->norm, sizeof layer->norm, "%s%s", prefix, suffix);
}

/* ------------------------------------------------------------------ parts of the network */

static int add_stem(sfd_net *net, int pathway, int input, int channels)
{
    const int kt = temporal_kernel[net->config.arch][0][pathway];
    char prefix[MAX_PREFIX];
    snprintf(prefix, sizeof prefix, "s1.pathway%d_stem", pathway);

    sfd_layer conv = new_conv(prefix, ".conv", input, 3, channels);
    memcpy(conv.kernel, (int[]){kt, 7, 7}, sizeof conv.kernel);
    memcpy(conv.stride, (int[]){1, 2, 2}, sizeof conv.stride);
    memcpy(conv.padding, (int[]){kt / 2, 3, 3}, sizeof conv.padding);
    conv.relu = true;
    set_norm(&conv, prefix, ".bn");
    int x = sfd_graph_add_layer(&net->graph, conv);

    sfd_layer pool = new_layer(SFD_LAYER_MAX_POOL, prefix, ".pool_layer");
    pool.input = x;
    pool.cin = pool.cout = channels;
    memcpy(pool.kernel, (int[]){1, 3, 3}, sizeof pool.kernel);
    memcpy(pool.stride, (int[]){1, 2, 2}, sizeof pool.stride);
    memcpy(pool.padding, (int[]){0, 1, 1}, sizeof pool.padding);
    x = sfd_graph_add_layer(&net->graph, pool);
    name_stage(net, x, "s1", pathway);
    return x;
}

/* Lateral connection [paper section 3.3, time-strided convolution]: brings fast features to the
 * slow frame rate and appends them after the slow channels. Returns the concatenated tensor. */
static int add_lateral(sfd_net *net, const char *stage, int slow, int fast, int fast_channels)
{
    const sfd_net_config *c = &net->config;
    const int fused = fast_channels * c->fusion_ratio;
    sfd_layer conv = new_conv(stage, ".conv_f2s", fast, fast_channels, fused);
    conv.kernel[0] = c->fusion_kernel;
    conv.stride[0] = c->alpha;
    conv.padding[0] = c->fusion_kernel / 2;
    if (!c->bare_lateral) {
        conv.relu = true;
        set_norm(&conv, stage, ".bn");
    }
    int lateral = sfd_graph_add_layer(&net->graph, conv);
    int both = sfd_graph_concat(&net->graph, slow, lateral);
    name_stage(net, both, stage, 0);
    return both;
}

/* Which residual stage of which pathway, and its widths. */
typedef struct stage_desc {
    int stage, pathway; /* stage 0 is res2 */
    int cin, cmid, cout;
} stage_desc;

/* Bottleneck: kT x1x1, 1x3x3, 1x1x1 plus shortcut; stride and dilation sit on the 3x3. */
static int add_block(sfd_net *net, const stage_desc *s, int block, int x)
{
    const sfd_net_config *c = &net->config;
    const int stride = block == 0 ? c->spatial_strides[s->stage][s->pathway] : 1;
    const int dilation = c->spatial_dilations[s->stage][s->pathway];
    const int cin = block == 0 ? s->cin : s->cout;
    const bool inflated = block < c->num_block_temp_kernel[s->stage][s->pathway];
    const int kt = inflated ? temporal_kernel[c->arch][s->stage + 1][s->pathway] : 1;
    /* PySlowFast passes STRIDE_1X1 on in one-pathway networks only */
    const bool stride_on_1x1 = c->stride_1x1 && net->n_pathways == 1;
    char prefix[MAX_PREFIX];
    snprintf(prefix, sizeof prefix, "s%d.pathway%d_res%d", s->stage + 2, s->pathway, block);

    sfd_layer conv = new_conv(prefix, ".branch2.a", x, cin, s->cmid);
    conv.kernel[0] = kt;
    conv.padding[0] = kt / 2;
    conv.stride[1] = conv.stride[2] = stride_on_1x1 ? stride : 1;
    conv.relu = true;
    set_norm(&conv, prefix, ".branch2.a_bn");
    int y = sfd_graph_add_layer(&net->graph, conv);

    conv = new_conv(prefix, ".branch2.b", y, s->cmid, s->cmid);
    conv.groups = c->num_groups;
    conv.kernel[1] = conv.kernel[2] = 3;
    conv.stride[1] = conv.stride[2] = stride_on_1x1 ? 1 : stride;
    conv.padding[1] = conv.padding[2] = dilation;
    conv.dilation[1] = conv.dilation[2] = dilation;
    conv.relu = true;
    set_norm(&conv, prefix, ".branch2.b_bn");
    y = sfd_graph_add_layer(&net->graph, conv);

    int shortcut = x;
    if (cin != s->cout || stride != 1) {
        conv = new_conv(prefix, ".branch1", x, cin, s->cout);
        conv.stride[1] = conv.stride[2] = stride;
        set_norm(&conv, prefix, ".branch1_bn");
        shortcut = sfd_graph_add_layer(&net->graph, conv);
    }

    conv = new_conv(prefix, ".branch2.c", y, s->cmid, s->cout);
    conv.residual = shortcut;
    conv.relu = true;
    set_norm(&conv, prefix, ".branch2.c_bn");
    return sfd_graph_add_layer(&net->graph, conv);
}

/* Keys or values of a non-local block: a 1x1x1 convolution of the max-pooled map. */
static int add_nonlocal_input(sfd_net *net, const stage_desc *s, const char *prefix,
                              const char *which, int x)
{
    const sfd_net_config *c = &net->config;
    const int *pool = c->nonlocal_pool[s->stage][s->pathway];
    sfd_layer conv = new_conv(prefix, which, x, s->cout, s->cout / 2);
    conv.bias = true;
    if (c->nonlocal_pool_after_conv)
        conv.input = x = sfd_graph_add_layer(&net->graph, conv);
    if (pool[0] > 1 || pool[1] > 1 || pool[2] > 1) {
        sfd_layer max_pool = new_layer(SFD_LAYER_MAX_POOL, prefix, ".pool");
        max_pool.input = x;
        max_pool.cin = max_pool.cout = c->nonlocal_pool_after_conv ? s->cout / 2 : s->cout;
        memcpy(max_pool.kernel, pool, sizeof max_pool.kernel);
        memcpy(max_pool.stride, pool, sizeof max_pool.stride);
        conv.input = x = sfd_graph_add_layer(&net->graph, max_pool);
    }
    return c->nonlocal_pool_after_conv ? x : sfd_graph_add_layer(&net->graph, conv);
}

/* X. Wang et al., "Non-local Neural Networks", CVPR 2018. Queries come from the full map, keys and
 * values from the pooled one; there is no activation after the sum. */
static int add_nonlocal(sfd_net *net, const stage_desc *s, int block, int x)
{
    const sfd_net_config *c = &net->config;
    const int inner = s->cout / 2;
    char prefix[MAX_PREFIX];
    snprintf(prefix, sizeof prefix, "s%d.pathway%d_nonlocal%d", s->stage + 2, s->pathway, block);

    sfd_layer theta = new_conv(prefix, ".conv_theta", x, s->cout, inner);
    theta.bias = true;
    sfd_layer attention = new_layer(SFD_LAYER_ATTENTION, prefix, ".attention");
    attention.input = sfd_graph_add_layer(&net->graph, theta);
    attention.keys = add_nonlocal_input(net, s, prefix, ".conv_phi", x);
    attention.values = add_nonlocal_input(net, s, prefix, ".conv_g", x);
    attention.cin = attention.cout = inner;
    attention.softmax = c->nonlocal_kind == SFD_NONLOCAL_SOFTMAX;
    attention.pieces = c->nonlocal_group[s->stage][s->pathway];

    sfd_layer out =
        new_conv(prefix, ".conv_out", sfd_graph_add_layer(&net->graph, attention), inner, s->cout);
    out.bias = c->family != SFD_FAMILY_MMACTION2;
    out.residual = x;
    set_norm(&out, prefix, ".bn");
    return sfd_graph_add_layer(&net->graph, out);
}

static int add_stage(sfd_net *net, const stage_desc *s, int x)
{
    const sfd_net_config *c = &net->config;
    for (int block = 0; block < c->n_blocks[s->stage]; block++) {
        x = add_block(net, s, block, x);
        if (c->nonlocal_blocks[s->stage][s->pathway] >> block & 1)
            x = add_nonlocal(net, s, block, x);
    }
    char name[MAX_STAGE_NAME];
    snprintf(name, sizeof name, "s%d", s->stage + 2);
    name_stage(net, x, name, s->pathway);
    return x;
}

/* c2d halves the frame rate after res2. */
static int add_time_pool(sfd_net *net, int x, int channels)
{
    sfd_layer pool = new_layer(SFD_LAYER_MAX_POOL, "pathway0_pool", "");
    pool.input = x;
    pool.cin = pool.cout = channels;
    pool.kernel[0] = pool.stride[0] = 2;
    x = sfd_graph_add_layer(&net->graph, pool);
    name_stage(net, x, "s2_pool", 0);
    return x;
}

static void add_all(sfd_net *net)
{
    const sfd_net_config *c = &net->config;
    int x[SFD_MAX_PATHWAYS], channels[SFD_MAX_PATHWAYS];

    for (int p = 0; p < net->n_pathways; p++)
        x[p] = sfd_graph_add_input(&net->graph, pathway_names[p], net->input.pathways[p].channels,
                                   net->input.pathways[p].n_frames);
    for (int p = 0; p < net->n_pathways; p++) {
        channels[p] = c->width_per_group / (p ? c->beta_inv : 1);
        x[p] = add_stem(net, p, x[p], channels[p]);
    }
    for (int stage = 0; stage < SFD_N_STAGES; stage++) {
        if (net->n_pathways == 2) {
            char name[MAX_STAGE_NAME];
            snprintf(name, sizeof name, "s%d_fuse", stage + 1);
            x[0] = add_lateral(net, name, x[0], x[1], channels[1]);
            channels[0] += channels[1] * c->fusion_ratio;
        }
        if (stage == 1 && c->arch == SFD_ARCH_C2D)
            x[0] = add_time_pool(net, x[0], channels[0]);
        size_t begin[SFD_MAX_PATHWAYS];
        for (int p = 0; p < net->n_pathways; p++) {
            begin[p] = net->graph.n_layers;
            const int narrow = p ? c->beta_inv : 1;
            stage_desc s = {.stage = stage,
                            .pathway = p,
                            .cin = channels[p],
                            .cmid = (c->num_groups * c->width_per_group << stage) / narrow,
                            .cout = (4 * c->width_per_group << stage) / narrow};
            x[p] = add_stage(net, &s, x[p]);
            channels[p] = s.cout;
        }
        /* From res3 on a stage's output is half its input: the fast pathway's large input is gone
         * before the slow pathway needs most memory. */
        if (net->n_pathways == 2 && stage > 0)
            sfd_graph_run_second_first(&net->graph, begin[0], begin[1]);
    }
    for (int p = 0; p < net->n_pathways; p++) {
        sfd_graph_add_output(&net->graph, pathway_names[p], x[p]);
        net->n_features += channels[p];
    }
    if (c->global_context)
        net->n_features *= 2;
}

sfd_status sfd_net_build(sfd_net *net, const sfd_net_config *config, sfd_error *err)
{
    *net = (sfd_net){.config = *config, .n_pathways = sfd_net_config_n_pathways(config)};
    sfd_status status = sfd_net_config_check(config, err);
    if (status != SFD_OK)
        return status;
    snprintf(net->graph.name, sizeof net->graph.name, "%s", config->name);
    sfd_input_make(&net->input, config);
    add_all(net);
    return net->graph.failed ? sfd_fail_nomem(err, config->name) : SFD_OK;
}

void sfd_net_free(sfd_net *net)
{
    sfd_graph_free(&net->graph);
    *net = (sfd_net){0};
}
