/* SPDX-License-Identifier: Apache-2.0 */
/* Time to channels in training. */
#include "graph/ops/to_channel.h"

#include "train/op.h"

typedef struct packing {
    sfd_batch_map x, y;     /* values, or gradients */
    size_t frame, n_packed; /* positions of a frame; frames that become one */
} packing;

static packing describe(const sfd_train_graph *g, const sfd_train_node *n, bool gradients)
{
    const sfd_to_channel_attributes *a = n->node->attributes;
    const int x = n->node->inputs[0], y = n->node->output;
    const int *size = g->plan.tensors[x].size;
    return (packing){gradients ? sfd_train_grads(g, x) : sfd_train_values(g, x),
                     gradients ? sfd_train_grads(g, y) : sfd_train_values(g, y),
                     (size_t)size[1] * (size_t)size[2], (size_t)a->frames};
}

/* Where an input position's channels are in the output. */
static float *target(const packing *s, size_t sample, size_t p)
{
    const size_t t = p / s->frame, at = t / s->n_packed * s->frame + p % s->frame;
    return s->y.x + sample * s->y.sample_floats + at * s->y.ld + t % s->n_packed * s->x.channels;
}

static void forward_sample(void *user, size_t n, int thread)
{
    const packing *s = user;
    const float *x = s->x.x + n * s->x.sample_floats;
    (void)thread;
    for (size_t p = 0; p < s->x.positions; p++, x += s->x.ld)
        for (size_t c = 0; c < s->x.channels; c++)
            target(s, n, p)[c] = x[c];
}

static void backward_sample(void *user, size_t n, int thread)
{
    const packing *s = user;
    float *dx = s->x.x + n * s->x.sample_floats;
    (void)thread;
    for (size_t p = 0; p < s->x.positions; p++, dx += s->x.ld)
        for (size_t c = 0; c < s->x.channels; c++)
            dx[c] += target(s, n, p)[c];
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    packing s = describe(g, n, false);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    packing s = describe(g, n, true);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_to_channel = {
    .op = &sfd_op_to_channel, .forward = forward, .backward = backward};
