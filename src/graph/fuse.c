/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that do the work of those after them. */
#include "graph/op.h"

#include <stdlib.h>

static bool has_name(const sfd_graph_port *ports, size_t n, int tensor)
{
    for (size_t i = 0; i < n; i++)
        if (ports[i].tensor == tensor)
            return true;
    return false;
}

size_t sfd_graph_find_only_reader(const sfd_graph *g, int tensor)
{
    size_t reader = g->n_nodes;
    if (g->tensors[tensor].parent != SFD_NO_TENSOR || has_name(g->outputs, g->n_outputs, tensor) ||
        has_name(g->stages, g->n_stages, tensor))
        return g->n_nodes;
    for (size_t i = 0; i < g->n_nodes; i++)
        for (int k = 0; k < g->nodes[i].n_inputs; k++) {
            if (g->nodes[i].inputs[k] != tensor)
                continue;
            if (reader != g->n_nodes)
                return g->n_nodes;
            reader = i;
        }
    return reader;
}

void sfd_graph_remove_node(sfd_graph *g, size_t node)
{
    size_t n = 0;
    for (size_t turn = 0; turn < g->n_nodes; turn++)
        if (g->order[turn] != node)
            g->order[n++] = g->order[turn] - (g->order[turn] > node);
    free(g->nodes[node].attributes);
    for (size_t i = node + 1; i < g->n_nodes; i++)
        g->nodes[i - 1] = g->nodes[i];
    g->n_nodes--;
}

void sfd_graph_fuse(sfd_graph *g)
{
    for (size_t i = 0; !g->failed && i < g->n_nodes;) {
        sfd_node *node = &g->nodes[i];
        const size_t next = sfd_graph_find_only_reader(g, node->output);
        if (next == g->n_nodes || !node->op->absorb || !node->op->absorb(node, &g->nodes[next])) {
            i++;
            continue;
        }
        node->output = g->nodes[next].output;
        sfd_graph_remove_node(g, next); /* and perhaps the one after it can be taken over as well */
    }
}
