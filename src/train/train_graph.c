/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a graph in training and its nodes in order. */
#include "train/train_graph.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kernels/dense/blas.h"
#include "train/bytes.h"

#include <stdlib.h>
#include <string.h>

#define SLACK_BYTES 256 /* room for a vector read past the end */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ------------------------------------------------------------------ what learns */

typedef struct param_count {
    const sfd_params *params;
    size_t n, n_frozen; /* learned by their nature */
} param_count;

static sfd_status count_param(void *user, const sfd_param_desc *d, sfd_error *err)
{
    param_count *c = user;
    const sfd_param *p = sfd_params_find(c->params, d->name);
    (void)err;
    c->n += p && p->learned;
    c->n_frozen += p && p->learned && p->frozen;
    return SFD_OK;
}

static void mark_wanted(sfd_train_graph *g, int tensor)
{
    for (; tensor != SFD_NO_TENSOR; tensor = g->graph->tensors[tensor].parent)
        g->wanted[tensor] = true;
}

/* In the order in which nodes run. */
static void find_learning(sfd_train_graph *g, sfd_train_node *n)
{
    param_count c = {.params = g->params};
    sfd_error err;
    if (n->node->op->each_param)
        n->node->op->each_param(n->node, count_param, &c, &err);
    n->frozen = c.n > 0 && c.n_frozen == c.n;
    n->learns = c.n_frozen < c.n;
    for (int i = 0; i < n->node->n_inputs; i++)
        n->learns |= sfd_train_graph_wants(g, n->node->inputs[i]);
    if (n->learns)
        mark_wanted(g, n->node->output);
}

/* ------------------------------------------------------------------ memory */

static sfd_status bind_node(sfd_train_graph *g, size_t i, sfd_error *err)
{
    sfd_train_node *n = &g->nodes[i];
    n->node = &g->graph->nodes[i];
    n->op = sfd_train_op_find(n->node->op);
    if (!n->op)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: %s (%s) can run, but not be trained",
                        g->graph->name, n->node->name, n->node->op->name);
    n->own = sfd_calloc(1, n->op->own_bytes + 1);
    if (!n->own)
        return sfd_fail_nomem(err, g->graph->name);
    find_learning(g, n);
    if (n->op->bind)
        n->op->bind(g, n);
    n->kept_sample_at = sfd_train_reserve(&g->totals.kept_sample, n->needs.kept_sample, 1);
    n->kept_at = sfd_train_reserve(&g->totals.kept, n->needs.kept, 1);
    size_t thread = 0;
    sfd_train_reserve(&thread, n->needs.thread + SLACK_BYTES, 1);
    g->totals.thread = larger(g->totals.thread, thread);
    g->totals.shared = larger(g->totals.shared, n->needs.shared);
    return SFD_OK;
}

/* A block for every sample; NULL when that is more than there can be. */
static char *allocate_samples(const sfd_train_graph *g, size_t bytes)
{
    size_t all;
    if (!sfd_mul_size(g->batch, bytes, &all) || all > SIZE_MAX - SLACK_BYTES)
        return NULL;
    return sfd_malloc_aligned(all + SLACK_BYTES, 1);
}

static sfd_status bind_nodes(sfd_train_graph *g, sfd_error *err)
{
    sfd_status status = SFD_OK;
    g->nodes = sfd_calloc(g->graph->n_nodes, sizeof *g->nodes);
    g->wanted = sfd_calloc(g->graph->n_tensors, sizeof *g->wanted);
    if (!g->nodes || !g->wanted)
        return sfd_fail_nomem(err, g->graph->name);
    for (size_t i = 0; status == SFD_OK && i < g->graph->n_nodes; i++)
        status = bind_node(g, i, err);
    return status;
}

sfd_status sfd_train_graph_create(sfd_train_graph *g, const sfd_graph *graph, sfd_params *params,
                                  const sfd_kernels *kernels, size_t batch, int height, int width,
                                  sfd_team *team, sfd_error *err)
{
    *g = (sfd_train_graph){
        .graph = graph, .params = params, .kernels = kernels, .batch = batch, .team = team};
    sfd_blas_use_one_thread();
    sfd_status status = sfd_plan_make(&g->plan, graph, height, width, SFD_PLAN_KEEP_ALL, err);
    if (status == SFD_OK)
        status = bind_nodes(g, err);
    if (status != SFD_OK)
        return status;
    g->value = allocate_samples(g, g->plan.arena_bytes);
    g->grad = allocate_samples(g, g->plan.arena_bytes);
    g->kept_samples = allocate_samples(g, g->totals.kept_sample);
    g->kept = sfd_malloc_aligned(g->totals.kept + SLACK_BYTES, 1);
    g->shared = sfd_malloc_aligned(g->totals.shared + SLACK_BYTES, 1);
    g->scratch = sfd_malloc_aligned((size_t)sfd_team_size(team), g->totals.thread);
    if (!g->value || !g->grad || !g->kept_samples || !g->kept || !g->shared || !g->scratch)
        return sfd_fail_nomem(err, graph->name);
    memset(g->value, 0, batch * g->plan.arena_bytes);
    return SFD_OK;
}

void sfd_train_graph_free(sfd_train_graph *g)
{
    for (size_t i = 0; g->nodes && i < g->graph->n_nodes; i++)
        free(g->nodes[i].own);
    sfd_plan_free(&g->plan);
    free(g->nodes);
    free(g->wanted);
    free(g->value);
    free(g->grad);
    free(g->kept_samples);
    free(g->kept);
    free(g->shared);
    free(g->scratch);
    *g = (sfd_train_graph){0};
}

/* ------------------------------------------------------------------ running */

void sfd_train_graph_forward(sfd_train_graph *g)
{
    for (size_t i = 0; i < g->graph->n_inputs; i++)
        sfd_train_round_map(g, g->graph->inputs[i].tensor);
    for (size_t i = 0; i < g->graph->n_nodes; i++) {
        g->nodes[i].op->forward(g, &g->nodes[i]);
        sfd_train_round_map(g, g->graph->nodes[i].output);
    }
}

void sfd_train_graph_clear_grads(sfd_train_graph *g)
{
    memset(g->grad, 0, g->batch * g->plan.arena_bytes);
}

void sfd_train_graph_backward(sfd_train_graph *g)
{
    for (size_t i = g->graph->n_nodes; i-- > 0;)
        if (g->nodes[i].learns) {
            sfd_train_clear_clipped(g, g->graph->nodes[i].output);
            g->nodes[i].op->backward(g, &g->nodes[i]);
        }
}
