/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic gradient descent with Nesterov momentum, and the learning rate's course. */
#ifndef SFD_TRAIN_OPTIMIZER_H
#define SFD_TRAIN_OPTIMIZER_H

#include "train/params.h"

#include <sfdet/train.h>

/* One step, as PyTorch's SGD(nesterov=True): weights from `first` to before `end` in the list of
 * tensors; the gradients are cleared. */
void sfd_optimizer_step(sfd_params *p, size_t first, size_t end, double rate, double momentum,
                        double weight_decay);

/* Learning rate after `done` epochs (with fraction). */
double sfd_learning_rate(const sfd_train_settings *s, double done);

#endif
