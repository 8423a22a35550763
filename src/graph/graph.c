/* SPDX-License-Identifier: Apache-2.0 */
/* Building graphs. */
#include "graph/graph.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

void sfd_graph_free(sfd_graph *g)
{
    free(g->tensors);
    free(g->layers);
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

static int add_tensor(sfd_graph *g, int channels)
{
    if (!grow(g, &g->tensors, &g->tensors_alloc, g->n_tensors, sizeof *g->tensors))
        return 0;
    g->tensors[g->n_tensors] = (sfd_graph_tensor){channels, SFD_NO_TENSOR, 0};
    return (int)g->n_tensors++;
}

int sfd_graph_add_input(sfd_graph *g, const char *name, int channels, int frames)
{
    const int tensor = add_tensor(g, channels);
    if (!grow(g, &g->inputs, &g->inputs_alloc, g->n_inputs, sizeof *g->inputs))
        return 0;
    sfd_graph_input *in = &g->inputs[g->n_inputs++];
    *in = (sfd_graph_input){.tensor = tensor, .frames = frames};
    snprintf(in->name, sizeof in->name, "%s", name);
    return tensor;
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

int sfd_graph_add_layer(sfd_graph *g, sfd_layer layer)
{
    layer.output = add_tensor(g, layer.cout);
    if (!grow(g, &g->layers, &g->layers_alloc, g->n_layers, sizeof *g->layers) ||
        !grow(g, &g->order, &g->order_alloc, g->n_layers, sizeof *g->order))
        return 0;
    g->order[g->n_layers] = g->n_layers;
    g->layers[g->n_layers++] = layer;
    return layer.output;
}

int sfd_graph_concat(sfd_graph *g, int first, int second)
{
    if (g->failed)
        return 0;
    const int channels = g->tensors[first].channels;
    const int both = add_tensor(g, channels + g->tensors[second].channels);
    if (g->failed)
        return 0;
    g->tensors[first].parent = g->tensors[second].parent = both;
    g->tensors[first].parent_channel = 0;
    g->tensors[second].parent_channel = channels;
    return both;
}

void sfd_graph_run_second_first(sfd_graph *g, size_t first, size_t second)
{
    if (g->failed)
        return;
    size_t at = first;
    for (size_t i = second; i < g->n_layers; i++)
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

int sfd_layer_out_size(const sfd_layer *layer, int axis, int in_size)
{
    int reach = layer->dilation[axis] * (layer->kernel[axis] - 1) + 1;
    int room = in_size + 2 * layer->padding[axis] - reach;
    return room < 0 ? 0 : room / layer->stride[axis] + 1;
}
