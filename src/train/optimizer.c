/* SPDX-License-Identifier: Apache-2.0 */
#include "train/optimizer.h"

#include <math.h>
#include <stdatomic.h>

static void for_each(sfd_team *team, size_t n, sfd_team_fn fn, void *user)
{
    if (team)
        sfd_team_for(team, n, fn, user);
    for (size_t i = 0; !team && i < n; i++)
        fn(user, i, 0);
}

/* ------------------------------------------------------------------ a step */

typedef struct step {
    const sfd_params *params;
    const sfd_course *course;
    size_t end; /* tensors: the last ones, which are the largest, come first */
    float rate;
} step;

/* Whose weights decay, and how much. */
static float decay_of(const sfd_param *p, const sfd_course *c)
{
    if (p->of_norm)
        return (float)c->norm_decay;
    return p->role == SFD_PARAM_WEIGHT || c->decay_biases ? (float)c->weight_decay : 0;
}

static void step_param(void *user, size_t i, int thread)
{
    const step *s = user;
    const sfd_param *item = &s->params->items[s->end - 1 - i];
    const float m = (float)s->course->momentum, decay = decay_of(item, s->course);
    const bool nesterov = s->course->nesterov;
    float *restrict value = s->params->value + item->at, *restrict grad =
                                                             s->params->grad + item->at;
    float *restrict velocity = s->params->momentum + item->at;
    (void)thread;
    for (size_t j = 0; item->learned && !item->frozen && j < item->n; j++) {
        const float g = grad[j] + decay * value[j];
        velocity[j] = m * velocity[j] + g;
        value[j] -= s->rate * (nesterov ? g + m * velocity[j] : velocity[j]);
        grad[j] = 0;
    }
}

void sfd_optimizer_step(sfd_params *p, size_t first, size_t end, double rate, const sfd_course *c,
                        sfd_team *team)
{
    step s = {p, c, end, (float)rate};
    for_each(team, end - first, step_param, &s);
}

/* ------------------------------------------------------------------ a look at the values */

typedef struct looking {
    const sfd_params *params;
    atomic_bool finite;
} looking;

static void look_at_param(void *user, size_t i, int thread)
{
    looking *l = user;
    const sfd_param *item = &l->params->items[i];
    const float *value = l->params->value + item->at;
    bool finite = true;
    (void)thread;
    for (size_t j = 0; j < item->n; j++)
        finite &= isfinite(value[j]) != 0;
    if (!finite)
        atomic_store(&l->finite, false);
}

bool sfd_params_are_finite(const sfd_params *p, sfd_team *team)
{
    looking l = {p, true};
    for_each(team, p->n, look_at_param, &l);
    return atomic_load(&l.finite);
}
