/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU in training: y = x s(x), dy/dx = s (1 + x (1 - s)) with the sigmoid s. */
#include "graph/ops/silu.h"
#include "train/op.h"

#include <math.h>

typedef struct gating {
    const sfd_kernels *kernels;
    sfd_batch_map x, y, dx, dy;
} gating;

static float *row_of(const sfd_batch_map *m, size_t sample, size_t position)
{
    return m->x + sample * m->sample_floats + position * m->ld;
}

static gating describe(const sfd_train_graph *g, const sfd_train_node *n)
{
    const int in = n->node->inputs[0], out = n->node->output;
    return (gating){g->kernels, sfd_train_values(g, in), sfd_train_values(g, out),
                    sfd_train_grads(g, in), sfd_train_grads(g, out)};
}

static void forward_sample(void *user, size_t sample, int thread)
{
    const gating *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++)
        s->kernels->silu(row_of(&s->y, sample, p), row_of(&s->x, sample, p), s->y.channels);
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    gating s = describe(g, n);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const gating *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        const float *x = row_of(&s->x, sample, p), *dy = row_of(&s->dy, sample, p);
        float *dx = row_of(&s->dx, sample, p);
        for (size_t c = 0; c < s->y.channels; c++) {
            const float gate = 1 / (1 + expf(-x[c]));
            dx[c] += dy[c] * gate * (1 + x[c] * (1 - gate));
        }
    }
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    gating s = describe(g, n);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_silu = {
    .op = &sfd_op_silu, .forward = forward, .backward = backward};
