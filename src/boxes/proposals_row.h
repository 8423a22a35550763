/* SPDX-License-Identifier: Apache-2.0 */
/* What rows of proposals hold beside video, time and corners: [,label[,score[,person_id]]]. AVA's
 * own rows have a person id where proposals have a score. */
#ifndef SFD_BOXES_PROPOSALS_ROW_H
#define SFD_BOXES_PROPOSALS_ROW_H

#include "base/csv.h"
#include "boxes/proposals.h"

/* What the last column of the file's rows holds: ids are whole numbers behind a label, everywhere.
 * Starts as zeros. */
typedef struct sfd_proposals_last {
    bool fraction, whole, not_one;
    sfd_error beyond_one; /* about the first whole number that is no score */
} sfd_proposals_last;

/* Errors of both: SFD_ERR_FORMAT, naming line and column. */
sfd_status sfd_proposals_row_columns(const sfd_csv_row *row, sfd_error *err);
/* Takes the score and who it is. The label is checked, so that a score in its place is noticed, but
 * not used. */
sfd_status sfd_proposals_row_rest(sfd_proposals_last *last, const sfd_csv_row *row,
                                  sfd_box_to_add *box, sfd_error *err);

/* At the end of the file: the undecided whole numbers are ids of persons, else scores. Where they
 * are not, last->beyond_one may be an error. */
static inline bool sfd_proposals_last_is_ids(const sfd_proposals_last *last)
{
    return last->whole && !last->fraction && last->not_one;
}

#endif
