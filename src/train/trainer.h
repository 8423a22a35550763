/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a training run. */
#ifndef SFD_TRAIN_TRAINER_H
#define SFD_TRAIN_TRAINER_H

#include "classify/views.h"
#include "train/augment.h"
#include "train/bytes.h"
#include "train/classifier.h"
#include "train/course.h"
#include "train/heads/head.h"
#include "train/run_state.h"
#include "train/samples.h"
#include "train/sync.h"

typedef struct sfd_trainer sfd_trainer;

/* What is learned. */
typedef struct sfd_train_task {
    const char *unit; /* what progress counts */
    /* Network, parameters, samples and memory, from the settings and the course. */
    sfd_status (*create)(sfd_trainer *t, sfd_error *err);
    /* What follows from weights that were read again (may be NULL). */
    sfd_status (*begin)(sfd_trainer *t, sfd_error *err);
    /* The loss of a batch; its gradient goes to t->params. */
    sfd_status (*step)(sfd_trainer *t, double *loss, sfd_error *err);
    /* Scores the present weights on t->val. */
    sfd_status (*validate)(const sfd_trainer *t, sfd_train_epoch *e, sfd_error *err);
    /* The present weights as a file's; the caller closes *out, also after failure. */
    sfd_status (*to_weights)(sfd_weights **out, const sfd_trainer *t, sfd_error *err);
    /* Of what create made beyond the common; also after failure. */
    void (*free)(sfd_trainer *t);
} sfd_train_task;

extern const sfd_train_task sfd_train_actions, sfd_train_persons;

struct sfd_trainer {
    sfd_train_settings s; /* course, threads, sides resolved */
    sfd_course course;
    const sfd_train_task *task;
    sfd_params params;
    sfd_train_bytes bytes; /* of a network that is to be quantised */
    size_t first_learned;  /* tensors from here on learn: all, or the classifier's */
    sfd_samples train, val;
    sfd_notes read; /* of weights, configuration and videos */
    sfd_run_state run;
    bool goes_on;        /* from weights whose classifier goes on: they know something */
    size_t batch, steps; /* per epoch */
    size_t *order;       /* [train.n] of the present epoch */
    int order_epoch;     /* that it is for, -1: none */
    sfd_team *team;
    sfd_frame_buffer *buffers; /* [threads] */
    sfd_train_graph graph;     /* but where the classifier alone learns */

    struct sfd_person_trainer *persons; /* NULL: learning actions */

    /* learning actions */
    sfd_net net;
    sfd_label_map labels;
    char *class_list; /* pbtxt text of own labels, stored with the model; NULL: AVA's */
    bool keeps_head;  /* own labels are those of the weights: their classifier goes on */
    sfd_head_desc head_desc;
    float *class_weights; /* [n_classes]; NULL: all alike */
    sfd_train_classifier classifier;
    sfd_train_head head;
    sfd_train_sync sync; /* where the network has points of synchronisation */
    sfd_augment augment;
    sfd_ear *ears; /* [threads] */

    /* learning the classifier alone */
    float *features, *val_features; /* [n_boxes][n_features]; val_features of whole videos: */
    sfd_view_rows val_views;        /* [videos][n_views][n_rows][n_features] */

    /* the present step's */
    sfd_drawn_view *views; /* [batch] */
    sfd_box_px *boxes;     /* [most boxes of a batch] */
    size_t *first;         /* [batch + 1] */
    float *rows;           /* [boxes][n_features]: classifier alone */
    float *targets;        /* [boxes][n_classes] */
};

/* Reads everything and makes the network; frames are decoded where they are not cached. Freed by
 * sfd_trainer_free, also after failure. */
sfd_status sfd_trainer_create(sfd_trainer *t, const sfd_train_settings *s, sfd_error *err);
void sfd_trainer_free(sfd_trainer *t);

/* Sample `slot` of the present batch, and its number. */
static inline size_t sfd_trainer_index(const sfd_trainer *t, size_t slot)
{
    return t->order[t->run.step * t->batch + slot];
}

static inline const sfd_sample *sfd_trainer_sample(const sfd_trainer *t, size_t slot)
{
    return &t->train.items[sfd_trainer_index(t, slot)];
}

/* Steps that are done. */
static inline uint64_t sfd_trainer_step(const sfd_trainer *t)
{
    return (uint64_t)t->run.epoch * t->steps + t->run.step;
}

#endif
