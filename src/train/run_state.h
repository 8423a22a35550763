/* SPDX-License-Identifier: Apache-2.0 */
/* Where a training run stands, on disk. */
#ifndef SFD_TRAIN_RUN_STATE_H
#define SFD_TRAIN_RUN_STATE_H

#include "train/params.h"

#include <sfdet/train.h>

#define SFD_MAX_RUN_PATH 4096
#define SFD_EVENTS_FILE  "events.out.tfevents.0.sfdet"

typedef struct sfd_run_state {
    int epoch;                /* epochs that are done */
    size_t step;              /* steps of the next one that are done */
    double loss_sum;          /* over these steps */
    double seconds;           /* they took */
    sfd_train_epoch *history; /* [epoch] */
    sfd_train_epoch start;    /* epoch 0: the weights that it began with */
    bool has_start;           /* they were validated */
    size_t history_alloc;
    int begun_epochs; /* that a state which was read again was to have; 0: none was */
} sfd_run_state;

void sfd_run_state_free(sfd_run_state *r);
/* Appends to the history. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_run_state_add_epoch(sfd_run_state *r, const sfd_train_epoch *e, sfd_error *err);

/* "out/name". Errors: SFD_ERR_ARG (too long). */
sfd_status sfd_run_path(char path[SFD_MAX_RUN_PATH], const sfd_train_settings *s, const char *name,
                        sfd_error *err);
bool sfd_run_state_exists(const sfd_train_settings *s);

/* out/state.bin: parameters, momenta and r. The settings that decide the further course (seed,
 * batch, rate ...) are kept beside them. */
sfd_status sfd_run_state_write(const sfd_run_state *r, const sfd_params *p,
                               const sfd_train_settings *s, sfd_error *err);
/* The number of epochs may be another one, but no smaller than those that are done. Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_MISMATCH (another network or other settings). */
sfd_status sfd_run_state_read(sfd_run_state *r, sfd_params *p, const sfd_train_settings *s,
                              sfd_error *err);

#endif
