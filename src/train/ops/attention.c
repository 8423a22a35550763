/* SPDX-License-Identifier: Apache-2.0 */
/* The pairwise part of a non-local block in training: one sample's piece of time a unit of work.
 *
 *   y = p v,  p = softmax(q k^T / sqrt(C)) or q k^T / n_keys */
#include "kernels/attention/attention.h"

#include "train/ops/layers.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>

/* Positions of one piece and where it starts in the maps. */
typedef struct piece_maps {
    sfd_attention a;
    float *dy, *dq, *dk, *dv;
} piece_maps;

static size_t piece_positions(const sfd_train_graph *g, int tensor, const sfd_layer *l)
{
    return sfd_plan_positions(&g->plan.tensors[tensor]) / (size_t)l->pieces;
}

static piece_maps get_piece(const sfd_train_graph *g, const sfd_layer *l, size_t sample,
                            size_t piece)
{
    const sfd_plan_tensor *t = g->plan.tensors;
    const size_t n_q = piece_positions(g, l->input, l), n_k = piece_positions(g, l->keys, l);
    const size_t q = piece * n_q * t[l->input].ld, y = piece * n_q * t[l->output].ld;
    const size_t k = piece * n_k * t[l->keys].ld, v = piece * n_k * t[l->values].ld;
    return (piece_maps){
        .a = {.n_queries = n_q,
              .n_keys = n_k,
              .channels = (size_t)l->cin,
              .queries_ld = t[l->input].ld,
              .keys_ld = t[l->keys].ld,
              .values_ld = t[l->values].ld,
              .y_ld = t[l->output].ld,
              .softmax = l->softmax,
              .queries = sfd_train_graph_value(g, l->input, sample) + q,
              .keys = sfd_train_graph_value(g, l->keys, sample) + k,
              .values = sfd_train_graph_value(g, l->values, sample) + v,
              .y = sfd_train_graph_value(g, l->output, sample) + y},
        .dy = sfd_train_graph_grad(g, l->output, sample) + y,
        .dq = sfd_train_graph_grad(g, l->input, sample) + q,
        .dk = sfd_train_graph_grad(g, l->keys, sample) + k,
        .dv = sfd_train_graph_grad(g, l->values, sample) + v,
    };
}

/* Forward needs a tile of p, backward all of p and its gradient. */
size_t sfd_attention_train_scratch(const sfd_train_graph *g, const sfd_layer *l)
{
    const piece_maps m = {.a = {.n_queries = piece_positions(g, l->input, l),
                                .n_keys = piece_positions(g, l->keys, l)}};
    const size_t both = 2 * m.a.n_queries * m.a.n_keys, tile = sfd_attention_scratch_floats(&m.a);
    return both > tile ? both : tile;
}

void sfd_attention_train_forward(sfd_train_graph *g, size_t layer)
{
    const sfd_layer *l = &g->graph->layers[layer];
    const size_t pieces = (size_t)l->pieces;
#pragma omp parallel for num_threads(g->n_threads) schedule(dynamic)
    for (size_t i = 0; i < g->batch * pieces; i++) {
        const piece_maps m = get_piece(g, l, i / pieces, i % pieces);
        for (size_t tile = 0; tile < sfd_attention_n_tiles(&m.a); tile++)
            sfd_attention_run_tile(&m.a, tile,
                                   g->scratch + (size_t)omp_get_thread_num() * g->scratch_floats);
    }
}

/* dp -> gradient of the products: p (dp - sum p dp). */
static void softmax_backward_row(const float *p, float *dp, size_t n)
{
    double dot = 0;
    for (size_t i = 0; i < n; i++)
        dot += (double)p[i] * (double)dp[i];
    for (size_t i = 0; i < n; i++)
        dp[i] = p[i] * (dp[i] - (float)dot);
}

static void piece_backward(const piece_maps *m, float *p)
{
    const sfd_attention *a = &m->a;
    const blasint n_q = (blasint)a->n_queries, n_k = (blasint)a->n_keys, n = (blasint)a->channels;
    const blasint q_ld = (blasint)a->queries_ld, k_ld = (blasint)a->keys_ld;
    const blasint v_ld = (blasint)a->values_ld, y_ld = (blasint)a->y_ld;
    const float scale = a->softmax ? 1 / sqrtf((float)a->channels) : 1 / (float)a->n_keys;
    float *dp = p + a->n_queries * a->n_keys;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n_q, n_k, n, scale, a->queries, q_ld,
                a->keys, k_ld, 0, p, n_k);
    for (size_t i = 0; a->softmax && i < a->n_queries; i++)
        sfd_softmax_row(p + i * a->n_keys, a->n_keys);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_k, n, n_q, 1, p, n_k, m->dy, y_ld, 1,
                m->dv, v_ld);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n_q, n_k, n, 1, m->dy, y_ld, a->values,
                v_ld, 0, dp, n_k);
    for (size_t i = 0; a->softmax && i < a->n_queries; i++)
        softmax_backward_row(p + i * a->n_keys, dp + i * a->n_keys, a->n_keys);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n_q, n, n_k, scale, dp, n_k, a->keys,
                k_ld, 1, m->dq, q_ld);
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_k, n, n_q, scale, dp, n_k, a->queries,
                q_ld, 1, m->dk, k_ld);
}

void sfd_attention_train_backward(sfd_train_graph *g, size_t layer)
{
    const sfd_layer *l = &g->graph->layers[layer];
    const size_t pieces = (size_t)l->pieces;
#pragma omp parallel for num_threads(g->n_threads) schedule(dynamic)
    for (size_t i = 0; i < g->batch * pieces; i++) {
        const piece_maps m = get_piece(g, l, i / pieces, i % pieces);
        piece_backward(&m, g->scratch + (size_t)omp_get_thread_num() * g->scratch_floats);
    }
}
