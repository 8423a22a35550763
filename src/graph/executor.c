/* SPDX-License-Identifier: Apache-2.0 */
/* Running the nodes of a plan one after the other, each one's tiles handed out one by one. */
#include "graph/executor.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>

#define ALIGNMENT 64 /* of a thread's scratch memory and, more than enough, of a bound step */

static size_t round_up(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* A node's view; of what is computed for every picture only, with `still`. */
static sfd_node_view view_of(const sfd_executor *e, size_t node, const sfd_still *still)
{
    const sfd_node *n = &e->executable->graph->nodes[node];
    return still ? sfd_still_view(still, &e->plan, n, e->arena)
                 : sfd_plan_view(&e->plan, n, e->arena);
}

static sfd_status bind_steps(sfd_executor *e, sfd_steps *s, const sfd_still *still, sfd_error *err)
{
    const sfd_graph *g = e->executable->graph;
    size_t bytes = 0;
    for (size_t i = 0; i < g->n_nodes; i++)
        bytes += round_up(g->nodes[i].op->step_bytes);
    s->turns = sfd_calloc(g->n_nodes, sizeof *s->turns);
    s->bound = sfd_malloc_aligned(bytes, 1);
    if (!s->turns || !s->bound)
        return sfd_fail_nomem(err, g->name);
    char *at = s->bound;
    for (size_t turn = 0; turn < g->n_nodes; turn++) {
        const size_t i = g->order[turn];
        const sfd_op *op = g->nodes[i].op;
        const sfd_node_view view = view_of(e, i, still);
        op->bind(at, &view, e->executable->prepared[i], e->executable->kernels,
                 sfd_team_size(e->team));
        s->turns[turn] = (sfd_step){op, i, at, op->n_tiles(at)};
        const size_t scratch = op->scratch_bytes ? round_up(op->scratch_bytes(at)) : 0;
        e->scratch_bytes = scratch > e->scratch_bytes ? scratch : e->scratch_bytes;
        at += round_up(op->step_bytes);
    }
    return SFD_OK;
}

static sfd_status make_scratch(sfd_executor *e, sfd_error *err)
{
    free(e->scratch);
    e->scratch = sfd_malloc_aligned((size_t)sfd_team_size(e->team), e->scratch_bytes);
    return e->scratch ? SFD_OK : sfd_fail_nomem(err, e->executable->graph->name);
}

sfd_status sfd_executor_create(sfd_executor *e, const sfd_executable *x, int height, int width,
                               sfd_plan_mode mode, sfd_team *team, sfd_error *err)
{
    *e = (sfd_executor){.executable = x, .team = team};
    sfd_status status = sfd_plan_make(&e->plan, x->graph, height, width, mode, err);
    if (status != SFD_OK)
        return status;
    e->arena = sfd_malloc_aligned(e->plan.arena_bytes, 1);
    if (!e->arena)
        return sfd_fail_nomem(err, x->graph->name);
    status = bind_steps(e, &e->all, NULL, err);
    return status == SFD_OK ? make_scratch(e, err) : status;
}

sfd_status sfd_executor_expect_still(sfd_executor *e, int rows, sfd_error *err)
{
    sfd_status status = sfd_still_make(&e->still, e->executable, &e->plan, rows, err);
    if (status == SFD_OK)
        status = bind_steps(e, &e->changed, &e->still, err);
    return status == SFD_OK ? make_scratch(e, err) : status;
}

static void free_steps(sfd_steps *s)
{
    free(s->turns);
    free(s->bound);
}

void sfd_executor_free(sfd_executor *e)
{
    sfd_plan_free(&e->plan);
    free_steps(&e->all);
    free_steps(&e->changed);
    sfd_still_free(&e->still);
    free(e->arena);
    free(e->scratch);
    *e = (sfd_executor){0};
}

sfd_map sfd_executor_map(const sfd_executor *e, int tensor)
{
    return sfd_plan_map(&e->plan, tensor, e->arena);
}

size_t sfd_executor_bytes(const sfd_executor *e)
{
    return e->plan.arena_bytes + e->still.n_bytes +
           (size_t)sfd_team_size(e->team) * e->scratch_bytes;
}

/* ------------------------------------------------------------------ running */

typedef struct running {
    const sfd_executor *executor;
    const sfd_step *step;
} running;

static void run_item(void *user, size_t tile, int thread)
{
    const running *r = user;
    const sfd_executor *e = r->executor;
    r->step->op->run_tile(r->step->bound, tile,
                          (char *)e->scratch + (size_t)thread * e->scratch_bytes);
}

static void show_node(const sfd_executor *e, size_t node)
{
    const sfd_executable *x = e->executable;
    const sfd_node_view v = sfd_plan_view(&e->plan, &x->graph->nodes[node], e->arena);
    x->observe(x->observer, &v);
}

/* Who looks at maps is to see all of them. */
void sfd_executor_run(sfd_executor *e, double *node_s)
{
    const sfd_graph *g = e->executable->graph;
    const bool observed = e->executable->observe != NULL;
    const bool still = e->changed.turns && !observed, changed = still && e->kept;
    for (size_t turn = 0; turn < g->n_nodes; turn++) {
        running r = {e, changed ? &e->changed.turns[turn] : &e->all.turns[turn]};
        const int output = g->nodes[r.step->node].output;
        const double start = node_s ? sfd_clock_s() : 0;
        sfd_team_for(e->team, r.step->n_tiles, run_item, &r);
        if (changed)
            sfd_still_put_back(&e->still, &e->plan, output, e->arena);
        else if (still)
            sfd_still_keep(&e->still, &e->plan, output, e->arena);
        if (node_s)
            node_s[r.step->node] = sfd_clock_s() - start;
        if (observed)
            show_node(e, r.step->node);
    }
    e->kept = still;
}
