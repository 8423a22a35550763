/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/still.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int height_of(const sfd_plan *plan, int tensor)
{
    return plan->tensors[tensor].size[1];
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* ------------------------------------------------------------------ which rows */

static bool can_be_limited(const sfd_node_view *v)
{
    return v->node->op->rows_reached && v->out.size[0] == 1 && v->in[0].size[0] == 1;
}

/* All inputs of such a node reach as far as the one that reaches furthest. */
static int rows_reached(const sfd_still *s, const sfd_node_view *v, const void *prepared)
{
    const int height = v->out.size[1];
    int rows = 0;
    if (!can_be_limited(v))
        return height;
    for (int i = 0; i < v->node->n_inputs; i++) {
        const int from = s->rows[v->node->inputs[i]].from;
        if (from == v->in[i].size[1])
            return height;
        rows = most(rows, i == 0 ? v->node->op->rows_reached(v, prepared, from) : from);
    }
    return least(rows, height);
}

static void find_reached(sfd_still *s, const sfd_executable *x, const sfd_plan *plan, int rows)
{
    const sfd_graph *g = plan->graph;
    for (size_t i = 0; i < g->n_inputs; i++) {
        const sfd_graph_input *in = &g->inputs[i];
        s->rows[in->tensor].from =
            least((rows + in->shrink - 1) / in->shrink, height_of(plan, in->tensor));
    }
    for (size_t turn = 0; turn < g->n_nodes; turn++) {
        const size_t i = g->order[turn];
        const sfd_node_view v = sfd_plan_view(plan, &g->nodes[i], NULL);
        int tensor = v.node->output;
        const int from = rows_reached(s, &v, x->prepared[i]);
        for (; tensor != SFD_NO_TENSOR; tensor = g->tensors[tensor].parent)
            s->rows[tensor].from = most(s->rows[tensor].from, from);
    }
}

static void note_read(sfd_still *s, const sfd_graph *g, int tensor, int rows)
{
    s->rows[tensor].to = most(s->rows[tensor].to, rows);
    for (size_t i = 0; i < g->n_tensors; i++)
        if (g->tensors[i].parent == tensor)
            note_read(s, g, (int)i, rows);
}

static void find_read(sfd_still *s, const sfd_plan *plan)
{
    const sfd_graph *g = plan->graph;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sfd_node_view v = sfd_plan_view(plan, &g->nodes[i], NULL);
        const int rows = s->rows[v.node->output].from;
        const bool limited = can_be_limited(&v) && rows < v.out.size[1];
        for (int k = 0; k < v.node->n_inputs; k++)
            note_read(s, g, v.node->inputs[k],
                      !limited ? v.in[k].size[1]
                      : k == 0 ? v.node->op->rows_read(&v, rows)
                               : rows);
    }
    for (size_t i = 0; i < g->n_outputs; i++)
        note_read(s, g, g->outputs[i].tensor, height_of(plan, g->outputs[i].tensor));
}

/* ------------------------------------------------------------------ keeping them */

static size_t position_bytes(const sfd_plan_tensor *t)
{
    return (size_t)t->channels * sfd_dtype_size(t->dtype);
}

/* Every node writes its own output: what lies side by side is kept slice by slice. */
static sfd_status make_room(sfd_still *s, const sfd_plan *plan, sfd_error *err)
{
    const sfd_graph *g = plan->graph;
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sfd_plan_tensor *t = &plan->tensors[g->nodes[i].output];
        sfd_still_rows *r = &s->rows[g->nodes[i].output];
        if (r->to <= r->from)
            continue;
        const size_t n = (size_t)(r->to - r->from) * (size_t)t->size[2] * position_bytes(t);
        r->kept = sfd_malloc_array(n, 1);
        if (!r->kept)
            return sfd_fail_nomem(err, g->name);
        s->n_bytes += n;
    }
    return SFD_OK;
}

sfd_status sfd_still_make(sfd_still *s, const sfd_executable *x, const sfd_plan *plan, int rows,
                          sfd_error *err)
{
    *s = (sfd_still){.n_tensors = plan->graph->n_tensors};
    s->rows = sfd_calloc(s->n_tensors, sizeof *s->rows);
    if (!s->rows)
        return sfd_fail_nomem(err, plan->graph->name);
    find_reached(s, x, plan, rows);
    find_read(s, plan);
    return make_room(s, plan, err);
}

void sfd_still_free(sfd_still *s)
{
    for (size_t i = 0; s->rows && i < s->n_tensors; i++)
        free(s->rows[i].kept);
    free(s->rows);
    *s = (sfd_still){0};
}

sfd_node_view sfd_still_view(const sfd_still *s, const sfd_plan *plan, const sfd_node *node,
                             void *arena)
{
    sfd_node_view v = sfd_plan_view(plan, node, arena);
    if (can_be_limited(&v))
        v.out.size[1] = s->rows[node->output].from;
    return v;
}

static void copy(const sfd_still_rows *r, const sfd_plan *plan, int tensor, char *arena, bool back)
{
    const sfd_plan_tensor *t = &plan->tensors[tensor];
    const size_t width = (size_t)t->size[2], n = position_bytes(t);
    const size_t step = t->ld * sfd_dtype_size(t->dtype);
    char *map = arena + t->offset + (size_t)r->from * width * step, *kept = r->kept;
    for (size_t i = (size_t)(r->to - r->from) * width; kept && i > 0; i--) {
        memcpy(back ? map : kept, back ? kept : map, n);
        map += step;
        kept += n;
    }
}

void sfd_still_keep(const sfd_still *s, const sfd_plan *plan, int tensor, void *arena)
{
    copy(&s->rows[tensor], plan, tensor, arena, false);
}

void sfd_still_put_back(const sfd_still *s, const sfd_plan *plan, int tensor, void *arena)
{
    copy(&s->rows[tensor], plan, tensor, arena, true);
}
