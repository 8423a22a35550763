/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling frames in training. */
#include "graph/ops/sample.h"

#include "train/op.h"

typedef struct sampling {
    sfd_batch_map x, y; /* values, or gradients */
    size_t frames, stride;
} sampling;

static sampling describe(const sfd_train_graph *g, const sfd_train_node *n, bool gradients)
{
    const sfd_sample_attributes *a = n->node->attributes;
    const int x = n->node->inputs[0], y = n->node->output;
    return (sampling){gradients ? sfd_train_grads(g, x) : sfd_train_values(g, x),
                      gradients ? sfd_train_grads(g, y) : sfd_train_values(g, y),
                      (size_t)g->plan.tensors[y].size[0], (size_t)a->stride};
}

/* Row of the input from which an output position is taken. */
static float *source(const sampling *s, size_t sample, size_t p)
{
    const size_t frame = s->y.positions / s->frames;
    const size_t from = p / frame * s->stride * frame + p % frame;
    return s->x.x + sample * s->x.sample_floats + from * s->x.ld;
}

static void forward_sample(void *user, size_t n, int thread)
{
    const sampling *s = user;
    float *y = s->y.x + n * s->y.sample_floats;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++, y += s->y.ld)
        for (size_t c = 0; c < s->y.channels; c++)
            y[c] = source(s, n, p)[c];
}

static void backward_sample(void *user, size_t n, int thread)
{
    const sampling *s = user;
    const float *dy = s->y.x + n * s->y.sample_floats;
    (void)thread;
    for (size_t p = 0; p < s->y.positions; p++, dy += s->y.ld)
        for (size_t c = 0; c < s->y.channels; c++)
            source(s, n, p)[c] += dy[c];
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    sampling s = describe(g, n, false);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    sampling s = describe(g, n, true);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_sample = {
    .op = &sfd_op_sample, .forward = forward, .backward = backward};
