/* SPDX-License-Identifier: Apache-2.0 */
/* Where a training run stands, on disk. */
#ifndef SFD_TRAIN_RUN_STATE_H
#define SFD_TRAIN_RUN_STATE_H

#include "train/params.h"

#include <sfdet/train.h>

typedef struct sfd_run_state {
    int epoch;                /* epochs that are done */
    size_t step;              /* steps of the next one that are done */
    double loss_sum;          /* over these steps */
    double seconds;           /* they took */
    sfd_train_epoch *history; /* [epoch] */
    size_t history_alloc;
} sfd_run_state;

void sfd_run_state_free(sfd_run_state *r);
/* Appends to the history. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_run_state_add_epoch(sfd_run_state *r, const sfd_train_epoch *e, sfd_error *err);

/* out/state.bin: parameters, momenta and r. The settings that decide the further course (seed,
 * batch, epochs, rate) are kept beside them. */
sfd_status sfd_run_state_write(const sfd_run_state *r, const sfd_params *p,
                               const sfd_train_settings *s, sfd_error *err);
/* Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_MISMATCH (another network or other settings). */
sfd_status sfd_run_state_read(sfd_run_state *r, sfd_params *p, const sfd_train_settings *s,
                              sfd_error *err);

/* out/log.csv and out/curve.svg. */
sfd_status sfd_run_state_report(const sfd_run_state *r, const sfd_train_settings *s,
                                sfd_error *err);

#endif
