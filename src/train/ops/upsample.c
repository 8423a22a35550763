/* SPDX-License-Identifier: Apache-2.0 */
/* Nearest neighbours in training: a position's gradient is the sum of its copies'. */
#include "graph/ops/upsample.h"
#include "train/op.h"

#include <string.h>

typedef struct copying {
    sfd_batch_map in, out; /* values or gradients */
    size_t height, width;  /* of the output */
    size_t in_height, in_width;
} copying;

static copying describe(const sfd_train_graph *g, const sfd_train_node *n, bool gradient)
{
    const sfd_map out = sfd_plan_map(&g->plan, n->node->output, NULL);
    const sfd_map in = sfd_plan_map(&g->plan, n->node->inputs[0], NULL);
    const int from = n->node->inputs[0], to = n->node->output;
    return (copying){gradient ? sfd_train_grads(g, from) : sfd_train_values(g, from),
                     gradient ? sfd_train_grads(g, to) : sfd_train_values(g, to),
                     (size_t)out.size[1],
                     (size_t)out.size[2],
                     (size_t)in.size[1],
                     (size_t)in.size[2]};
}

/* Where the input of output position p is. */
static float *source(const copying *s, size_t sample, size_t p)
{
    const size_t frame = s->height * s->width, t = p / frame, row = p % frame / s->width;
    const size_t column = p % s->width;
    const size_t from = (t * s->in_height + row * s->in_height / s->height) * s->in_width +
                        column * s->in_width / s->width;
    return s->in.x + sample * s->in.sample_floats + from * s->in.ld;
}

static void forward_sample(void *user, size_t sample, int thread)
{
    const copying *s = user;
    (void)thread;
    for (size_t p = 0; p < s->out.positions; p++)
        memcpy(s->out.x + sample * s->out.sample_floats + p * s->out.ld, source(s, sample, p),
               s->out.channels * sizeof(float));
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    copying s = describe(g, n, false);
    sfd_team_for(g->team, g->batch, forward_sample, &s);
}

static void backward_sample(void *user, size_t sample, int thread)
{
    const copying *s = user;
    (void)thread;
    for (size_t p = 0; p < s->out.positions; p++) {
        const float *dy = s->out.x + sample * s->out.sample_floats + p * s->out.ld;
        float *dx = source(s, sample, p);
        for (size_t c = 0; c < s->out.channels; c++)
            dx[c] += dy[c];
    }
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    copying s = describe(g, n, true);
    sfd_team_for(g->team, g->batch, backward_sample, &s);
}

const sfd_train_op sfd_train_op_upsample = {
    .op = &sfd_op_upsample, .forward = forward, .backward = backward};
