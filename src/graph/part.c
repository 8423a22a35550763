/* SPDX-License-Identifier: Apache-2.0 */
/* A graph of some of another's nodes. */
#include "graph/graph.h"

#include "base/alloc.h"
#include "graph/op.h"

#include <stdlib.h>
#include <string.h>

/* A copy of n elements, in *out with *n_out of them. */
static bool copy_list(void *out, size_t *n_out, size_t *n_alloc, const void *list, size_t n,
                      size_t size)
{
    void *copy = sfd_malloc_array(n, size);
    if (!copy)
        return false;
    if (n > 0)
        memcpy(copy, list, n * size);
    memcpy(out, &copy, sizeof copy);
    *n_out = *n_alloc = n;
    return true;
}

/* The nodes' attributes, copies of their own. */
static bool copy_attributes(sfd_graph *g)
{
    bool ok = true;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const size_t n = g->nodes[i].op->attributes_bytes + 1;
        void *copy = sfd_calloc(1, n);
        if (copy && n > 1)
            memcpy(copy, g->nodes[i].attributes, n - 1);
        g->nodes[i].attributes = copy; /* freed with the graph, also after failure */
        ok = ok && copy;
    }
    return ok;
}

static bool copy_graph(sfd_graph *out, const sfd_graph *g)
{
    size_t n_order;
    memcpy(out->name, g->name, sizeof out->name);
    return copy_list(&out->nodes, &out->n_nodes, &out->nodes_alloc, g->nodes, g->n_nodes,
                     sizeof *g->nodes) &&
           copy_attributes(out) &&
           copy_list(&out->tensors, &out->n_tensors, &out->tensors_alloc, g->tensors, g->n_tensors,
                     sizeof *g->tensors) &&
           copy_list(&out->order, &n_order, &out->order_alloc, g->order, g->n_nodes,
                     sizeof *g->order) &&
           copy_list(&out->inputs, &out->n_inputs, &out->inputs_alloc, g->inputs, g->n_inputs,
                     sizeof *g->inputs);
}

void sfd_graph_take_part(sfd_graph *out, const sfd_graph *g, const bool *nodes, const bool *outputs)
{
    *out = (sfd_graph){0};
    out->failed = g->failed || !copy_graph(out, g);
    for (size_t i = out->failed ? 0 : g->n_nodes; i-- > 0;)
        if (!nodes[i])
            sfd_graph_remove_node(out, i);
    for (size_t i = 0; i < g->n_tensors; i++)
        if (outputs[i])
            sfd_graph_add_output(out, "", (int)i);
}
