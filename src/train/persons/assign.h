/* SPDX-License-Identifier: Apache-2.0 */
/* Which cell of a detector's maps is to find which person: SimOTA (Z. Ge et al., "YOLOX: Exceeding
 * YOLO Series in 2021", 2.1).
 *
 * Candidates are the cells whose centre lies in a truth box, or within 2.5 cells of its centre. A
 * truth box takes as many of them as its ten best overlaps add up to, the cheapest; a cell that
 * several want goes to the one for which it is cheapest. */
#ifndef SFD_TRAIN_PERSONS_ASSIGN_H
#define SFD_TRAIN_PERSONS_ASSIGN_H

#include <sfdet/common.h>

#define SFD_NO_TRUTH (-1)

/* A cell of a map, in pixels of the network's picture. */
typedef struct sfd_cell {
    float x, y; /* its centre */
    float side;
} sfd_cell;

/* What a cell predicts. */
typedef struct sfd_prediction {
    sfd_box_px box;
    float cost; /* cross-entropy of its scores, were there a person */
} sfd_prediction;

typedef struct sfd_assignment {
    size_t n;
    int *truth; /* [n] the box that a cell is to find, or SFD_NO_TRUTH */
    float *iou; /* [n] of its prediction with that box */
    size_t n_found;
    /* while assigning, [n] each */
    bool *candidate;
    float *cost, *overlap; /* with the present truth box */
    float *least;          /* cost so far, the box that it is for, and the overlap with it */
    int *cheapest;
    float *cheapest_iou;
    int *n_takers;
} sfd_assignment;

/* For n cells. Errors: SFD_ERR_NOMEM. Freed by sfd_assignment_free, also after failure. */
sfd_status sfd_assignment_create(sfd_assignment *a, size_t n, sfd_error *err);
void sfd_assignment_free(sfd_assignment *a);

void sfd_simota(sfd_assignment *a, const sfd_cell *cells, const sfd_prediction *predictions,
                const sfd_box_px *truth, size_t n_truth);

#endif
