/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/rcnn_graph.h"

#include "base/error.h"
#include "graph/ops/conv.h"
#include "graph/ops/max_pool.h"
#include "graph/ops/upsample.h"

#include <stdio.h>
#include <string.h>

#define BOTTOM_UP    "backbone.bottom_up."
#define RPN          "proposal_generator.rpn_head."
#define BOX_HEAD     "roi_heads.box_head."
#define PREDICTOR    "roi_heads.box_predictor."
#define MAX_BLOCKS   100
#define MAX_CHANNELS 4096
/* Of large maps: memory is theirs. */
#define MAX_STEM    256
#define MAX_PYRAMID 1024

typedef struct builder {
    sfd_graph *g;
    const sfd_rcnn_config *c;
    const sfd_rcnn_convention *v;
} builder;

/* A window of kernel x kernel. */
static sfd_window square(int kernel, int stride, int padding)
{
    return (sfd_window){.kernel = {1, kernel, kernel},
                        .stride = {1, stride, stride},
                        .padding = {0, padding, padding},
                        .dilation = {1, 1, 1}};
}

/* ------------------------------------------------------------------ the residual network */

typedef struct layer {
    int cout, kernel, stride, groups;
    bool relu;
    int residual;
} layer;

/* Convolution and batch norm, whose name is norm_name + ".norm". */
static int add_conv(const builder *b, const char *name, const layer *l, int x)
{
    sfd_conv_attributes a = sfd_conv_defaults(l->cout);
    a.window = square(l->kernel, l->stride, l->kernel / 2);
    a.groups = l->groups;
    a.activation = l->relu ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE;
    a.affine = b->v->affine_norm;
    a.eps = b->v->eps;
    snprintf(a.norm, sizeof a.norm, "%s.norm", name);
    return sfd_graph_add_conv(b->g, name, &a, x, l->residual);
}

static int add_block(const builder *b, int stage, int block, int x)
{
    const sfd_rcnn_config *c = b->c;
    const int stride = stage > 0 && block == 0 ? 2 : 1, in = x;
    const bool first = b->v->stride_in_1x1;
    const layer reduce = {c->width[stage], 1, first ? stride : 1, 1, true, SFD_NO_TENSOR};
    const layer middle = {c->width[stage],  3,    first ? 1 : stride,
                          c->groups[stage], true, SFD_NO_TENSOR};
    layer expand = {c->channels[stage], 1, 1, 1, true, in};
    const layer shortcut = {c->channels[stage], 1, stride, 1, false, SFD_NO_TENSOR};
    char name[SFD_MAX_NODE_NAME];
#define NAME(part) (snprintf(name, sizeof name, BOTTOM_UP "res%d.%d." part, stage + 2, block), name)
    if (block == 0)
        expand.residual = add_conv(b, NAME("shortcut"), &shortcut, in);
    x = add_conv(b, NAME("conv1"), &reduce, x);
    x = add_conv(b, NAME("conv2"), &middle, x);
    return add_conv(b, NAME("conv3"), &expand, x);
#undef NAME
}

static void add_resnet(const builder *b, int x, int maps[SFD_RCNN_STAGES])
{
    const layer stem = {b->c->stem, 7, 2, 1, true, SFD_NO_TENSOR};
    const sfd_window pool = square(3, 2, 1);
    x = add_conv(b, BOTTOM_UP "stem.conv1", &stem, x);
    x = sfd_graph_add_max_pool(b->g, BOTTOM_UP "stem.pool", &pool, x);
    for (int stage = 0; stage < SFD_RCNN_STAGES; stage++) {
        for (int block = 0; block < b->c->n_blocks[stage]; block++)
            x = add_block(b, stage, block, x);
        maps[stage] = x;
    }
}

/* ------------------------------------------------------------------ the pyramid and proposals */

/* Convolution with a bias, and `residual` added where there is one. */
static int add_plain(sfd_graph *g, const char *name, int cout, const sfd_window *w, bool relu,
                     int x, int residual)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.window = *w;
    a.bias = true;
    a.activation = relu ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE;
    return sfd_graph_add_conv(g, name, &a, x, residual);
}

/* From the top down, each level's lateral map on the one above it; then P6. */
static void add_pyramid(const builder *b, const int maps[SFD_RCNN_STAGES],
                        int levels[SFD_RCNN_LEVELS])
{
    const sfd_window one = sfd_window_one, three = square(3, 1, 1), every_second = square(1, 2, 0);
    const int n = b->c->pyramid;
    int above = SFD_NO_TENSOR;
    for (int i = SFD_RCNN_STAGES - 1; i >= 0; i--) {
        char name[SFD_MAX_NODE_NAME];
        snprintf(name, sizeof name, "backbone.top_down%d", i + 2);
        if (above != SFD_NO_TENSOR)
            above = sfd_graph_add_upsample_to(b->g, name, above, maps[i]);
        snprintf(name, sizeof name, "backbone.fpn_lateral%d", i + 2);
        above = add_plain(b->g, name, n, &one, false, maps[i], above);
        snprintf(name, sizeof name, "backbone.fpn_output%d", i + 2);
        levels[i] = add_plain(b->g, name, n, &three, false, above, SFD_NO_TENSOR);
    }
    levels[SFD_RCNN_STAGES] =
        sfd_graph_add_max_pool(b->g, "backbone.p6", &every_second, levels[SFD_RCNN_STAGES - 1]);
}

static void add_outputs(sfd_graph *g, const char *name, int n, const int *tensors)
{
    for (int i = 0; i < n; i++) {
        char port[SFD_MAX_PORT_NAME];
        snprintf(port, sizeof port, "%s%d", name, i);
        sfd_graph_add_output(g, port, tensors[i]);
    }
}

sfd_status sfd_rcnn_build(sfd_graph *g, const sfd_rcnn_config *c, const sfd_rcnn_convention *v,
                          const char *name, sfd_error *err)
{
    const sfd_window one = sfd_window_one, three = square(3, 1, 1);
    int maps[SFD_RCNN_STAGES], levels[SFD_RCNN_LEVELS], logits[SFD_RCNN_LEVELS],
        deltas[SFD_RCNN_LEVELS];
    *g = (sfd_graph){0};
    const builder b = {g, c, v};
    snprintf(g->name, sizeof g->name, "%s", name);
    add_resnet(&b, sfd_graph_add_input(g, "picture", 3, 1), maps);
    add_pyramid(&b, maps, levels);
    for (int i = 0; i < SFD_RCNN_LEVELS; i++) {
        const int x = add_plain(g, RPN "conv", c->pyramid, &three, true, levels[i], SFD_NO_TENSOR);
        logits[i] =
            add_plain(g, RPN "objectness_logits", SFD_RCNN_ANCHORS, &one, false, x, SFD_NO_TENSOR);
        deltas[i] =
            add_plain(g, RPN "anchor_deltas", 4 * SFD_RCNN_ANCHORS, &one, false, x, SFD_NO_TENSOR);
    }
    add_outputs(g, "logits", SFD_RCNN_LEVELS, logits);
    add_outputs(g, "deltas", SFD_RCNN_LEVELS, deltas);
    add_outputs(g, "map", SFD_RCNN_ROI_LEVELS, levels);
    return g->failed ? sfd_fail_nomem(err, name) : SFD_OK;
}

sfd_status sfd_rcnn_build_head(sfd_graph *g, const sfd_rcnn_config *c, const sfd_rcnn_convention *v,
                               const char *name, sfd_error *err)
{
    const sfd_window one = sfd_window_one, all = square(SFD_RCNN_CELLS, SFD_RCNN_CELLS, 0);
    const int none = SFD_NO_TENSOR, n_boxes = v->background_first ? c->n_outputs : c->n_outputs - 1;
    *g = (sfd_graph){0};
    snprintf(g->name, sizeof g->name, "%s", name);
    int x = sfd_graph_add_input(g, "cells", c->pyramid, 1);
    x = add_plain(g, BOX_HEAD "fc1", c->hidden[0], &all, true, x, none);
    x = add_plain(g, BOX_HEAD "fc2", c->hidden[1], &one, true, x, none);
    const int classes = add_plain(g, PREDICTOR "cls_score", c->n_outputs, &one, false, x, none);
    const int boxes = add_plain(g, PREDICTOR "bbox_pred", 4 * n_boxes, &one, false, x, none);
    sfd_graph_add_output(g, "classes", classes);
    sfd_graph_add_output(g, "boxes", boxes);
    return g->failed ? sfd_fail_nomem(err, name) : SFD_OK;
}

/* ------------------------------------------------------------------ from weights */

static sfd_status find(const sfd_tensor_info **t, const sfd_weights *w, const char *name,
                       int n_dims, size_t most, sfd_error *err)
{
    char spelled[SFD_MAX_TENSOR_NAME];
    *t = sfd_weights_find(w, name);
    if (!*t)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: no Faster R-CNN with FPN: tensor \"%s\" is missing",
                        sfd_weights_origin(w), sfd_weights_spelling(w, name, spelled));
    if ((*t)->n_dims != n_dims || (*t)->dims[0] < 1 || (*t)->dims[0] > most || (*t)->dims[1] < 1)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: tensor \"%s\" has a shape of no Faster R-CNN with FPN",
                        sfd_weights_origin(w), sfd_weights_spelling(w, name, spelled));
    return SFD_OK;
}

/* A layer's outputs. */
static sfd_status find_outputs(int *out, const sfd_weights *w, const char *name, int n_dims,
                               size_t most, sfd_error *err)
{
    const sfd_tensor_info *t;
    sfd_status status = find(&t, w, name, n_dims, most, err);
    *out = status == SFD_OK ? (int)t->dims[0] : 0;
    return status;
}

static bool has_layer(const sfd_weights *w, int stage, int block, const char *part)
{
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, BOTTOM_UP "res%d.%d.%s.weight", stage + 2, block, part);
    return sfd_weights_find(w, name) != NULL;
}

/* Up to the last block of which anything is there: what it lacks is missed when it is loaded. */
static int count_blocks(const sfd_weights *w, int stage)
{
    int n = 1;
    for (int i = 1; i < MAX_BLOCKS; i++)
        if (has_layer(w, stage, i, "conv1") || has_layer(w, stage, i, "conv2") ||
            has_layer(w, stage, i, "conv3"))
            n = i + 1;
    return n;
}

static sfd_status infer_stage(sfd_rcnn_config *c, int stage, const sfd_weights *w, sfd_error *err)
{
    const sfd_tensor_info *middle, *last;
    char name[SFD_MAX_NODE_NAME], spelled[SFD_MAX_TENSOR_NAME];
    c->n_blocks[stage] = count_blocks(w, stage);
    snprintf(name, sizeof name, BOTTOM_UP "res%d.0.conv2.weight", stage + 2);
    sfd_status status = find(&middle, w, name, 4, MAX_CHANNELS, err);
    if (status != SFD_OK)
        return status;
    c->width[stage] = (int)middle->dims[0];
    c->groups[stage] = (int)(middle->dims[0] / middle->dims[1]);
    if (middle->dims[0] % middle->dims[1] != 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor \"%s\": %zu outputs of %zu inputs each",
                        sfd_weights_origin(w), sfd_weights_spelling(w, name, spelled),
                        middle->dims[0], middle->dims[1]);
    snprintf(name, sizeof name, BOTTOM_UP "res%d.0.conv3.weight", stage + 2);
    status = find(&last, w, name, 4, MAX_CHANNELS, err);
    c->channels[stage] = status == SFD_OK ? (int)last->dims[0] : 0;
    return status;
}

sfd_status sfd_rcnn_infer(sfd_rcnn_config *c, const sfd_weights *w, sfd_error *err)
{
    *c = (sfd_rcnn_config){0};
    sfd_status status = find_outputs(&c->stem, w, BOTTOM_UP "stem.conv1.weight", 4, MAX_STEM, err);
    for (int stage = 0; status == SFD_OK && stage < SFD_RCNN_STAGES; stage++)
        status = infer_stage(c, stage, w, err);
    const struct {
        int *out;
        const char *name;
        int n_dims;
        size_t most;
    } rest[] = {
        {&c->pyramid, "backbone.fpn_output2.weight", 4, MAX_PYRAMID},
        {&c->hidden[0], BOX_HEAD "fc1.weight", 2, MAX_CHANNELS},
        {&c->hidden[1], BOX_HEAD "fc2.weight", 2, MAX_CHANNELS},
        {&c->n_outputs, PREDICTOR "cls_score.weight", 2, MAX_CHANNELS},
    };
    for (size_t i = 0; status == SFD_OK && i < sizeof rest / sizeof *rest; i++)
        status = find_outputs(rest[i].out, w, rest[i].name, rest[i].n_dims, rest[i].most, err);
    return status;
}
