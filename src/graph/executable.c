/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: every operation prepares its weights. */
#include "graph/executable.h"

#include "base/alloc.h"
#include "base/error.h"
#include "graph/plan.h"
#include "graph/types.h"

#include <stdlib.h>

typedef struct loading {
    sfd_executable *x;
    const sfd_prepare_settings *settings;
    const sfd_plan *plan;
    size_t *bytes;     /* [n_nodes] */
    sfd_error *errors; /* [n_nodes] */
} loading;

/* The last nodes, whose weights are the largest, come first: what their tensors were read into,
 * once freed, has room for those of the others, and the peak of memory is a twentieth lower. */
static void prepare_node(void *user, size_t item, int thread)
{
    const loading *l = user;
    const size_t i = l->x->graph->n_nodes - 1 - item;
    const sfd_node *node = &l->x->graph->nodes[i];
    const sfd_node_view view = sfd_plan_view(l->plan, node, NULL);
    (void)thread;
    if (node->op->prepare)
        l->errors[i].status =
            node->op->prepare(&l->x->prepared[i], &l->bytes[i], &view, l->settings, &l->errors[i]);
}

/* Nodes are prepared in parallel; of several errors the first node's is reported. */
static sfd_status prepare_all(loading *l, sfd_team *team, sfd_error *err)
{
    const size_t n = l->x->graph->n_nodes;
    sfd_team_for(team, n, prepare_node, l);
    for (size_t i = 0; i < n; i++) {
        l->x->weights_bytes += l->bytes[i];
        if (l->errors[i].status == SFD_OK)
            continue;
        if (err)
            *err = l->errors[i];
        return l->errors[i].status;
    }
    return SFD_OK;
}

static sfd_status load(loading *l, sfd_error *err)
{
    const sfd_graph *graph = l->x->graph;
    sfd_team *team = NULL;
    l->bytes = sfd_calloc(graph->n_nodes, sizeof *l->bytes);
    l->errors = sfd_calloc(graph->n_nodes, sizeof *l->errors);
    l->x->prepared = sfd_calloc(graph->n_nodes, sizeof *l->x->prepared);
    sfd_status status = l->bytes && l->errors && l->x->prepared
                            ? sfd_team_create(&team, sfd_usable_cores(), err)
                            : sfd_fail_nomem(err, graph->name);
    if (status == SFD_OK)
        status = prepare_all(l, team, err);
    sfd_team_destroy(team);
    free(l->bytes);
    free(l->errors);
    return status;
}

sfd_status sfd_executable_create(sfd_executable *x, sfd_graph *graph, int height, int width,
                                 const sfd_prepare_settings *settings, sfd_error *err)
{
    sfd_plan plan;
    *x = (sfd_executable){.kernels = settings->kernels, .graph = graph};
    sfd_status status = sfd_graph_set_types(graph, height, width, settings, err);
    if (status != SFD_OK)
        return status;
    status = sfd_plan_make(&plan, graph, height, width, SFD_PLAN_SHARE, err);
    if (status == SFD_OK)
        status = load(&(loading){.x = x, .settings = settings, .plan = &plan}, err);
    sfd_plan_free(&plan);
    return status;
}

void sfd_executable_free(sfd_executable *x)
{
    for (size_t i = 0; x->prepared && i < x->graph->n_nodes; i++)
        if (x->graph->nodes[i].op->release)
            x->graph->nodes[i].op->release(x->prepared[i]);
    free(x->prepared);
    *x = (sfd_executable){0};
}
