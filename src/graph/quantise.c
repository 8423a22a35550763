/* SPDX-License-Identifier: Apache-2.0 */
/* From a graph of floats to one of bytes and floats. */
#include "graph/quantise.h"

#include "base/error.h"
#include "graph/ops/add.h"
#include "graph/ops/bytes.h"
#include "graph/ops/qconv.h"

#include <stdio.h>

bool sfd_graph_is_quantised(const sfd_graph *g, const sfd_weights *w)
{
    for (size_t i = 0; w && i < g->n_nodes; i++)
        if (sfd_qconv_is_stored(&g->nodes[i], w))
            return true;
    return false;
}

sfd_status sfd_graph_check_stored(const sfd_graph *g, const sfd_weights *w, sfd_error *err)
{
    for (size_t i = 0; w && i < g->n_nodes; i++)
        if (sfd_qconv_lacks_scale(&g->nodes[i], w))
            return sfd_fail(err, SFD_ERR_MISMATCH,
                            "%s: the weights of %s are 8-bit integers, but its weight_scale is "
                            "missing",
                            sfd_weights_origin(w), g->nodes[i].name);
    return SFD_OK;
}

/* ------------------------------------------------------------------ scales */

static bool has_scale(const sfd_graph *g, int tensor)
{
    return g->tensors[tensor].scale > 0;
}

static sfd_status set_scale(sfd_graph *g, int tensor, const sfd_byte_scale *s, const char *reader,
                            const sfd_weights *w, sfd_error *err)
{
    sfd_graph_tensor *t = &g->tensors[tensor];
    if (t->scale > 0 && (t->scale != s->scale || t->zero != s->zero))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: %s reads a map with scale %g and zero point %d, which others read "
                        "with scale %g and zero point %d",
                        sfd_weights_origin(w), reader, (double)s->scale, s->zero, (double)t->scale,
                        t->zero);
    t->scale = s->scale;
    t->zero = s->zero;
    return SFD_OK;
}

/* A map and its slices have one scale. */
static sfd_status share_scales(sfd_graph *g, const sfd_weights *w, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int down = 0; down < 2; down++)
        for (size_t i = 0; status == SFD_OK && i < g->n_tensors; i++) {
            const int parent = g->tensors[i].parent;
            const int from = down ? parent : (int)i, to = down ? (int)i : parent;
            if (parent == SFD_NO_TENSOR || !has_scale(g, from))
                continue;
            const sfd_byte_scale s = {g->tensors[from].scale, g->tensors[from].zero};
            status = set_scale(g, to, &s, "a neighbour", w, err);
        }
    return status;
}

/* What only moves values leaves their scale as it is. */
static sfd_status move_scale(sfd_graph *g, int from, int to, const sfd_node *node,
                             const sfd_weights *w, bool *changed, sfd_error *err)
{
    const sfd_byte_scale s = {g->tensors[from].scale, g->tensors[from].zero};
    if (!has_scale(g, from) || has_scale(g, to))
        return SFD_OK;
    *changed = true;
    return set_scale(g, to, &s, node->name, w, err);
}

static sfd_status move_scales(sfd_graph *g, const sfd_weights *w, bool *changed, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < g->n_nodes; i++) {
        const sfd_node *node = &g->nodes[i];
        if (!node->op->moves)
            continue;
        status = move_scale(g, node->output, node->inputs[0], node, w, changed, err);
        if (status == SFD_OK)
            status = move_scale(g, node->inputs[0], node->output, node, w, changed, err);
    }
    return status;
}

/* Turns node into one of bytes and notes what its maps mean. */
static sfd_status take_node(sfd_graph *g, sfd_node *node, const sfd_weights *w, sfd_error *err)
{
    sfd_conv_attributes *a = node->attributes;
    for (int i = 0; i < node->n_inputs; i++) {
        sfd_byte_scale s;
        bool found;
        sfd_status status = sfd_qconv_read_scale(&s, &found, node, i, w, err);
        if (status == SFD_OK && found)
            status = set_scale(g, node->inputs[i], &s, node->name, w, err);
        if (status != SFD_OK)
            return status;
        a->byte_residual = i > 0 && found;
    }
    node->op = &sfd_op_qconv;
    return SFD_OK;
}

/* ------------------------------------------------------------------ sums */

static size_t turn_of(const sfd_graph *g, size_t node)
{
    size_t turn = 0;
    while (g->order[turn] != node)
        turn++;
    return turn;
}

/* Whether a tensor is there when it is a node's turn. */
static bool is_there(const sfd_graph *g, int tensor, size_t node)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].output == tensor)
            return turn_of(g, i) < turn_of(g, node);
    return true;
}

size_t sfd_graph_find_sum(const sfd_graph *g, size_t conv, int *other)
{
    const sfd_node *node = &g->nodes[conv];
    const sfd_conv_attributes *a = node->attributes;
    *other = SFD_NO_TENSOR;
    if (a->activation != SFD_ACTIVATION_SILU || node->n_inputs > 1)
        return g->n_nodes;
    const size_t next = sfd_graph_find_only_reader(g, node->output);
    if (next == g->n_nodes || g->nodes[next].op != &sfd_op_add)
        return g->n_nodes;
    const int *inputs = g->nodes[next].inputs;
    const int sum_with = inputs[inputs[0] == node->output];
    if (g->tensors[sum_with].channels != a->cout || !is_there(g, sum_with, conv))
        return g->n_nodes;
    *other = sum_with;
    return next;
}

static void take_sum(sfd_graph *g, size_t conv)
{
    int other;
    const size_t sum = sfd_graph_find_sum(g, conv, &other);
    sfd_node *node = &g->nodes[conv];
    if (sum == g->n_nodes)
        return;
    node->inputs[node->n_inputs++] = other;
    node->output = g->nodes[sum].output;
    ((sfd_conv_attributes *)node->attributes)->residual_last = true;
    sfd_graph_remove_node(g, sum);
}

/* ------------------------------------------------------------------ conversions */

/* Maps that others fill or read stay floats, and so do those that are one with them. */
static bool is_port(const sfd_graph *g, int tensor)
{
    const size_t input = sfd_graph_find_input(g, tensor);
    bool port = input < g->n_inputs && !g->inputs[input].takes_bytes;
    for (size_t i = 0; i < g->n_outputs; i++)
        port = port || g->outputs[i].tensor == tensor;
    for (size_t i = 0; !port && i < g->n_tensors; i++)
        port = g->tensors[i].parent == tensor && is_port(g, (int)i);
    return port;
}

static void choose_types(sfd_graph *g)
{
    for (size_t i = 0; i < g->n_tensors; i++) {
        const int parent = g->tensors[i].parent;
        if (has_scale(g, (int)i) && !is_port(g, parent == SFD_NO_TENSOR ? (int)i : parent))
            g->tensors[i].dtype = SFD_U8;
    }
}

static bool same_bytes(const sfd_graph *g, int a, int b)
{
    const sfd_graph_tensor *x = &g->tensors[a], *y = &g->tensors[b];
    return x->dtype == SFD_U8 && y->dtype == SFD_U8 && x->scale == y->scale && x->zero == y->zero;
}

static bool is_bytes(const sfd_graph *g, int tensor)
{
    return !g->failed && g->tensors[tensor].dtype == SFD_U8;
}

/* Puts a conversion of input k before node i, which is then number i + 1. */
static void convert_input(sfd_graph *g, size_t i, int k)
{
    char name[SFD_MAX_NODE_NAME + 8];
    const int from = g->nodes[i].inputs[k];
    snprintf(name, sizeof name, "%s.input", g->nodes[i].name);
    const int to = sfd_graph_insert_node(g, i, false, &sfd_op_bytes, name, from);
    if (g->failed)
        return;
    g->tensors[to].dtype = is_bytes(g, from) ? SFD_F32 : SFD_U8;
    g->tensors[to].scale = g->tensors[from].scale;
    g->tensors[to].zero = g->tensors[from].zero;
    g->nodes[i + 1].inputs[k] = to;
}

/* Lets node i write floats, and a conversion after it what it wrote before. */
static void convert_output(sfd_graph *g, size_t i)
{
    char name[SFD_MAX_NODE_NAME + 8];
    const int bytes = g->nodes[i].output;
    snprintf(name, sizeof name, "%s.output", g->nodes[i].name);
    const int floats = sfd_graph_insert_node(g, i, true, &sfd_op_bytes, name, bytes);
    if (g->failed)
        return;
    g->nodes[i].output = floats;
    g->nodes[i + 1].inputs[0] = floats;
    g->nodes[i + 1].output = bytes;
}

/* Inputs that node i reads as they are: those of convolutions of bytes, but for the first, and
 * sizes. */
static bool takes_any(const sfd_node *node, int k)
{
    return k > 0 && (node->op == &sfd_op_qconv || node->op->moves);
}

static void convert_maps(sfd_graph *g)
{
    for (size_t i = 0; !g->failed && i < g->n_nodes; i++) {
        const sfd_node *node = &g->nodes[i];
        const bool quantised = node->op == &sfd_op_qconv;
        if (node->op == &sfd_op_bytes ||
            (node->op->moves && same_bytes(g, node->inputs[0], node->output)))
            continue;
        for (int k = 0; !g->failed && k < g->nodes[i].n_inputs; k++)
            if (!takes_any(&g->nodes[i], k) && is_bytes(g, g->nodes[i].inputs[k]) != quantised)
                convert_input(g, i++, k);
        if (!quantised && is_bytes(g, g->nodes[i].output))
            convert_output(g, i++);
    }
}

/* Scales of maps that have none stored, from those beside and behind them. */
static sfd_status spread_scales(sfd_graph *g, const sfd_weights *w, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (bool changed = true; status == SFD_OK && changed;) {
        changed = false;
        status = share_scales(g, w, err);
        if (status == SFD_OK)
            status = move_scales(g, w, &changed, err);
    }
    return status;
}

sfd_status sfd_graph_quantise(sfd_graph *g, const sfd_weights *w, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < g->n_nodes; i++)
        if (sfd_qconv_is_stored(&g->nodes[i], w)) {
            take_sum(g, i);
            status = take_node(g, &g->nodes[i], w, err);
        }
    if (status == SFD_OK)
        status = spread_scales(g, w, err);
    if (status != SFD_OK)
        return status;
    choose_types(g);
    convert_maps(g);
    return g->failed ? sfd_fail_nomem(err, g->name) : SFD_OK;
}
