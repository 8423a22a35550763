/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which each layer could be computed: their time and their rounding. */
#include "base/alloc.h"
#include "base/error.h"
#include "detect/model.h"
#include "inspect/bench_impl.h"

typedef struct choices {
    sfd_bench_layer *layer;
    size_t n_alloc;
    bool out_of_memory;
} choices;

static void add_choice(void *user, const char *variant, double seconds, double rounding)
{
    choices *c = user;
    sfd_bench_layer *l = c->layer;
    if (!sfd_grow(&l->choices, &c->n_alloc, l->n_choices, sizeof *l->choices)) {
        c->out_of_memory = true;
        return;
    }
    l->choices[l->n_choices++] =
        (sfd_bench_choice){.algorithm = variant, .seconds = seconds, .rounding = rounding};
}

static sfd_status compare_all(sfd_bench *b, const sfd_executable *x, const sfd_plan *plan,
                              sfd_team *team, sfd_error *err)
{
    const sfd_graph *graph = x->graph;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < graph->n_nodes; i++) {
        const sfd_node *node = &graph->nodes[i];
        const sfd_node_view view = sfd_plan_view(plan, node, NULL);
        choices c = {.layer = &b->layers[i]};
        b->layers[i].n_choices = 0;
        if (node->op->compare)
            status = node->op->compare(&view, x->kernels, team, add_choice, &c, err);
        if (status == SFD_OK && c.out_of_memory)
            status = sfd_fail_nomem(err, "timing");
    }
    return status;
}

sfd_status sfd_bench_compare(sfd_bench *b, const sfd_executable *x, int height, int width,
                             sfd_error *err)
{
    sfd_plan plan;
    sfd_team *team = NULL;
    sfd_status status = sfd_plan_make(&plan, x->graph, height, width, SFD_PLAN_SHARE, err);
    if (status == SFD_OK)
        status = sfd_team_create(&team, b->n_threads, err);
    if (status == SFD_OK)
        status = compare_all(b, x, &plan, team, err);
    sfd_team_destroy(team);
    sfd_plan_free(&plan);
    return status;
}

sfd_status sfd_bench_choices(sfd_bench *b, const sfd_model *m, sfd_error *err)
{
    return sfd_bench_compare(b, &m->executable, b->in_height, b->in_width, err);
}
