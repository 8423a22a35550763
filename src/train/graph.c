/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a training graph and its layers in order. */
#include "train/graph.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kernels/dense/blas.h"
#include "train/ops/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_FLOATS 64 /* room for a vector read past a row */

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ------------------------------------------------------------------ places */

static size_t find_place(const sfd_train_graph *g, const char *prefix, const char *field)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    return sfd_params_find(g->params, name)->at;
}

static void bind_params(const sfd_train_graph *g, const sfd_layer *l, sfd_train_layer *t)
{
    t->weight = find_place(g, l->name, "weight");
    if (l->bias)
        t->bias = find_place(g, l->name, "bias");
    if (!*l->norm)
        return;
    t->gamma = find_place(g, l->norm, "weight");
    t->beta = find_place(g, l->norm, "bias");
    t->mean = find_place(g, l->norm, "running_mean");
    t->var = find_place(g, l->norm, "running_var");
}

/* Places of a convolution's values; returns the floats of weights it may have to rearrange. */
static size_t place_conv(sfd_train_graph *g, const sfd_layer *l, sfd_train_layer *t)
{
    const size_t positions = sfd_plan_positions(&g->plan.tensors[l->output]);
    const sfd_conv_shape shape = sfd_plan_conv_shape(&g->plan, l, 1);
    bind_params(g, l, t);
    if (*l->norm) {
        t->pre = g->pre_floats;
        g->pre_floats += positions * (size_t)l->cout + SLACK_FLOATS;
        t->stats = g->n_stats;
        g->n_stats += 2 * (size_t)l->cout;
    }
    return (size_t)l->cout * (size_t)(l->cin / l->groups) * sfd_conv_taps(&shape);
}

static sfd_status place_layers(sfd_train_graph *g, sfd_error *err)
{
    size_t prepared = 0, widest = SFD_NORM_FOLD;
    for (size_t i = 0; i < g->graph->n_layers; i++) {
        const sfd_layer *l = &g->graph->layers[i];
        sfd_train_layer *t = &g->layers[i];
        widest = max_size(widest, (size_t)max_size((size_t)l->cout, (size_t)l->cin));
        if (l->kind == SFD_LAYER_CONV) {
            g->part_floats = max_size(g->part_floats, place_conv(g, l, t));
            prepared = max_size(prepared, sfd_conv_train_prepared(g, l));
            g->scratch_floats = max_size(g->scratch_floats, sfd_conv_train_scratch(g, l));
        } else if (l->kind == SFD_LAYER_MAX_POOL) {
            t->chosen = g->n_chosen;
            g->n_chosen += sfd_plan_positions(&g->plan.tensors[l->output]) * (size_t)l->cout;
        } else {
            g->scratch_floats = max_size(g->scratch_floats, sfd_attention_train_scratch(g, l));
        }
    }
    const size_t threads = (size_t)g->n_threads;
    g->scratch_floats = (g->scratch_floats + 2 * SLACK_FLOATS) / 16 * 16;
    g->pre = sfd_malloc_aligned(g->batch * (g->pre_floats + SLACK_FLOATS), sizeof *g->pre);
    g->chosen = sfd_malloc_array(g->batch * g->n_chosen, sizeof *g->chosen);
    g->stats = sfd_calloc(g->n_stats, sizeof *g->stats);
    g->prepared = sfd_malloc_aligned(prepared + SLACK_FLOATS, sizeof *g->prepared);
    g->flipped = sfd_malloc_aligned(g->part_floats + SLACK_FLOATS, sizeof *g->flipped);
    g->zeros = sfd_calloc(widest + SLACK_FLOATS, sizeof *g->zeros);
    g->scratch = sfd_malloc_aligned(threads * g->scratch_floats, sizeof *g->scratch);
    g->parts = sfd_malloc_aligned(threads * g->part_floats, sizeof *g->parts);
    g->sums = sfd_calloc(threads * 2 * widest, sizeof *g->sums);
    g->widest = widest;
    g->norm_rows = sfd_calloc(SFD_NORM_ROWS * widest, sizeof *g->norm_rows);
    const bool ok = g->pre && g->chosen && g->stats && g->prepared && g->flipped && g->zeros &&
                    g->scratch && g->parts && g->sums && g->norm_rows;
    return ok ? SFD_OK : sfd_fail_nomem(err, g->graph->name);
}

sfd_status sfd_train_graph_create(sfd_train_graph *g, const sfd_graph *graph, sfd_params *params,
                                  const sfd_kernels *kernels, size_t batch, int height, int width,
                                  int n_threads, sfd_error *err)
{
    *g = (sfd_train_graph){.graph = graph,
                           .params = params,
                           .kernels = kernels,
                           .batch = batch,
                           .n_threads = n_threads};
    sfd_blas_use_one_thread();
    sfd_status status = sfd_plan_make(&g->plan, graph, height, width, SFD_PLAN_KEEP_ALL, err);
    if (status != SFD_OK)
        return status;
    size_t floats;
    if (!sfd_mul_size(batch, g->plan.arena_floats, &floats))
        return sfd_fail_nomem(err, graph->name);
    g->value = sfd_malloc_aligned(floats, sizeof *g->value);
    g->grad = sfd_malloc_aligned(floats, sizeof *g->grad);
    g->layers = sfd_calloc(graph->n_layers, sizeof *g->layers);
    if (!g->value || !g->grad || !g->layers)
        return sfd_fail_nomem(err, graph->name);
    memset(g->value, 0, floats * sizeof *g->value);
    return place_layers(g, err);
}

void sfd_train_graph_free(sfd_train_graph *g)
{
    sfd_plan_free(&g->plan);
    free(g->layers);
    free(g->value);
    free(g->grad);
    free(g->pre);
    free(g->chosen);
    free(g->stats);
    free(g->prepared);
    free(g->flipped);
    free(g->zeros);
    free(g->scratch);
    free(g->parts);
    free(g->sums);
    free(g->norm_rows);
    *g = (sfd_train_graph){0};
}

/* ------------------------------------------------------------------ running */

bool sfd_batch_next_span(sfd_batch_span *span, size_t batch, size_t positions, size_t part,
                         size_t n_parts)
{
    const size_t total = batch * positions, begin = total * part / n_parts;
    const size_t stop = total * (part + 1) / n_parts;
    const size_t at = span->end == 0 ? begin : span->sample * positions + span->end;
    if (at >= stop)
        return false;
    span->sample = at / positions;
    span->first = at % positions;
    const size_t left = stop - span->sample * positions;
    span->end = left < positions ? left : positions;
    return true;
}

void sfd_train_graph_forward(sfd_train_graph *g)
{
    for (size_t i = 0; i < g->graph->n_layers; i++) {
        const sfd_layer *l = &g->graph->layers[i];
        if (l->kind == SFD_LAYER_MAX_POOL) {
            sfd_pool_train_forward(g, i);
        } else if (l->kind == SFD_LAYER_ATTENTION) {
            sfd_attention_train_forward(g, i);
        } else {
            sfd_conv_train_forward(g, i);
            sfd_norm_forward(g, i);
        }
    }
}

void sfd_train_graph_clear_grads(sfd_train_graph *g)
{
    memset(g->grad, 0, g->batch * g->plan.arena_floats * sizeof *g->grad);
}

void sfd_train_graph_backward(sfd_train_graph *g)
{
    for (size_t i = g->graph->n_layers; i-- > 0;) {
        const sfd_layer *l = &g->graph->layers[i];
        if (l->kind == SFD_LAYER_MAX_POOL) {
            sfd_pool_train_backward(g, i);
        } else if (l->kind == SFD_LAYER_ATTENTION) {
            sfd_attention_train_backward(g, i);
        } else {
            sfd_norm_backward(g, i);
            sfd_conv_train_backward(g, i);
        }
    }
}
