/* SPDX-License-Identifier: Apache-2.0 */
/* Means of rows in training: each place of a row gets its share of the mean's gradient. */
#include "graph/ops/row_mean.h"
#include "train/op.h"

#include <string.h>

typedef struct averaging {
    sfd_batch_map x, y; /* values or gradients */
    size_t width;
} averaging;

static averaging describe(const sfd_train_graph *g, const sfd_train_node *n, bool gradient)
{
    const int from = n->node->inputs[0], to = n->node->output;
    return (averaging){gradient ? sfd_train_grads(g, from) : sfd_train_values(g, from),
                       gradient ? sfd_train_grads(g, to) : sfd_train_values(g, to),
                       (size_t)g->plan.tensors[from].size[2]};
}

static float *row_at(const sfd_batch_map *m, size_t sample, size_t position)
{
    return m->x + sample * m->sample_floats + position * m->ld;
}

static void forward_sample(void *user, size_t sample, int thread)
{
    const averaging *s = user;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++) {
        float *y = row_at(&s->y, sample, p);
        memset(y, 0, s->y.channels * sizeof *y);
        for (size_t i = 0; i < s->width; i++) {
            const float *x = row_at(&s->x, sample, p * s->width + i);
            for (size_t c = 0; c < s->y.channels; c++)
                y[c] += x[c];
        }
        for (size_t c = 0; c < s->y.channels; c++)
            y[c] /= (float)s->width;
    }
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    averaging s = describe(g, n, false);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const averaging *s = user;
    (void)thread;
    for (size_t p = 0; p < s->x.positions; p++) {
        const float *dy = row_at(&s->y, sample, p / s->width);
        float *dx = row_at(&s->x, sample, p);
        for (size_t c = 0; c < s->y.channels; c++)
            dx[c] += dy[c] / (float)s->width;
    }
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    averaging s = describe(g, n, true);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_row_mean = {
    .op = &sfd_op_row_mean, .forward = forward, .backward = backward};
