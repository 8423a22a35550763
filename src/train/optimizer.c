/* SPDX-License-Identifier: Apache-2.0 */
#include "train/optimizer.h"

/* Whose weights decay, and how much. */
static float decay_of(const sfd_param *p, const sfd_course *c)
{
    if (p->of_norm)
        return (float)c->norm_decay;
    return p->role == SFD_PARAM_WEIGHT || c->decay_biases ? (float)c->weight_decay : 0;
}

void sfd_optimizer_step(sfd_params *p, size_t first, size_t end, double rate, const sfd_course *c)
{
    const float m = (float)c->momentum, lr = (float)rate;
    for (size_t i = first; i < end; i++) {
        const sfd_param *item = &p->items[i];
        const float decay = decay_of(item, c);
        float *value = p->value + item->at, *grad = p->grad + item->at;
        float *velocity = p->momentum + item->at;
        for (size_t j = 0; item->learned && !item->frozen && j < item->n; j++) {
            const float g = grad[j] + decay * value[j];
            velocity[j] = m * velocity[j] + g;
            value[j] -= lr * (c->nesterov ? g + m * velocity[j] : velocity[j]);
            grad[j] = 0;
        }
    }
}
