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

/* Maps without gaps are one long row. */
static void join_rows(gating *s)
{
    sfd_batch_map *all[] = {&s->x, &s->y, &s->dx, &s->dy};
    for (size_t i = 0; i < 4; i++)
        if (all[i]->ld != all[i]->channels)
            return;
    for (size_t i = 0; i < 4; i++) {
        all[i]->channels *= all[i]->positions;
        all[i]->positions = 1;
    }
}

static gating describe(const sfd_train_graph *g, const sfd_train_node *n)
{
    const int in = n->node->inputs[0], out = n->node->output;
    gating s = {g->kernels, sfd_train_values(g, in), sfd_train_values(g, out),
                sfd_train_grads(g, in), sfd_train_grads(g, out)};
    join_rows(&s);
    return s;
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

/* The sigmoid without an exponential: y / x, and its tangent where that says nothing. */
static inline float gate_of(float x, float y)
{
    return fabsf(x) > 0.01F ? y / x : 0.5F + 0.25F * x;
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const gating *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        const float *x = row_of(&s->x, sample, p), *y = row_of(&s->y, sample, p);
        const float *dy = row_of(&s->dy, sample, p);
        float *dx = row_of(&s->dx, sample, p);
        for (size_t c = 0; c < s->y.channels; c++) {
            const float gate = gate_of(x[c], y[c]);
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
