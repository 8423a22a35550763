/* SPDX-License-Identifier: Apache-2.0 */
/* What is added to whole frames, in training: its gradient is the sum over a frame's. */
#include "graph/ops/add_to_frames.h"
#include "train/op.h"

typedef struct adding {
    sfd_batch_map x, each, y; /* values or gradients */
    size_t frame;             /* positions of one */
} adding;

static adding describe(const sfd_train_graph *g, const sfd_train_node *n, bool gradient)
{
    const int *in = n->node->inputs, out = n->node->output;
    const int *size = g->plan.tensors[out].size;
    const size_t frame = (size_t)size[1] * (size_t)size[2];
    if (gradient)
        return (adding){sfd_train_grads(g, in[0]), sfd_train_grads(g, in[1]),
                        sfd_train_grads(g, out), frame};
    return (adding){sfd_train_values(g, in[0]), sfd_train_values(g, in[1]),
                    sfd_train_values(g, out), frame};
}

static float *row_at(const sfd_batch_map *m, size_t sample, size_t position)
{
    return m->x + sample * m->sample_floats + position * m->ld;
}

static void forward_sample(void *user, size_t sample, int thread)
{
    const adding *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        const float *x = row_at(&s->x, sample, p), *each = row_at(&s->each, sample, p / s->frame);
        float *y = row_at(&s->y, sample, p);
        for (size_t c = 0; c < s->y.channels; c++)
            y[c] = x[c] + each[c];
    }
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    adding s = describe(g, n, false);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const adding *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        const float *dy = row_at(&s->y, sample, p);
        float *dx = row_at(&s->x, sample, p), *d_each = row_at(&s->each, sample, p / s->frame);
        for (size_t c = 0; c < s->y.channels; c++) {
            dx[c] += dy[c];
            d_each[c] += dy[c];
        }
    }
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    adding s = describe(g, n, true);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_add_to_frames = {
    .op = &sfd_op_add_to_frames, .forward = forward, .backward = backward};
