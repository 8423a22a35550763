/* SPDX-License-Identifier: Apache-2.0 */
/* The pairwise part of a non-local block in training: one sample's piece of time a unit of work.
 *
 *   y = p v,  p = softmax(q k^T / sqrt(C)) or q k^T / n_keys */
#include "graph/ops/attention.h"

#include "train/op.h"

#include <cblas.h>
#include <math.h>

typedef struct pairing {
    const sfd_train_graph *graph;
    const sfd_node *node;
    size_t pieces;
} pairing;

static pairing describe(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_attention_attributes *a = n->node->attributes;
    return (pairing){g, n->node, (size_t)a->pieces};
}

/* A piece with its gradients. */
typedef struct piece_maps {
    sfd_attention a;
    float *dy, *dq, *dk, *dv;
} piece_maps;

static piece_maps get_piece(const pairing *p, size_t item)
{
    const sfd_train_graph *g = p->graph;
    const size_t sample = item / p->pieces, i = item % p->pieces;
    const sfd_node_view v = sfd_train_view(g, p->node, sample);
    const sfd_attention_pieces all = sfd_attention_cut(&v);
    const int *in = p->node->inputs;
    return (piece_maps){
        .a = sfd_attention_piece(&all, i),
        .dy = sfd_train_graph_grad(g, p->node->output, sample) + i * all.y,
        .dq = sfd_train_graph_grad(g, in[0], sample) + i * all.queries,
        .dk = sfd_train_graph_grad(g, in[1], sample) + i * all.keys,
        .dv = sfd_train_graph_grad(g, in[2], sample) + i * all.values,
    };
}

/* Forward needs a tile of p, backward all of p and its gradient. */
static void bind(const sfd_train_graph *g, sfd_train_node *n)
{
    const sfd_node_view v = sfd_plan_view(&g->plan, n->node, NULL);
    const sfd_attention_pieces p = sfd_attention_cut(&v);
    const size_t both = 2 * p.first.n_queries * p.first.n_keys;
    const size_t tile = sfd_attention_scratch_floats(&p.first);
    n->needs.thread = (both > tile ? both : tile) * sizeof(float);
}

static void forward_piece(void *user, size_t item, int thread)
{
    const pairing *p = user;
    const piece_maps m = get_piece(p, item);
    for (size_t tile = 0; tile < sfd_attention_n_tiles(&m.a); tile++)
        sfd_attention_run_tile(&m.a, tile, sfd_train_scratch(p->graph, thread));
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    pairing p = describe(g, n);
    sfd_team_for(g->team, g->batch * p.pieces, forward_piece, &p);
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

static void backward_maps(const piece_maps *m, float *p)
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

static void backward_piece(void *user, size_t item, int thread)
{
    const pairing *p = user;
    const piece_maps m = get_piece(p, item);
    backward_maps(&m, sfd_train_scratch(p->graph, thread));
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    pairing p = describe(g, n);
    sfd_team_for(g->team, g->batch * p.pieces, backward_piece, &p);
}

const sfd_train_op sfd_train_op_attention = {
    .op = &sfd_op_attention, .bind = bind, .forward = forward, .backward = backward};
