/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling in training: the winning input of every output is remembered. */
#include "train/ops/layers.h"

#include <omp.h>

/* The winners among the taps of one output position; taps in the padding never win, the first of
 * equals does. */
static void pool_position(const sfd_pool_shape *s, const float *x, const int at[3], float *y,
                          uint32_t *chosen)
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
                for (int c = 0; c < s->channels; c++)
                    if (first || !(row[c] <= y[c])) { /* NaN wins */
                        y[c] = row[c];
                        chosen[c] = from;
                    }
                first = false;
            }
}

void sfd_pool_train_forward(sfd_train_graph *g, size_t layer)
{
    const sfd_layer *l = &g->graph->layers[layer];
    const sfd_pool_shape s = sfd_plan_pool_shape(&g->plan, l);
    const size_t channels = (size_t)s.channels, frame = (size_t)s.out[1] * (size_t)s.out[2];
    const size_t frames = (size_t)s.out[0];
#pragma omp parallel for num_threads(g->n_threads)
    for (size_t i = 0; i < g->batch * frames; i++) {
        const size_t n = i / frames, t = i % frames;
        uint32_t *chosen = g->chosen + n * g->n_chosen + g->layers[layer].chosen;
        for (size_t p = t * frame; p < (t + 1) * frame; p++) {
            const int at[3] = {(int)t, (int)(p % frame) / s.out[2], (int)(p % frame) % s.out[2]};
            pool_position(&s, sfd_train_graph_value(g, l->input, n), at,
                          sfd_train_graph_value(g, l->output, n) + p * s.y_ld,
                          chosen + p * channels);
        }
    }
}

void sfd_pool_train_backward(sfd_train_graph *g, size_t layer)
{
    const sfd_layer *l = &g->graph->layers[layer];
    const sfd_pool_shape s = sfd_plan_pool_shape(&g->plan, l);
    const size_t channels = (size_t)s.channels;
    const size_t positions = sfd_plan_positions(&g->plan.tensors[l->output]);
#pragma omp parallel for num_threads(g->n_threads)
    for (size_t n = 0; n < g->batch; n++) {
        const uint32_t *chosen = g->chosen + n * g->n_chosen + g->layers[layer].chosen;
        const float *dy = sfd_train_graph_grad(g, l->output, n);
        float *dx = sfd_train_graph_grad(g, l->input, n);
        for (size_t p = 0; p < positions; p++)
            for (size_t c = 0; c < channels; c++)
                dx[(size_t)chosen[p * channels + c] * s.x_ld + c] += dy[p * s.y_ld + c];
    }
}
