/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling in training: the winning input of every output is remembered. */
#include "graph/ops/max_pool.h"
#include "train/op.h"

/* The winners among the taps of one output position; taps in the padding never win, the first of
 * equals does. */
static void pool_position(const sfd_pool_shape *s, const float *restrict x, const int at[3],
                          float *restrict y, uint32_t *restrict chosen)
{
    bool first = true;
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++)
            for (int dw = 0; dw < s->kernel[2]; dw++) {
                const int t = at[0] * s->stride[0] - s->padding[0] + dt;
                const int h = at[1] * s->stride[1] - s->padding[1] + dh;
                const int w = at[2] * s->stride[2] - s->padding[2] + dw;
                if (t < 0 || t >= s->in[0] || h < 0 || h >= s->in[1] || w < 0 || w >= s->in[2])
                    continue;
                const uint32_t from = (uint32_t)((t * s->in[1] + h) * s->in[2] + w);
                const float *row = x + (size_t)from * s->x_ld;
                for (int c = 0; c < s->channels; c++) {
                    const bool wins = first | !(row[c] <= y[c]); /* NaN wins */
                    y[c] = wins ? row[c] : y[c];
                    chosen[c] = wins ? from : chosen[c];
                }
                first = false;
            }
}

/* What forward and backward know of the node. */
typedef struct pooling {
    const sfd_train_graph *graph;
    const sfd_train_node *node;
    sfd_pool_shape shape;
} pooling;

static pooling describe(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_node_view v = sfd_train_view(g, n->node, 0);
    return (pooling){g, n, sfd_max_pool_shape(&v)};
}

static void bind(const sfd_train_graph *g, sfd_train_node *n)
{
    const sfd_map out = sfd_plan_map(&g->plan, n->node->output, NULL);
    n->needs.kept_sample = sfd_map_positions(&out) * (size_t)out.channels * sizeof(uint32_t);
}

static void forward_frame(void *user, size_t item, int thread)
{
    const pooling *p = user;
    const sfd_pool_shape *s = &p->shape;
    const size_t channels = (size_t)s->channels, frame = (size_t)s->out[1] * (size_t)s->out[2];
    const size_t frames = (size_t)s->out[0], n = item / frames, t = item % frames;
    const float *x = sfd_train_graph_value(p->graph, p->node->node->inputs[0], n);
    float *y = sfd_train_graph_value(p->graph, p->node->node->output, n);
    uint32_t *chosen = sfd_train_kept_sample(p->graph, p->node, n);
    (void)thread;
    for (size_t i = t * frame; i < (t + 1) * frame; i++) {
        const int at[3] = {(int)t, (int)(i % frame) / s->out[2], (int)(i % frame) % s->out[2]};
        pool_position(s, x, at, y + i * s->y_ld, chosen + i * channels);
    }
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    pooling p = describe(g, n);
    sfd_team_for(g->team, g->batch * (size_t)p.shape.out[0], forward_frame, &p);
}

/* Output frames that are apart in the input, too. */
static size_t pieces_of(const sfd_pool_shape *s)
{
    return s->kernel[0] <= s->stride[0] ? (size_t)s->out[0] : 1;
}

static void backward_piece(void *user, size_t item, int thread)
{
    const pooling *p = user;
    const sfd_pool_shape *s = &p->shape;
    const size_t channels = (size_t)s->channels, n = item / pieces_of(s);
    const sfd_batch_map dy = sfd_train_grads(p->graph, p->node->node->output);
    const size_t rows = dy.positions / pieces_of(s), first = item % pieces_of(s) * rows;
    const float *row = dy.x + n * dy.sample_floats + first * dy.ld;
    float *dx = sfd_train_graph_grad(p->graph, p->node->node->inputs[0], n);
    const uint32_t *chosen = sfd_train_kept_sample(p->graph, p->node, n);
    (void)thread;
    chosen += first * channels;
    for (size_t i = 0; i < rows; i++, row += dy.ld, chosen += channels)
        for (size_t c = 0; c < channels; c++)
            dx[(size_t)chosen[c] * s->x_ld + c] += row[c];
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    pooling p = describe(g, n);
    sfd_team_for(g->team, g->batch * pieces_of(&p.shape), backward_piece, &p);
}

const sfd_train_op sfd_train_op_max_pool = {
    .op = &sfd_op_max_pool, .bind = bind, .forward = forward, .backward = backward};
