/* SPDX-License-Identifier: Apache-2.0 */
#include "train/start.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ its graph */

/* Tensors that the other nodes read, or others look at. */
static void mark_read(const sfd_graph *g, const bool *before, bool *read)
{
    for (size_t i = 0; i < g->n_outputs; i++)
        read[g->outputs[i].tensor] = true;
    for (size_t i = 0; i < g->n_nodes; i++)
        for (int k = 0; !before[i] && k < g->nodes[i].n_inputs; k++)
            read[g->nodes[i].inputs[k]] = true;
}

static bool is_read(const sfd_graph *g, const bool *read, int tensor)
{
    while (tensor != SFD_NO_TENSOR && !read[tensor])
        tensor = g->tensors[tensor].parent;
    return tensor != SFD_NO_TENSOR;
}

sfd_status sfd_train_start_create(sfd_train_start *s, const sfd_graph *whole, const bool *before,
                                  int height, int width, sfd_error *err)
{
    *s = (sfd_train_start){.height = height, .width = width};
    bool *read = sfd_calloc(whole->n_tensors, sizeof *read);
    bool *ends = sfd_calloc(whole->n_tensors, sizeof *ends);
    bool ok = read && ends;
    if (ok) {
        mark_read(whole, before, read);
        for (size_t i = 0; i < whole->n_nodes; i++)
            ends[whole->nodes[i].output] =
                before[i] && is_read(whole, read, whole->nodes[i].output);
        sfd_graph_take_part(&s->graph, whole, before, ends);
        sfd_graph_fuse(&s->graph);
        ok = !s->graph.failed;
    }
    free(read);
    free(ends);
    return ok ? SFD_OK : sfd_fail_nomem(err, whole->name);
}

static void free_prepared(sfd_train_start *s)
{
    sfd_executor_free(&s->executor);
    sfd_executable_free(&s->executable);
}

void sfd_train_start_free(sfd_train_start *s)
{
    free_prepared(s);
    sfd_graph_free(&s->graph);
}

/* ------------------------------------------------------------------ its weights */

typedef struct taking {
    sfd_weights *weights;
    const sfd_params *params;
} taking;

static sfd_status take_param(void *user, const sfd_param_desc *d, sfd_error *err)
{
    const taking *t = user;
    const sfd_param *p = sfd_params_find(t->params, d->name);
    float *data;
    sfd_status status = sfd_weights_add(t->weights, d->name, d->n_dims, d->dims, &data, err);
    if (status == SFD_OK)
        memcpy(data, t->params->value + p->at, p->n * sizeof *data);
    return status;
}

sfd_status sfd_train_start_prepare(sfd_train_start *s, const sfd_params *params,
                                   const sfd_kernels *kernels, sfd_team *team, sfd_error *err)
{
    taking t = {.params = params};
    free_prepared(s);
    if (s->graph.n_nodes == 0)
        return SFD_OK;
    sfd_status status = sfd_weights_create(&t.weights, s->graph.name, err);
    if (status == SFD_OK)
        status = sfd_graph_each_param(&s->graph, take_param, &t, err);
    if (status == SFD_OK)
        status = sfd_executable_create(
            &s->executable, &s->graph, s->height, s->width,
            &(sfd_prepare_settings){.weights = t.weights, .kernels = kernels}, err);
    sfd_weights_close(t.weights);
    return status == SFD_OK ? sfd_executor_create(&s->executor, &s->executable, s->height, s->width,
                                                  SFD_PLAN_SHARE, team, err)
                            : status;
}

/* ------------------------------------------------------------------ running */

typedef struct copying {
    sfd_map from, to;
} copying;

static void copy_frame(void *user, size_t t, int thread)
{
    const copying *c = user;
    const size_t n = (size_t)c->from.channels,
                 frame = (size_t)c->from.size[1] * (size_t)c->from.size[2];
    const float *from = (const float *)c->from.data + t * frame * c->from.ld;
    float *to = (float *)c->to.data + t * frame * c->to.ld;
    (void)thread;
    if (c->from.ld == n && c->to.ld == n)
        memcpy(to, from, frame * n * sizeof *to);
    else
        for (size_t i = 0; i < frame; i++)
            memcpy(to + i * c->to.ld, from + i * c->from.ld, n * sizeof *to);
}

static void copy_map(sfd_team *team, sfd_map from, sfd_map to)
{
    copying c = {from, to};
    sfd_team_for(team, (size_t)from.size[0], copy_frame, &c);
}

void sfd_train_start_run(sfd_train_start *s, const sfd_plan *whole, void *arena)
{
    const sfd_graph *g = &s->graph;
    sfd_executor *e = &s->executor;
    for (size_t i = 0; i < g->n_inputs; i++) {
        const int tensor = g->inputs[i].tensor;
        copy_map(e->team, sfd_plan_map(whole, tensor, arena), sfd_executor_map(e, tensor));
    }
    sfd_executor_run(e, NULL);
    for (size_t i = 0; i < g->n_outputs; i++) {
        const int tensor = g->outputs[i].tensor;
        copy_map(e->team, sfd_executor_map(e, tensor), sfd_plan_map(whole, tensor, arena));
    }
}
