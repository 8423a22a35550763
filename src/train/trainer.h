/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a training run. */
#ifndef SFD_TRAIN_TRAINER_H
#define SFD_TRAIN_TRAINER_H

#include "train/augment.h"
#include "train/classifier.h"
#include "train/course.h"
#include "train/heads/head.h"
#include "train/run_state.h"
#include "train/samples.h"

typedef struct sfd_trainer {
    sfd_train_settings s; /* course, threads, sides resolved */
    sfd_course course;
    sfd_label_map labels;
    char *class_list; /* pbtxt text of own labels, stored with the model; NULL: AVA's */
    sfd_net net;
    sfd_params params;
    size_t first_learned; /* tensors from here on learn: all, or the classifier's */
    sfd_samples train, val;
    sfd_run_state run;
    size_t batch, steps; /* per epoch */
    size_t *order;       /* [train.n] of the present epoch */
    int order_epoch;     /* that it is for, -1: none */
    sfd_head_desc head_desc;
    sfd_train_classifier classifier;
    sfd_team *team;

    /* learning the whole network */
    sfd_train_graph graph;
    sfd_train_head head;
    sfd_augment augment;

    /* learning the classifier alone */
    float *features, *val_features; /* [n_boxes][n_features] */

    /* the present step's */
    sfd_drawn_view *views; /* [batch] */
    sfd_box_px *boxes;     /* [most boxes of a batch] */
    size_t *first;         /* [batch + 1] */
    float *rows;           /* [boxes][n_features]: classifier alone */
    float *targets;        /* [boxes][n_classes] */
} sfd_trainer;

/* Reads everything and makes the network; frames are decoded where they are not cached. Freed by
 * sfd_trainer_free, also after failure. */
sfd_status sfd_trainer_create(sfd_trainer *t, const sfd_train_settings *s, sfd_error *err);
void sfd_trainer_free(sfd_trainer *t);

/* RoI features of both sets, from out/cache where they are there. */
sfd_status sfd_trainer_prepare_features(sfd_trainer *t, sfd_error *err);

#endif
