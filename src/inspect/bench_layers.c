/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which each layer could be computed: their time and their rounding. */
#include "base/error.h"
#include "detect/model.h"

#include <sfdet/inspect.h>

static void add_choice(void *user, const char *variant, double seconds, double rounding)
{
    sfd_bench_layer *layer = user;
    if (layer->n_choices < SFD_MAX_BENCH_CHOICES)
        layer->choices[layer->n_choices++] = (sfd_bench_choice){variant, seconds, rounding};
}

static sfd_status compare_all(sfd_bench *b, const sfd_model *m, const sfd_plan *plan,
                              sfd_team *team, sfd_error *err)
{
    const sfd_graph *graph = &m->net.graph;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < graph->n_nodes; i++) {
        const sfd_node *node = &graph->nodes[i];
        const sfd_node_view view = sfd_plan_view(plan, node, NULL);
        b->layers[i].n_choices = 0;
        if (node->op->compare)
            status = node->op->compare(&view, m->executable.kernels, team, add_choice,
                                       &b->layers[i], err);
    }
    return status;
}

sfd_status sfd_bench_choices(sfd_bench *b, const sfd_model *m, sfd_error *err)
{
    sfd_plan plan;
    sfd_team *team = NULL;
    sfd_status status =
        sfd_plan_make(&plan, &m->net.graph, b->in_height, b->in_width, SFD_PLAN_SHARE, err);
    if (status == SFD_OK)
        status = sfd_team_create(&team, b->n_threads, err);
    if (status == SFD_OK)
        status = compare_all(b, m, &plan, team, err);
    sfd_team_destroy(team);
    sfd_plan_free(&plan);
    return status;
}
