/* SPDX-License-Identifier: Apache-2.0 */
/* What setting up a run has in common, whatever is learned. */
#ifndef SFD_TRAIN_SETUP_H
#define SFD_TRAIN_SETUP_H

#include "train/trainer.h"

/* Hands a message to the caller. */
void sfd_trainer_tell(const sfd_trainer *t, const char *message);

/* Hands on what reading the configuration noted. */
void sfd_trainer_tell_notes(const sfd_trainer *t);

/* Opens the frames of both sets, decoded into out/cache: how->config, short_side and pictures are
 * the caller's. Validation frames get val_side. Errors: as sfd_samples_find_videos and
 * sfd_samples_open_frames; SFD_ERR_ARG when an output is an input. */
sfd_status sfd_trainer_open_frames(sfd_trainer *t, sfd_samples_frames *how, int val_side,
                                   sfd_error *err);

/* Batch, steps and memory for the order, from t->train. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_trainer_cut_batches(sfd_trainer *t, sfd_error *err);

/* Threads, and a buffer for the frames that each of them looks at. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_trainer_make_team(sfd_trainer *t, sfd_error *err);

/* Lets the team fill every slot of the batch. Errors: what a reading left in t->buffers. */
sfd_status sfd_trainer_fill_batch(sfd_trainer *t, sfd_team_fn fill, sfd_error *err);

#endif
