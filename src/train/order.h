/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which an epoch takes its samples. */
#ifndef SFD_TRAIN_ORDER_H
#define SFD_TRAIN_ORDER_H

#include "base/random.h"
#include "train/samples.h"

/* Fisher-Yates: every sample once. order [n]. */
void sfd_order_shuffle(size_t *order, size_t n, sfd_random r);

/* As many draws, each of a class first, all alike, then of a sample that has it; samples without
 * any are one class more. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_order_by_class(size_t *order, const sfd_samples *s, sfd_random r, sfd_error *err);

#endif
