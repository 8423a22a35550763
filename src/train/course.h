/* SPDX-License-Identifier: Apache-2.0 */
/* How training goes: what the caller set, what the configuration says, and our defaults, in this
 * order. */
#ifndef SFD_TRAIN_COURSE_H
#define SFD_TRAIN_COURSE_H

#include "config/solver.h"

#include <sfdet/train.h>

typedef struct sfd_course {
    bool configured; /* the rate falls as PySlowFast's, by `solver` */
    sfd_solver solver;
    double rate, warmup_epochs; /* resolved, as in the settings */
    bool rate_is_ours;          /* neither set nor configured */
    bool sound_is_set;          /* by the caller: dropping it, or its loss of synchronisation */
    int epochs;
    sfd_train_schedule schedule;
    double momentum, weight_decay, norm_decay;
    bool nesterov, decay_biases, zero_last_norm;
} sfd_course;

/* Fills what is open in *s. Errors: as sfd_solver_load. */
sfd_status sfd_course_resolve(sfd_course *c, sfd_train_settings *s, sfd_error *err);

/* Where neither the caller nor the configuration told a rate: that for a whole network, or some of
 * its stages, that goes on from weights together with its classifier. */
void sfd_course_go_on(sfd_course *c, sfd_train_settings *s);

/* Learning rate after `done` epochs (with fraction). */
double sfd_course_rate(const sfd_course *c, double done);

#endif
