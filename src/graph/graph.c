/* SPDX-License-Identifier: Apache-2.0 */
/* Building graphs. */
#include "graph/graph.h"

#include "base/alloc.h"
#include "graph/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sfd_graph_free(sfd_graph *g)
{
    free(g->tensors);
    for (size_t i = 0; i < g->n_nodes; i++)
        free(g->nodes[i].attributes);
    free(g->nodes);
    free(g->order);
    free(g->inputs);
    free(g->outputs);
    free(g->stages);
    *g = (sfd_graph){0};
}

/* Room for one more; false from the first failure on. */
static bool grow(sfd_graph *g, void *list, size_t *n_alloc, size_t n, size_t size)
{
    g->failed = g->failed || !sfd_grow(list, n_alloc, n, size);
    return !g->failed;
}

static int add_tensor(sfd_graph *g, int channels, sfd_dtype dtype)
{
    if (!grow(g, &g->tensors, &g->tensors_alloc, g->n_tensors, sizeof *g->tensors))
        return 0;
    g->tensors[g->n_tensors] =
        (sfd_graph_tensor){.channels = channels, .dtype = dtype, .parent = SFD_NO_TENSOR};
    return (int)g->n_tensors++;
}

int sfd_graph_add_input(sfd_graph *g, const char *name, int channels, int frames)
{
    const int tensor = add_tensor(g, channels, SFD_F32);
    if (!grow(g, &g->inputs, &g->inputs_alloc, g->n_inputs, sizeof *g->inputs))
        return 0;
    sfd_graph_input *in = &g->inputs[g->n_inputs++];
    *in = (sfd_graph_input){.tensor = tensor, .frames = frames, .shrink = 1};
    snprintf(in->name, sizeof in->name, "%s", name);
    return tensor;
}

void sfd_graph_shrink_input(sfd_graph *g, int tensor, int by)
{
    for (size_t i = 0; !g->failed && i < g->n_inputs; i++)
        if (g->inputs[i].tensor == tensor)
            g->inputs[i].shrink = by;
}

void sfd_graph_fix_input(sfd_graph *g, int tensor, int height, int width)
{
    for (size_t i = 0; !g->failed && i < g->n_inputs; i++)
        if (g->inputs[i].tensor == tensor) {
            g->inputs[i].height = height;
            g->inputs[i].width = width;
        }
}

void sfd_graph_let_input_be_bytes(sfd_graph *g, int tensor)
{
    for (size_t i = 0; !g->failed && i < g->n_inputs; i++)
        if (g->inputs[i].tensor == tensor)
            g->inputs[i].takes_bytes = true;
}

void sfd_graph_add_output(sfd_graph *g, const char *name, int tensor)
{
    if (!grow(g, &g->outputs, &g->outputs_alloc, g->n_outputs, sizeof *g->outputs))
        return;
    sfd_graph_port *port = &g->outputs[g->n_outputs++];
    *port = (sfd_graph_port){.tensor = tensor};
    snprintf(port->name, sizeof port->name, "%s", name);
}

void sfd_graph_add_stage(sfd_graph *g, const char *name, int tensor)
{
    if (!grow(g, &g->stages, &g->stages_alloc, g->n_stages, sizeof *g->stages))
        return;
    sfd_graph_port *port = &g->stages[g->n_stages++];
    *port = (sfd_graph_port){.tensor = tensor};
    snprintf(port->name, sizeof port->name, "%s", name);
}

/* The inputs that there are, and their channels. */
static void take_inputs(const sfd_graph *g, sfd_node *node, int n, const int *inputs,
                        int channels[SFD_MAX_NODE_INPUTS])
{
    for (int i = 0; i < n; i++) {
        if (inputs[i] == SFD_NO_TENSOR)
            continue;
        channels[node->n_inputs] = sfd_graph_channels(g, inputs[i]);
        node->inputs[node->n_inputs++] = inputs[i];
    }
}

int sfd_graph_add_node(sfd_graph *g, const sfd_op *op, const char *name, const void *attributes,
                       int n_inputs, const int *inputs)
{
    sfd_node node = {.op = op};
    int channels[SFD_MAX_NODE_INPUTS];
    if (!grow(g, &g->nodes, &g->nodes_alloc, g->n_nodes, sizeof *g->nodes) ||
        !grow(g, &g->order, &g->order_alloc, g->n_nodes, sizeof *g->order))
        return 0;
    take_inputs(g, &node, n_inputs, inputs, channels);
    node.output =
        add_tensor(g, op->out_channels ? op->out_channels(attributes, channels) : channels[0],
                   g->tensors[node.inputs[0]].dtype);
    node.attributes = sfd_calloc(1, op->attributes_bytes + 1);
    g->failed = g->failed || !node.attributes;
    if (g->failed) {
        free(node.attributes);
        return 0;
    }
    if (op->attributes_bytes)
        memcpy(node.attributes, attributes, op->attributes_bytes);
    snprintf(node.name, sizeof node.name, "%s", name);
    g->order[g->n_nodes] = g->n_nodes;
    g->nodes[g->n_nodes++] = node;
    return node.output;
}

void sfd_graph_let_skip(sfd_graph *g, int tensor, int input)
{
    for (size_t i = 0; !g->failed && i < g->n_nodes; i++)
        for (int k = 0; g->nodes[i].output == tensor && k < g->nodes[i].n_inputs; k++)
            if (g->nodes[i].inputs[k] == input)
                g->nodes[i].skip = k + 1;
}

/* Room at `place` of the list; the node `at` is then at + 1 where that is before it. */
static void open_place(sfd_graph *g, size_t at, size_t place, bool after)
{
    size_t turn = 0;
    memmove(g->nodes + place + 1, g->nodes + place, (g->n_nodes - place) * sizeof *g->nodes);
    while (g->order[turn] != at)
        turn++;
    turn += after;
    memmove(g->order + turn + 1, g->order + turn, (g->n_nodes - turn) * sizeof *g->order);
    g->n_nodes++;
    for (size_t i = 0; i < g->n_nodes; i++)
        g->order[i] += i != turn && g->order[i] >= place;
    g->order[turn] = place;
}

int sfd_graph_insert_node(sfd_graph *g, size_t at, bool after, const sfd_op *op, const char *name,
                          int input)
{
    const size_t place = at + after;
    const int tensor = add_tensor(g, sfd_graph_channels(g, input), SFD_F32);
    sfd_node node = {.op = op, .n_inputs = 1, .inputs = {input}, .output = tensor};
    node.attributes = sfd_calloc(1, 1);
    g->failed = g->failed || !node.attributes;
    if (!grow(g, &g->nodes, &g->nodes_alloc, g->n_nodes, sizeof *g->nodes) ||
        !grow(g, &g->order, &g->order_alloc, g->n_nodes, sizeof *g->order)) {
        free(node.attributes);
        return 0;
    }
    snprintf(node.name, sizeof node.name, "%s", name);
    open_place(g, at, place, after);
    g->nodes[place] = node;
    return tensor;
}

int sfd_graph_channels(const sfd_graph *g, int tensor)
{
    return g->failed ? 0 : g->tensors[tensor].channels;
}

int sfd_graph_concat(sfd_graph *g, int n, const int *parts)
{
    int channels = 0;
    for (int i = 0; i < n; i++)
        channels += sfd_graph_channels(g, parts[i]);
    const int all = g->failed ? 0 : add_tensor(g, channels, g->tensors[parts[0]].dtype);
    if (g->failed)
        return 0;
    channels = 0;
    for (int i = 0; i < n; i++) {
        g->tensors[parts[i]].parent = all;
        g->tensors[parts[i]].parent_channel = channels;
        channels += g->tensors[parts[i]].channels;
    }
    return all;
}

void sfd_graph_run_second_first(sfd_graph *g, size_t first, size_t second)
{
    if (g->failed)
        return;
    size_t at = first;
    for (size_t i = second; i < g->n_nodes; i++)
        g->order[at++] = i;
    for (size_t i = first; i < second; i++)
        g->order[at++] = i;
}

size_t sfd_graph_find_input(const sfd_graph *g, int tensor)
{
    size_t i = 0;
    while (i < g->n_inputs && g->inputs[i].tensor != tensor)
        i++;
    return i;
}
