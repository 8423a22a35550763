/* SPDX-License-Identifier: Apache-2.0 */
/* Learning what people do: a SlowFast network, or its classifier alone. */
#ifndef SFD_TRAIN_ACTIONS_H
#define SFD_TRAIN_ACTIONS_H

#include "train/trainer.h"

/* Network, parameters, samples and memory of *t. Errors: as sfd_train_run. */
sfd_status sfd_actions_create(sfd_trainer *t, sfd_error *err);

/* RoI features of both sets, from out/cache where they are there. */
sfd_status sfd_actions_prepare_features(sfd_trainer *t, sfd_error *err);

#endif
