/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours side by side, in training. */
#include "graph/ops/space_to_depth.h"
#include "train/op.h"

#include <string.h>

typedef struct moving {
    sfd_batch_map in, out; /* values or gradients */
    size_t width;          /* of the output */
} moving;

static moving describe(const sfd_train_graph *g, const sfd_train_node *n, bool gradient)
{
    const sfd_map out = sfd_plan_map(&g->plan, n->node->output, NULL);
    const int from = n->node->inputs[0], to = n->node->output;
    return (moving){gradient ? sfd_train_grads(g, from) : sfd_train_values(g, from),
                    gradient ? sfd_train_grads(g, to) : sfd_train_values(g, to),
                    (size_t)out.size[2]};
}

/* The input position of neighbour k (upper left, lower left, upper right, lower right) of output
 * position p. Rows of all frames follow each other. */
static float *source(const moving *s, size_t sample, size_t p, size_t k)
{
    const size_t row = 2 * (p / s->width) + k % 2, column = 2 * (p % s->width) + k / 2;
    return s->in.x + sample * s->in.sample_floats + (row * 2 * s->width + column) * s->in.ld;
}

static float *target(const moving *s, size_t sample, size_t p, size_t k)
{
    return s->out.x + sample * s->out.sample_floats + p * s->out.ld + k * s->in.channels;
}

static void forward_sample(void *user, size_t sample, int thread)
{
    const moving *s = user;
    (void)thread;
    for (size_t p = 0; p < s->out.positions; p++)
        for (size_t k = 0; k < 4; k++)
            memcpy(target(s, sample, p, k), source(s, sample, p, k),
                   s->in.channels * sizeof(float));
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    moving s = describe(g, n, false);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const moving *s = user;
    (void)thread;
    for (size_t p = 0; p < s->out.positions; p++)
        for (size_t k = 0; k < 4; k++) {
            const float *dy = target(s, sample, p, k);
            float *dx = source(s, sample, p, k);
            for (size_t c = 0; c < s->in.channels; c++)
                dx[c] += dy[c];
        }
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    moving s = describe(g, n, true);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_space_to_depth = {
    .op = &sfd_op_space_to_depth, .forward = forward, .backward = backward};
