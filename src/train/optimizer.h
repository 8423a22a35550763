/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic gradient descent with momentum. */
#ifndef SFD_TRAIN_OPTIMIZER_H
#define SFD_TRAIN_OPTIMIZER_H

#include "base/team.h"
#include "train/course.h"
#include "train/params.h"

/* One step, as PyTorch's SGD: weights from `first` to before `end` in the list of tensors; the
 * gradients are cleared. Tensors are shared out among the team, NULL: nobody else. */
void sfd_optimizer_step(sfd_params *p, size_t first, size_t end, double rate, const sfd_course *c,
                        sfd_team *team);

/* Whether all values are numbers. */
bool sfd_params_are_finite(const sfd_params *p, sfd_team *team);

#endif
