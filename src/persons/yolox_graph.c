/* SPDX-License-Identifier: Apache-2.0 */
/* CSPDarknet, PAFPN and the decoupled head. */
#include "persons/yolox_graph.h"

#include "base/error.h"
#include "graph/ops/add.h"
#include "graph/ops/conv.h"
#include "graph/ops/max_pool.h"
#include "graph/ops/silu.h"
#include "graph/ops/space_to_depth.h"
#include "graph/ops/upsample.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BN_EPS          1e-3
#define MAX_DEPTH       16
#define HEAD_WIDTH      4 /* of the stem's: 256 where that has 64 */
#define MAX_BOTTLENECKS (3 * MAX_DEPTH)

typedef struct builder {
    sfd_graph *g;
    const sfd_yolox_config *c;
} builder;

/* A name, by value. */
typedef struct path {
    char text[SFD_MAX_NODE_NAME];
} path;

static path make_path(const char *format, ...) SFD_PRINTF(1, 2);
static path make_path(const char *format, ...)
{
    path p;
    va_list args;
    va_start(args, format);
    vsnprintf(p.text, sizeof p.text, format, args);
    va_end(args);
    return p;
}

static path below(const char *parent, const char *child)
{
    return make_path("%s.%s", parent, child);
}

static path numbered(const char *parent, const char *child, int number)
{
    return make_path("%s.%s.%d", parent, child, number);
}

/* Convolution, batch norm, SiLU: BaseConv of the original. */
static int add_conv(const builder *b, const char *name, int kernel, int stride, int groups,
                    int cout, int x)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.window.kernel[1] = a.window.kernel[2] = kernel;
    a.window.stride[1] = a.window.stride[2] = stride;
    a.window.padding[1] = a.window.padding[2] = (kernel - 1) / 2;
    a.groups = groups;
    a.eps = BN_EPS;
    memcpy(a.norm, below(name, "bn").text, sizeof a.norm);
    x = sfd_graph_add_conv(b->g, below(name, "conv").text, &a, x, SFD_NO_TENSOR);
    return sfd_graph_add_silu(b->g, below(name, "act").text, x);
}

/* The 3x3 of a network's kind: at once, or channel by channel and then across channels. */
static int add_conv3(const builder *b, const char *name, int stride, int cout, int x)
{
    if (!b->c->depthwise)
        return add_conv(b, name, 3, stride, 1, cout, x);
    const int cin = sfd_graph_channels(b->g, x);
    x = add_conv(b, below(name, "dconv").text, 3, stride, cin, cin, x);
    return add_conv(b, below(name, "pconv").text, 1, 1, 1, cout, x);
}

static int add_conv1(const builder *b, const char *name, int cout, int x)
{
    return add_conv(b, name, 1, 1, 1, cout, x);
}

/* Two branches, one through n bottlenecks, side by side into a 1x1: CSPLayer. */
static int add_csp(const builder *b, const char *name, int n, bool shortcut, int cout, int x)
{
    const int hidden = cout / 2;
    int deep = add_conv1(b, below(name, "conv1").text, hidden, x);
    for (int i = 0; i < n; i++) {
        const path m = numbered(name, "m", i);
        int y = add_conv1(b, below(m.text, "conv1").text, hidden, deep);
        y = add_conv3(b, below(m.text, "conv2").text, 1, hidden, y);
        deep = shortcut ? sfd_graph_add_sum(b->g, below(m.text, "add").text, deep, y) : y;
    }
    const int flat = add_conv1(b, below(name, "conv2").text, hidden, x);
    const int both = sfd_graph_concat(b->g, 2, (int[]){deep, flat});
    return add_conv1(b, below(name, "conv3").text, cout, both);
}

/* The map beside its maxima over 5x5, 9x9 and 13x13 (SPPBottleneck), each from the one before: 5x5
 * of 5x5 is 9x9. */
static int add_spp(const builder *b, const char *name, int cout, int x)
{
    int parts[4];
    sfd_window w = sfd_window_one;
    w.kernel[1] = w.kernel[2] = 5;
    w.padding[1] = w.padding[2] = 2;
    parts[0] = add_conv1(b, below(name, "conv1").text, sfd_graph_channels(b->g, x) / 2, x);
    for (int i = 0; i < 3; i++)
        parts[1 + i] = sfd_graph_add_max_pool(b->g, numbered(name, "m", i).text, &w, parts[i]);
    return add_conv1(b, below(name, "conv2").text, cout, sfd_graph_concat(b->g, 4, parts));
}

/* Maps at strides 8, 16 and 32. */
static void add_darknet(const builder *b, int x, int maps[SFD_YOLOX_LEVELS])
{
    static const char root[] = "backbone.backbone";
    const int w = b->c->width, n = b->c->depth;
    x = sfd_graph_add_space_to_depth(b->g, below(root, "stem.focus").text, x);
    x = add_conv(b, below(root, "stem.conv").text, 3, 1, 1, w, x);
    for (int stage = 0; stage < 4; stage++) {
        const int cout = 2 * w << stage;
        const bool last = stage == 3;
        const path dark = make_path("%s.dark%d", root, stage + 2);
        const char *name = dark.text;
        x = add_conv3(b, below(name, "0").text, 2, cout, x);
        if (last)
            x = add_spp(b, below(name, "1").text, cout, x);
        x = add_csp(b, below(name, last ? "2" : "1").text, stage == 0 || last ? n : 3 * n, !last,
                    cout, x);
        if (stage > 0)
            maps[stage - 1] = x;
    }
}

/* Top down, then bottom up: each level beside its neighbour's, into a CSP layer. */
static void add_pafpn(const builder *b, int maps[SFD_YOLOX_LEVELS])
{
    static const char root[] = "backbone";
    const int w = b->c->width, n = b->c->depth;
    const int top = add_conv1(b, below(root, "lateral_conv0").text, 8 * w, maps[2]);
    int up = sfd_graph_add_upsample(b->g, below(root, "upsample0").text, top);
    int x = sfd_graph_concat(b->g, 2, (int[]){up, maps[1]});
    x = add_csp(b, below(root, "C3_p4").text, n, false, 8 * w, x);
    const int middle = add_conv1(b, below(root, "reduce_conv1").text, 4 * w, x);
    up = sfd_graph_add_upsample(b->g, below(root, "upsample1").text, middle);
    x = sfd_graph_concat(b->g, 2, (int[]){up, maps[0]});
    maps[0] = add_csp(b, below(root, "C3_p3").text, n, false, 4 * w, x);

    x = add_conv3(b, below(root, "bu_conv2").text, 2, 4 * w, maps[0]);
    x = sfd_graph_concat(b->g, 2, (int[]){x, middle});
    maps[1] = add_csp(b, below(root, "C3_n3").text, n, false, 8 * w, x);
    x = add_conv3(b, below(root, "bu_conv1").text, 2, 8 * w, maps[1]);
    x = sfd_graph_concat(b->g, 2, (int[]){x, top});
    maps[2] = add_csp(b, below(root, "C3_n4").text, n, false, 16 * w, x);
}

static void add_prediction(const builder *b, const char *layer, const char *output, int level,
                           int channels, int x)
{
    char name[SFD_MAX_PORT_NAME];
    sfd_conv_attributes a = sfd_conv_defaults(channels);
    a.bias = true;
    x = sfd_graph_add_conv(b->g, numbered("head", layer, level).text, &a, x, SFD_NO_TENSOR);
    snprintf(name, sizeof name, "%s%d", output, level);
    sfd_graph_add_output(b->g, name, x);
}

static int add_branch(const builder *b, const char *layer, int level, int x)
{
    const path p = numbered("head", layer, level);
    x = add_conv3(b, below(p.text, "0").text, 1, HEAD_WIDTH * b->c->width, x);
    return add_conv3(b, below(p.text, "1").text, 1, HEAD_WIDTH * b->c->width, x);
}

static void add_head(const builder *b, int level, int x)
{
    x = add_conv1(b, numbered("head", "stems", level).text, HEAD_WIDTH * b->c->width, x);
    const int classes = add_branch(b, "cls_convs", level, x);
    add_prediction(b, "cls_preds", "classes", level, b->c->n_classes, classes);
    const int boxes = add_branch(b, "reg_convs", level, x);
    add_prediction(b, "reg_preds", "boxes", level, 4, boxes);
    add_prediction(b, "obj_preds", "objects", level, 1, boxes);
}

sfd_status sfd_yolox_build(sfd_graph *g, const sfd_yolox_config *c, const char *name,
                           sfd_error *err)
{
    *g = (sfd_graph){0};
    const builder b = {g, c};
    int maps[SFD_YOLOX_LEVELS] = {0};
    snprintf(g->name, sizeof g->name, "%s", name);
    const int picture = sfd_graph_add_input(g, "picture", 3, 1);
    sfd_graph_let_input_be_bytes(g, picture);
    add_darknet(&b, picture, maps);
    add_pafpn(&b, maps);
    for (int level = 0; level < SFD_YOLOX_LEVELS; level++)
        add_head(&b, level, maps[level]);
    return g->failed ? sfd_fail_nomem(err, name) : SFD_OK;
}

/* ------------------------------------------------------------------ from weights */

bool sfd_yolox_recognise(const sfd_weights *w)
{
    return sfd_weights_find(w, "backbone.backbone.stem.conv.conv.weight") ||
           sfd_weights_find(w, "head.obj_preds.0.weight");
}

static sfd_status find_channels(int *out, const sfd_weights *w, const char *name, int most,
                                sfd_error *err)
{
    const sfd_tensor_info *info = sfd_weights_find(w, name); /* 5: quantised, with a time axis */
    if (!info || (info->n_dims != 4 && info->n_dims != 5) || info->dims[0] < 1 ||
        info->dims[0] > (size_t)most)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: %s \"%s\"", sfd_weights_origin(w),
                        info ? "a YOLOX network of this size is not supported:"
                             : "not a YOLOX network: no tensor",
                        name);
    *out = (int)info->dims[0];
    return SFD_OK;
}

static int count_bottlenecks(const sfd_weights *w, const char *csp)
{
    int n = 0;
    while (n < MAX_BOTTLENECKS) {
        const path m = numbered(csp, "m", n);
        if (!sfd_weights_find(w, below(m.text, "conv1.conv.weight").text))
            break;
        n++;
    }
    return n;
}

sfd_status sfd_yolox_infer(sfd_yolox_config *c, const sfd_weights *w, sfd_error *err)
{
    *c = (sfd_yolox_config){0};
    c->depth = count_bottlenecks(w, "backbone.backbone.dark2.1");
    c->depthwise = sfd_weights_find(w, "backbone.bu_conv2.dconv.conv.weight") != NULL;
    if (c->depth < 1 || c->depth > MAX_DEPTH)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: %d bottlenecks in dark2.1 are not a YOLOX",
                        sfd_weights_origin(w), c->depth);
    sfd_status status =
        find_channels(&c->width, w, "backbone.backbone.stem.conv.conv.weight", 256, err);
    if (status == SFD_OK && c->width % 2 != 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: %d channels of the stem are not even",
                          sfd_weights_origin(w), c->width);
    return status == SFD_OK ? find_channels(&c->n_classes, w, "head.cls_preds.0.weight", 4096, err)
                            : status;
}
