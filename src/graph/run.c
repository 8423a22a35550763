/* SPDX-License-Identifier: Apache-2.0 */
/* Running the layers of a plan: one team of threads for the whole network, tiles handed out one by
 * one. */
#include "graph/executable.h"

#include "base/clock.h"
#include "kernels/attention/attention.h"

#include <omp.h>

/* What every thread of the team knows. */
typedef struct run_context {
    const sfd_executable *x;
    const sfd_plan *plan;
    float *arena;
    float *scratch; /* this thread's own */
    int n_threads;
} run_context;

static float *tensor_data(const run_context *r, int tensor)
{
    return r->arena + r->plan->tensors[tensor].offset;
}

static void run_conv(const run_context *r, const sfd_layer *l, const sfd_conv_weights *w)
{
    const sfd_conv_shape shape = sfd_plan_conv_shape(r->plan, l, r->n_threads);
    const sfd_conv_io io = {.x = tensor_data(r, l->input),
                            .weights = w->weights,
                            .bias = w->bias,
                            .residual =
                                l->residual == SFD_NO_TENSOR ? NULL : tensor_data(r, l->residual),
                            .y = tensor_data(r, l->output)};
    const size_t n = w->algorithm->n_tiles(&shape);
#pragma omp for schedule(dynamic)
    for (size_t tile = 0; tile < n; tile++)
        w->algorithm->run_tile(&shape, &io, tile, r->scratch);
}

static void run_max_pool(const run_context *r, const sfd_layer *l)
{
    const sfd_pool_shape shape = sfd_plan_pool_shape(r->plan, l);
    const float *x = tensor_data(r, l->input);
    float *y = tensor_data(r, l->output);
#pragma omp for schedule(dynamic, 4)
    for (int row = 0; row < shape.out[0] * shape.out[1]; row++)
        r->x->kernels->max_pool_row(&shape, x, y, row / shape.out[1], row % shape.out[1]);
}

/* The attention of one piece of the time axis; with one piece, of the whole clip. */
static sfd_attention attention_piece(const run_context *r, const sfd_layer *l, int piece)
{
    const sfd_plan_tensor *q = &r->plan->tensors[l->input], *k = &r->plan->tensors[l->keys];
    const sfd_plan_tensor *v = &r->plan->tensors[l->values], *y = &r->plan->tensors[l->output];
    const size_t n = (size_t)l->pieces, i = (size_t)piece;
    const size_t n_q = (size_t)q->size[0] * (size_t)q->size[1] * (size_t)q->size[2] / n;
    const size_t n_k = (size_t)k->size[0] * (size_t)k->size[1] * (size_t)k->size[2] / n;
    return (sfd_attention){.n_queries = n_q,
                           .n_keys = n_k,
                           .channels = (size_t)l->cin,
                           .queries_ld = q->ld,
                           .keys_ld = k->ld,
                           .values_ld = v->ld,
                           .y_ld = y->ld,
                           .softmax = l->softmax,
                           .queries = tensor_data(r, l->input) + i * n_q * q->ld,
                           .keys = tensor_data(r, l->keys) + i * n_k * k->ld,
                           .values = tensor_data(r, l->values) + i * n_k * v->ld,
                           .y = tensor_data(r, l->output) + i * n_q * y->ld};
}

static void run_attention(const run_context *r, const sfd_layer *l)
{
    for (int piece = 0; piece < l->pieces; piece++) {
        const sfd_attention a = attention_piece(r, l, piece);
        const size_t n = sfd_attention_n_tiles(&a);
#pragma omp for schedule(dynamic)
        for (size_t tile = 0; tile < n; tile++)
            sfd_attention_run_tile(&a, tile, r->scratch);
    }
}

size_t sfd_executable_scratch_floats(const sfd_executable *x, const sfd_plan *plan, int n_threads)
{
    const run_context r = {x, plan, NULL, NULL, n_threads};
    size_t most = 0;
    for (size_t i = 0; i < x->graph->n_layers; i++) {
        const sfd_layer *l = &x->graph->layers[i];
        size_t n = 0;
        if (l->kind == SFD_LAYER_CONV) {
            const sfd_conv_shape shape = sfd_plan_conv_shape(plan, l, n_threads);
            n = x->conv[i].algorithm->scratch_floats(&shape);
        } else if (l->kind == SFD_LAYER_ATTENTION) {
            const sfd_attention a = attention_piece(&r, l, 0);
            n = sfd_attention_scratch_floats(&a);
        }
        most = n > most ? n : most;
    }
    return (most + 15) / 16 * 16;
}

static void run_layer(const run_context *r, size_t i)
{
    const sfd_layer *l = &r->x->graph->layers[i];
    switch (l->kind) {
    case SFD_LAYER_CONV:
        run_conv(r, l, &r->x->conv[i]);
        break;
    case SFD_LAYER_MAX_POOL:
        run_max_pool(r, l);
        break;
    case SFD_LAYER_ATTENTION:
        run_attention(r, l);
        break;
    }
}

void sfd_executable_run(const sfd_executable *x, const sfd_plan *plan, float *arena, float *scratch,
                        size_t scratch_floats, int n_threads, double *layer_s)
{
#pragma omp parallel num_threads(n_threads)
    {
        const run_context r = {x, plan, arena,
                               scratch + (size_t)omp_get_thread_num() * scratch_floats, n_threads};
        for (size_t turn = 0; turn < x->graph->n_layers; turn++) {
            const size_t i = sfd_graph_layer_at(x->graph, turn);
            const double start = layer_s ? sfd_clock_s() : 0;
            run_layer(&r, i); /* ends in a barrier: the next layer reads what all threads wrote */
            if (layer_s) {
#pragma omp master
                layer_s[i] = sfd_clock_s() - start;
            }
        }
    }
}
