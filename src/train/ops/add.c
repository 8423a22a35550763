/* SPDX-License-Identifier: Apache-2.0 */
/* Sums in training. */
#include "graph/ops/add.h"
#include "train/op.h"

typedef struct adding {
    sfd_batch_map a, b, y; /* values or gradients */
} adding;

static const float *row_of(const sfd_batch_map *m, size_t sample, size_t position)
{
    return m->x + sample * m->sample_floats + position * m->ld;
}

static void forward_sample(void *user, size_t sample, int thread)
{
    const adding *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        const float *a = row_of(&s->a, sample, p), *b = row_of(&s->b, sample, p);
        float *y = s->y.x + sample * s->y.sample_floats + p * s->y.ld;
        for (size_t c = 0; c < s->y.channels; c++)
            y[c] = a[c] + b[c];
    }
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    adding s = {sfd_train_values(g, n->node->inputs[0]), sfd_train_values(g, n->node->inputs[1]),
                sfd_train_values(g, n->node->output)};
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const adding *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        const float *dy = row_of(&s->y, sample, p);
        float *da = s->a.x + sample * s->a.sample_floats + p * s->a.ld;
        float *db = s->b.x + sample * s->b.sample_floats + p * s->b.ld;
        for (size_t c = 0; c < s->y.channels; c++) {
            da[c] += dy[c];
            db[c] += dy[c];
        }
    }
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    adding s = {sfd_train_grads(g, n->node->inputs[0]), sfd_train_grads(g, n->node->inputs[1]),
                sfd_train_grads(g, n->node->output)};
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_add = {.op = &sfd_op_add, .forward = forward, .backward = backward};
