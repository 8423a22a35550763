/* SPDX-License-Identifier: Apache-2.0 */
/* Nesterov momentum and learning rate schedules. */
#include "train/optimizer.h"

#include <math.h>

#define WARMUP_START 0.1
#define PI           3.14159265358979323846

void sfd_optimizer_step(sfd_params *p, size_t first, size_t end, double rate, double momentum,
                        double weight_decay)
{
    const float m = (float)momentum, lr = (float)rate;
    for (size_t i = first; i < end; i++) {
        const sfd_param *item = &p->items[i];
        const float decay = item->decayed ? (float)weight_decay : 0;
        float *value = p->value + item->at, *grad = p->grad + item->at;
        float *velocity = p->momentum + item->at;
        for (size_t j = 0; item->learned && j < item->n; j++) {
            const float g = grad[j] + decay * value[j];
            velocity[j] = m * velocity[j] + g;
            value[j] -= lr * (g + m * velocity[j]);
            grad[j] = 0;
        }
    }
}

double sfd_learning_rate(const sfd_train_settings *s, double done)
{
    const double share = done / s->epochs;
    double rate = s->rate;
    if (s->schedule == SFD_TRAIN_COSINE)
        rate *= 0.5 * (1 + cos(PI * share));
    else
        rate *= share < 0.6 ? 1 : share < 0.85 ? 0.1 : 0.01;
    if (done < s->warmup_epochs)
        rate *= WARMUP_START + (1 - WARMUP_START) * done / s->warmup_epochs;
    return rate;
}
