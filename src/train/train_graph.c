/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a graph in training and its nodes in order. */
#include "train/train_graph.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kernels/dense/blas.h"
#include "train/bytes.h"
#include "train/op.h"

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

/* A tensor and what it is a slice of. */
static void mark(const sfd_graph *graph, bool *marks, int tensor)
{
    for (; tensor != SFD_NO_TENSOR; tensor = graph->tensors[tensor].parent)
        marks[tensor] = true;
}

static bool is_marked(const sfd_graph *graph, const bool *marks, int tensor)
{
    while (tensor != SFD_NO_TENSOR && !marks[tensor])
        tensor = graph->tensors[tensor].parent;
    return tensor != SFD_NO_TENSOR;
}

/* The start is the same in every step: what may be skipped, or reads what is computed later, is no
 * part of it, nor are maps that are rounded on the way. */
static bool is_before(const sfd_train_graph *g, const sfd_train_node *n, const bool *late)
{
    bool before = !n->learns && !g->params->bytes && n->node->skip == 0;
    for (int i = 0; before && i < n->node->n_inputs; i++)
        before = !is_marked(g->graph, late, n->node->inputs[i]);
    return before;
}

static void find_learning(sfd_train_graph *g, sfd_train_node *n, bool *late)
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
        mark(g->graph, g->wanted, n->node->output);
    n->before = is_before(g, n, late);
    if (!n->before)
        mark(g->graph, late, n->node->output);
}

/* Producers come before their readers. */
static sfd_status find_nodes_in(sfd_train_graph *g, bool *late, sfd_error *err)
{
    bool freezes = false;
    for (size_t i = 0; i < g->graph->n_nodes; i++) {
        sfd_train_node *n = &g->nodes[i];
        n->node = &g->graph->nodes[i];
        n->op = sfd_train_op_find(n->node->op);
        if (!n->op)
            return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: %s (%s) can run, but not be trained",
                            g->graph->name, n->node->name, n->node->op->name);
        find_learning(g, n, late);
        freezes |= n->frozen;
    }
    for (size_t i = 0; !freezes && i < g->graph->n_nodes; i++)
        g->nodes[i].before = false; /* they only move pixels */
    return SFD_OK;
}

static sfd_status find_nodes(sfd_train_graph *g, sfd_error *err)
{
    bool *late = sfd_calloc(g->graph->n_tensors, sizeof *late);
    g->nodes = sfd_calloc(g->graph->n_nodes, sizeof *g->nodes);
    g->wanted = sfd_calloc(g->graph->n_tensors, sizeof *g->wanted);
    const sfd_status status = late && g->nodes && g->wanted ? find_nodes_in(g, late, err)
                                                            : sfd_fail_nomem(err, g->graph->name);
    free(late);
    return status;
}

/* ------------------------------------------------------------------ memory */

/* Values that learning needs: of inputs, outputs, and whatever nodes behind the start read and
 * write. */
static void mark_kept(const sfd_train_graph *g, bool *kept)
{
    const sfd_graph *graph = g->graph;
    for (size_t i = 0; i < graph->n_inputs; i++)
        kept[graph->inputs[i].tensor] = true;
    for (size_t i = 0; i < graph->n_outputs; i++)
        kept[graph->outputs[i].tensor] = true;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (g->nodes[i].before)
            continue;
        kept[graph->nodes[i].output] = true;
        for (int k = 0; k < graph->nodes[i].n_inputs; k++)
            kept[graph->nodes[i].inputs[k]] = true;
    }
}

/* Gradients that are computed: of what learning nodes write and read, but for pictures. Some of
 * these nobody wants; it is simpler to have room for them. */
static void mark_grads(const sfd_train_graph *g, bool *kept)
{
    const sfd_graph *graph = g->graph;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (!g->nodes[i].learns)
            continue;
        mark(graph, kept, graph->nodes[i].output);
        for (int k = 0; k < graph->nodes[i].n_inputs; k++)
            if (sfd_graph_find_input(graph, graph->nodes[i].inputs[k]) == graph->n_inputs)
                mark(graph, kept, graph->nodes[i].inputs[k]);
    }
}

/* Slices are cleared with their map. */
static void find_last_reads(const sfd_train_graph *g, const bool *kept)
{
    for (size_t i = 0; i < g->graph->n_tensors; i++)
        if (kept[i] && g->graph->tensors[i].parent == SFD_NO_TENSOR)
            g->last_reads[i] = sfd_plan_last_read(g->graph, (int)i);
}

static sfd_status make_plans(sfd_train_graph *g, int height, int width, sfd_error *err)
{
    const size_t n = g->graph->n_tensors;
    bool *kept = sfd_calloc(n, sizeof *kept);
    g->last_reads = sfd_calloc(n, sizeof *g->last_reads);
    sfd_status status = kept && g->last_reads ? SFD_OK : sfd_fail_nomem(err, g->graph->name);
    if (status == SFD_OK) {
        mark_kept(g, kept);
        status = sfd_plan_make_for(&g->plan, g->graph, height, width, SFD_PLAN_KEEP_ALL, kept, err);
    }
    if (status == SFD_OK) {
        memset(kept, 0, n * sizeof *kept);
        mark_grads(g, kept);
        find_last_reads(g, kept);
        status =
            sfd_plan_make_for(&g->grads, g->graph, height, width, SFD_PLAN_GRADIENTS, kept, err);
    }
    free(kept);
    return status;
}

static sfd_status make_start(sfd_train_graph *g, int height, int width, sfd_error *err)
{
    bool *before = sfd_calloc(g->graph->n_nodes, sizeof *before);
    if (!before)
        return sfd_fail_nomem(err, g->graph->name);
    for (size_t i = 0; i < g->graph->n_nodes; i++)
        before[i] = g->nodes[i].before;
    const sfd_status status =
        sfd_train_start_create(&g->start, g->graph, before, height, width, err);
    free(before);
    return status;
}

static sfd_status bind_node(sfd_train_graph *g, sfd_train_node *n, sfd_error *err)
{
    n->own = sfd_calloc(1, n->op->own_bytes + 1);
    if (!n->own)
        return sfd_fail_nomem(err, g->graph->name);
    if (n->op->bind)
        n->op->bind(g, n);
    n->kept_sample_at = sfd_train_reserve(&g->totals.kept_sample, n->needs.kept_sample, 1);
    n->kept_at = sfd_train_reserve(&g->totals.kept, n->needs.kept, 1);
    n->prepared_at = sfd_train_reserve(&g->totals.prepared, n->needs.prepared, 1);
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
    for (size_t i = 0; status == SFD_OK && i < g->graph->n_nodes; i++)
        if (!g->nodes[i].before)
            status = bind_node(g, &g->nodes[i], err);
    return status;
}

sfd_status sfd_train_graph_create(sfd_train_graph *g, const sfd_graph *graph, sfd_params *params,
                                  const sfd_kernels *kernels, size_t batch, int height, int width,
                                  sfd_team *team, sfd_error *err)
{
    *g = (sfd_train_graph){
        .graph = graph, .params = params, .kernels = kernels, .batch = batch, .team = team};
    sfd_blas_use_one_thread();
    sfd_status status = find_nodes(g, err);
    if (status == SFD_OK)
        status = make_plans(g, height, width, err);
    if (status == SFD_OK)
        status = make_start(g, height, width, err);
    if (status == SFD_OK)
        status = bind_nodes(g, err);
    if (status != SFD_OK)
        return status;
    g->value = allocate_samples(g, g->plan.arena_bytes);
    g->grad = allocate_samples(g, g->grads.arena_bytes);
    g->kept_samples = allocate_samples(g, g->totals.kept_sample);
    g->kept = sfd_malloc_aligned(g->totals.kept + SLACK_BYTES, 1);
    g->prepared = sfd_malloc_aligned(g->totals.prepared + SLACK_BYTES, 1);
    g->shared = sfd_malloc_aligned(g->totals.shared + SLACK_BYTES, 1);
    g->scratch = sfd_malloc_aligned((size_t)sfd_team_size(team), g->totals.thread);
    if (!g->value || !g->grad || !g->kept_samples || !g->kept || !g->prepared || !g->shared ||
        !g->scratch)
        return sfd_fail_nomem(err, graph->name);
    memset(g->value, 0, batch * g->plan.arena_bytes);
    return SFD_OK;
}

void sfd_train_graph_free(sfd_train_graph *g)
{
    for (size_t i = 0; g->nodes && i < g->graph->n_nodes; i++)
        free(g->nodes[i].own);
    sfd_train_start_free(&g->start);
    sfd_plan_free(&g->plan);
    sfd_plan_free(&g->grads);
    free(g->nodes);
    free(g->wanted);
    free(g->last_reads);
    free(g->value);
    free(g->grad);
    free(g->kept_samples);
    free(g->kept);
    free(g->prepared);
    free(g->shared);
    free(g->scratch);
    *g = (sfd_train_graph){0};
}

/* ------------------------------------------------------------------ running */

sfd_status sfd_train_graph_prepare(sfd_train_graph *g, sfd_error *err)
{
    return sfd_train_start_prepare(&g->start, g->params, g->kernels, g->team, err);
}

typedef struct preparing {
    const sfd_train_graph *graph;
    bool backward;
} preparing;

/* The last nodes, whose weights are the largest, come first. */
static void prepare_node(void *user, size_t item, int thread)
{
    const preparing *p = user;
    const sfd_train_graph *g = p->graph;
    const sfd_train_node *n = &g->nodes[g->graph->n_nodes - 1 - item];
    if (n->op->prepare && !n->before && (n->learns || !p->backward))
        n->op->prepare(g, n, p->backward, thread);
}

static void prepare_all(const sfd_train_graph *g, bool backward)
{
    preparing p = {g, backward};
    sfd_team_for(g->team, g->graph->n_nodes, prepare_node, &p);
}

/* One node whose output is its input. */
typedef struct skipping {
    const sfd_train_graph *graph;
    const sfd_node *node;
    bool backward;
} skipping;

static void skip_sample(void *user, size_t sample, int thread)
{
    const skipping *s = user;
    const int in = s->node->inputs[s->node->skip - 1], out = s->node->output;
    const sfd_batch_map x = (s->backward ? sfd_train_grads : sfd_train_values)(s->graph, in);
    const sfd_batch_map y = (s->backward ? sfd_train_grads : sfd_train_values)(s->graph, out);
    (void)thread;
    for (size_t p = 0; p < y.positions; p++) {
        float *a = x.x + sample * x.sample_floats + p * x.ld;
        float *b = y.x + sample * y.sample_floats + p * y.ld;
        if (s->backward)
            s->graph->kernels->add(a, b, y.channels);
        else
            memcpy(b, a, y.channels * sizeof *b);
    }
}

static bool is_skipped(const sfd_train_graph *g, const sfd_train_node *n)
{
    return g->skips && n->node->skip > 0;
}

static void skip(const sfd_train_graph *g, const sfd_train_node *n, bool backward)
{
    skipping s = {g, n->node, backward};
    if (!backward || sfd_train_graph_wants(g, n->node->inputs[n->node->skip - 1]))
        sfd_team_for(g->team, g->batch, skip_sample, &s);
}

void sfd_train_graph_forward(sfd_train_graph *g)
{
    prepare_all(g, false);
    for (size_t i = 0; i < g->graph->n_inputs; i++)
        sfd_train_round_map(g, g->graph->inputs[i].tensor);
    for (size_t n = 0; g->start.graph.n_nodes > 0 && n < g->batch; n++)
        sfd_train_start_run(&g->start, &g->plan, g->value + n * g->plan.arena_bytes);
    for (size_t turn = 0; turn < g->graph->n_nodes; turn++) {
        const sfd_train_node *n = &g->nodes[g->graph->order[turn]];
        if (n->before)
            continue;
        if (is_skipped(g, n))
            skip(g, n, false);
        else
            n->op->forward(g, n);
        sfd_train_round_map(g, n->node->output);
    }
}

/* Gradients of a sample's maps that are read last in a turn. */
typedef struct clearing {
    const sfd_train_graph *graph;
    size_t turn;
} clearing;

static void clear_sample(void *user, size_t sample, int thread)
{
    const clearing *c = user;
    const sfd_train_graph *g = c->graph;
    (void)thread;
    for (size_t i = 0; i < g->graph->n_tensors; i++)
        if (g->last_reads[i] == c->turn) {
            const sfd_map m = sfd_plan_map(&g->grads, (int)i, NULL);
            memset(sfd_train_graph_grad(g, (int)i, sample), 0,
                   sfd_map_positions(&m) * m.ld * sizeof(float));
        }
}

/* On the way back that is the first turn in which they are added to. */
static void clear_grads(const sfd_train_graph *g, size_t turn)
{
    clearing c = {g, turn};
    sfd_team_for(g->team, g->batch, clear_sample, &c);
}

void sfd_train_graph_clear_grads(sfd_train_graph *g)
{
    clear_grads(g, g->graph->n_nodes + 1);
}

void sfd_train_graph_backward(sfd_train_graph *g)
{
    prepare_all(g, true);
    for (size_t turn = g->graph->n_nodes; turn > 0; turn--) {
        const sfd_train_node *n = &g->nodes[g->graph->order[turn - 1]];
        if (!n->learns)
            continue;
        clear_grads(g, turn);
        sfd_train_clear_clipped(g, n->node->output);
        if (is_skipped(g, n))
            skip(g, n, true);
        else
            n->op->backward(g, n);
    }
}
