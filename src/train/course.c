/* SPDX-License-Identifier: Apache-2.0 */
/* The learning rate's course: our own, and PySlowFast's (slowfast/utils/lr_policy.py). */
#include "train/course.h"

#include "config/load.h"
#include "config/overrides.h"

#include <math.h>

#define RATE_PERSONS 0.01
#define RATE_NEW     0.1  /* networks and classifiers that begin, and classifiers alone */
#define RATE_GOES_ON 0.02 /* all of a network together with a classifier that is there */
#define WARMUP_START 0.1
#define PI           3.14159265358979323846

static double choose(double set, bool configured, double configuration, double ours)
{
    return !isnan(set) ? set : configured ? configuration : ours;
}

static sfd_status read_solver(sfd_solver *s, const char *config, sfd_error *err)
{
    sfd_config_spec spec;
    sfd_status status = sfd_config_spec_read(&spec, config, err);
    sfd_solver_defaults(s);
    if (status == SFD_OK && spec.name && sfd_config_is_yaml(spec.name))
        status = sfd_solver_load(s, spec.name, err);
    if (status == SFD_OK && spec.yaml)
        status = sfd_solver_override(s, spec.yaml, err);
    sfd_config_spec_free(&spec);
    return status;
}

sfd_status sfd_course_resolve(sfd_course *c, sfd_train_settings *s, sfd_error *err)
{
    *c = (sfd_course){0};
    sfd_status status = read_solver(&c->solver, s->config, err);
    if (status != SFD_OK)
        return status;
    const sfd_solver *v = &c->solver;
    const bool given = v->given;
    s->epochs = s->epochs ? s->epochs : given ? v->epochs : 20;
    c->rate_is_ours = isnan(s->rate) && !given;
    s->rate = choose(s->rate, given, (double)v->rate, s->persons ? RATE_PERSONS : RATE_NEW);
    s->warmup_epochs = choose(s->warmup_epochs, given, (double)v->warmup_epochs, 1);
    s->momentum = choose(s->momentum, given, (double)v->momentum, 0.9);
    s->weight_decay =
        choose(s->weight_decay, given, (double)v->weight_decay, s->persons ? 5e-4 : 1e-5);
    s->dropout = choose(s->dropout, v->dropout >= 0, (double)v->dropout, 0.5);
    c->sound_is_set = s->drop_pathway > 0 || s->sync_loss > 0;
    s->drop_pathway = choose(s->drop_pathway, true, (double)v->drop_pathway, 0);
    s->sync_loss = choose(s->sync_loss, true, v->synchronises && v->sync_stages ? 1 : 0, 0);
    s->min_side = s->min_side ? s->min_side : v->sides[0];
    s->max_side = s->max_side ? s->max_side : v->sides[1];
    c->configured = given && s->schedule == SFD_TRAIN_AS_CONFIGURED;
    c->rate = s->rate;
    c->warmup_epochs = s->warmup_epochs;
    c->epochs = s->epochs;
    c->schedule = s->schedule;
    c->momentum = s->momentum;
    c->weight_decay = s->weight_decay;
    c->norm_decay = (double)v->norm_decay;
    c->nesterov = v->nesterov;
    c->decay_biases = given && v->decay_vectors;
    c->zero_last_norm = v->zero_last_norm;
    return SFD_OK;
}

void sfd_course_go_on(sfd_course *c, sfd_train_settings *s)
{
    if (c->rate_is_ours)
        c->rate = s->rate = RATE_GOES_ON;
}

/* PySlowFast's, without the warm-up. */
static double policy_rate(const sfd_course *c, double done)
{
    const sfd_solver *v = &c->solver;
    if (v->policy == SFD_SOLVER_RELATIVE_STEPS) {
        int i = 0;
        while (i + 1 < v->n_steps && done >= (double)v->steps[i + 1])
            i++;
        return (double)v->rates[i] * c->rate;
    }
    const double offset = v->cosine_after_warmup ? c->warmup_epochs : 0, end = (double)v->end_rate;
    const double span = c->epochs - offset; /* 0: all of the course is warm-up */
    const double share = span != 0 ? (done - offset) / span : 0;
    return end + (c->rate - end) * (cos(PI * share) + 1) / 2;
}

static double configured_rate(const sfd_course *c, double done)
{
    if (done >= c->warmup_epochs)
        return policy_rate(c, done);
    const double start = (double)c->solver.warmup_rate;
    const double end = policy_rate(c, c->warmup_epochs);
    return start + (end - start) * done / c->warmup_epochs;
}

double sfd_course_rate(const sfd_course *c, double done)
{
    if (c->configured)
        return configured_rate(c, done);
    const double share = done / c->epochs;
    double rate = c->rate;
    if (c->schedule == SFD_TRAIN_STEPS)
        rate *= share < 0.6 ? 1 : share < 0.85 ? 0.1 : 0.01;
    else
        rate *= 0.5 * (1 + cos(PI * share));
    if (done < c->warmup_epochs)
        rate *= WARMUP_START + (1 - WARMUP_START) * done / c->warmup_epochs;
    return rate;
}
