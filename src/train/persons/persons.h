/* SPDX-License-Identifier: Apache-2.0 */
/* Learning to find persons: a network of YOLOX's layout. */
#ifndef SFD_TRAIN_PERSONS_PERSONS_H
#define SFD_TRAIN_PERSONS_PERSONS_H

#include "train/persons/loss.h"
#include "train/persons/view.h"
#include "train/trainer.h"

/* What a run of this kind has beyond the common. */
typedef struct sfd_person_trainer {
    sfd_graph graph;
    int width, height; /* of the network's picture */
    sfd_person_loss loss;
    /* the present step's */
    sfd_person_view *views; /* [batch] */
    sfd_box_px *boxes;      /* [most boxes of a batch] */
    size_t *first;          /* [batch + 1] */
} sfd_person_trainer;

/* Graph and parameters, random or from t->s.weights. Errors: as sfd_train_run. */
sfd_status sfd_persons_make_network(sfd_trainer *t, sfd_error *err);

/* Keyframes of both sets, and their frames as inference resizes them. Errors: as sfd_train_run. */
sfd_status sfd_persons_read_samples(sfd_trainer *t, sfd_error *err);
sfd_status sfd_persons_open_frames(sfd_trainer *t, sfd_error *err);

/* The frame of a sample, which lies in the buffer; without one its size alone. Errors: those of
 * sfd_frame_cache_read. */
sfd_status sfd_person_picture(sfd_rgb *out, const sfd_trainer *t, const sfd_samples *samples,
                              const sfd_sample *sample, sfd_frame_buffer *buffer);

/* The present weights with what finders need to know of them. The caller closes *out, also after
 * failure. */
sfd_status sfd_persons_to_weights(sfd_weights **out, const sfd_trainer *t, sfd_error *err);

/* AP and recall of the validation samples, by the inference path. */
sfd_status sfd_persons_validate(const sfd_trainer *t, sfd_train_epoch *e, sfd_error *err);

#endif
