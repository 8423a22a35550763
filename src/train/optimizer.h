/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic gradient descent with momentum. */
#ifndef SFD_TRAIN_OPTIMIZER_H
#define SFD_TRAIN_OPTIMIZER_H

#include "train/course.h"
#include "train/params.h"

/* One step, as PyTorch's SGD: weights from `first` to before `end` in the list of tensors; the
 * gradients are cleared. */
void sfd_optimizer_step(sfd_params *p, size_t first, size_t end, double rate, const sfd_course *c);

#endif
