/* SPDX-License-Identifier: Apache-2.0 */
/* What a training run tells of its epochs: log.csv, curve.svg, events for TensorBoard. */
#ifndef SFD_TRAIN_REPORT_H
#define SFD_TRAIN_REPORT_H

#include "train/run_state.h"

/* What epochs are compared by: frame mAP, top-1 accuracy (mAP where videos have several labels), AP
 * of persons; NaN where nothing was validated. */
double sfd_train_measure(const sfd_train_epoch *e, const sfd_train_settings *s);

/* The first of those with the best measure; NULL where there is none. */
const sfd_train_epoch *sfd_train_best(const sfd_run_state *r, const sfd_train_settings *s);

/* out/log.csv and out/curve.svg. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_train_report(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err);

/* An epoch's figures under their names, as the log's columns; returns how many. */
#define SFD_MAX_FIGURES 5

typedef struct sfd_train_figure {
    const char *name;
    double value; /* NaN: there is none */
} sfd_train_figure;

size_t sfd_train_figures(sfd_train_figure out[SFD_MAX_FIGURES], const sfd_train_epoch *e,
                         const sfd_train_settings *s);

/* tensorboard.c: an event file with all epochs that are done, and one more at its end; TensorBoard
 * reads it while it grows. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_events_begin(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err);
sfd_status sfd_events_add(const sfd_train_epoch *e, const sfd_train_settings *s, sfd_error *err);

#endif
