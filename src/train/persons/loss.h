/* SPDX-License-Identifier: Apache-2.0 */
/* YOLOX's loss of a batch and its gradient: each person's cells learn box and class, all cells
 * whether there is somebody.
 *
 * Sums over all cells, over the number of those that have a person: 5 (1 - IoU^2), cross-entropy of
 * the object score, cross-entropy of the class scores, and on request the distance of the box's
 * four values before decoding. The person's class is to score (IoU - 0.3) / 0.4, within 0 and 1,
 * instead of YOLOX's IoU: ranks are the same about the IoU that counts, and who is found well
 * scores close to 1, as the thresholds of AVA's boxes expect. */
#ifndef SFD_TRAIN_PERSONS_LOSS_H
#define SFD_TRAIN_PERSONS_LOSS_H

#include "persons/yolox_graph.h"
#include "train/persons/assign.h"
#include "train/train_graph.h"

/* The persons of a batch, those of sample n from first[n] to before first[n + 1]. */
typedef struct sfd_batch_persons {
    const sfd_box_px *boxes;
    const size_t *first; /* [batch + 1] */
} sfd_batch_persons;

/* A sample's part. */
typedef struct sfd_person_slot {
    sfd_prediction *predictions; /* [n_cells] */
    sfd_assignment assignment;
    double loss;
} sfd_person_slot;

typedef struct sfd_person_loss {
    const sfd_train_graph *graph; /* of sfd_yolox_build; borrowed */
    int n_classes;
    size_t n_cells, first[SFD_YOLOX_LEVELS + 1]; /* cells by level, then row by row */
    sfd_cell *cells;
    sfd_person_slot *slots; /* [n_slots], the batch */
    size_t n_slots;
} sfd_person_loss;

/* Errors: SFD_ERR_NOMEM. Freed by sfd_person_loss_free, also after failure. */
sfd_status sfd_person_loss_create(sfd_person_loss *l, const sfd_train_graph *graph, sfd_error *err);
void sfd_person_loss_free(sfd_person_loss *l);

/* Gives the persons to cells, by what the graph's outputs are now. */
void sfd_person_loss_assign(sfd_person_loss *l, const sfd_batch_persons *persons);

/* The loss; its gradient is added to the graph's outputs'. */
double sfd_person_loss_run(sfd_person_loss *l, const sfd_batch_persons *persons, bool with_l1);

#endif
