/* SPDX-License-Identifier: Apache-2.0 */
/* Which tensors are not float32. */
#include "graph/types.h"

#include "base/error.h"
#include "graph/plan.h"
#include "graph/quantise.h"

/* Types only ever change to float32, so that this ends. */
static bool set_f32(sfd_graph *g, int tensor)
{
    const bool changes = g->tensors[tensor].dtype != SFD_F32;
    g->tensors[tensor].dtype = SFD_F32;
    return changes;
}

/* What the node's operation cannot do becomes float32; true when that changed anything. */
static bool limit_node(sfd_graph *g, const sfd_plan *plan, const sfd_node *node,
                       const sfd_prepare_settings *s)
{
    sfd_node_types t = {.out = SFD_F32};
    bool changed = false;
    if (node->op->limit_types) {
        const sfd_node_view view = sfd_plan_view(plan, node, NULL);
        for (int i = 0; i < node->n_inputs; i++)
            t.in[i] = g->tensors[node->inputs[i]].dtype;
        t.out = g->tensors[node->output].dtype;
        node->op->limit_types(&view, s, &t);
    }
    for (int i = 0; i < node->n_inputs; i++)
        if (t.in[i] == SFD_F32)
            changed |= set_f32(g, node->inputs[i]);
    if (t.out == SFD_F32)
        changed |= set_f32(g, node->output);
    return changed;
}

/* A map and its slices have one type. */
static bool limit_slices(sfd_graph *g)
{
    bool changed = false;
    for (size_t i = 0; i < g->n_tensors; i++) {
        const int parent = g->tensors[i].parent;
        if (parent == SFD_NO_TENSOR)
            continue;
        if (g->tensors[i].dtype == SFD_F32)
            changed |= set_f32(g, parent);
        if (g->tensors[parent].dtype == SFD_F32)
            changed |= set_f32(g, (int)i);
    }
    return changed;
}

static void set_all(sfd_graph *g, sfd_dtype dtype)
{
    for (size_t i = 0; i < g->n_tensors; i++)
        g->tensors[i].dtype = dtype;
    for (size_t i = 0; i < g->n_inputs; i++)
        set_f32(g, g->inputs[i].tensor);
    for (size_t i = 0; i < g->n_outputs; i++)
        set_f32(g, g->outputs[i].tensor);
}

static sfd_status set_bf16(sfd_graph *g, int height, int width, const sfd_prepare_settings *s,
                           sfd_error *err)
{
    sfd_plan plan;
    set_all(g, SFD_F32);
    const sfd_status status = sfd_plan_make(&plan, g, height, width, SFD_PLAN_SHARE, err);
    if (status == SFD_OK) {
        set_all(g, SFD_BF16);
        for (bool changed = true; changed;) {
            changed = limit_slices(g);
            for (size_t i = 0; i < g->n_nodes; i++)
                changed |= limit_node(g, &plan, &g->nodes[i], s);
        }
    }
    sfd_plan_free(&plan);
    return status;
}

sfd_status sfd_graph_set_types(sfd_graph *g, int height, int width,
                               const sfd_prepare_settings *settings, sfd_error *err)
{
    const bool quantised = sfd_graph_is_quantised(g, settings->weights);
    const sfd_status status = sfd_graph_check_stored(g, settings->weights, err);
    if (status != SFD_OK)
        return status;
    switch (settings->precision) {
    case SFD_PRECISION_F32:
        set_all(g, SFD_F32);
        return quantised ? sfd_graph_quantise(g, settings->weights, err) : SFD_OK;
    case SFD_PRECISION_BF16:
        if (quantised)
            return sfd_fail(err, SFD_ERR_MISMATCH,
                            "%s: the weights are 8-bit integers, which are not computed in bf16",
                            sfd_weights_origin(settings->weights));
        return set_bf16(g, height, width, settings, err);
    case SFD_PRECISION_INT8:
        set_all(g, SFD_F32);
        if (quantised)
            return sfd_graph_quantise(g, settings->weights, err);
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: no scales for 8-bit integers are stored with the weights, which must "
                        "be quantised before",
                        sfd_weights_origin(settings->weights));
    }
    return sfd_fail(err, SFD_ERR_ARG, "%d is not a precision", (int)settings->precision);
}
