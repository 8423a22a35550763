/* SPDX-License-Identifier: Apache-2.0 */
/* What every AVA csv row begins with: `video_id,timestamp,x1,y1,x2,y2[,label[,last]]`. */
#ifndef SFD_BOXES_AVA_ROW_H
#define SFD_BOXES_AVA_ROW_H

#include "base/csv.h"

/* Columns, from 0. */
enum {
    SFD_AVA_VIDEO,
    SFD_AVA_TIME,
    SFD_AVA_X1,
    SFD_AVA_LABEL = 6,
    SFD_AVA_LAST = 7, /* score, or person id */
    SFD_AVA_COLUMNS = 8
};

/* Detectors put corners a little outside the picture; pixel coordinates are never this small. */
#define SFD_AVA_MAX_OVERHANG 0.01

/* True for rows without content, which readers skip. */
bool sfd_ava_row_is_blank(const sfd_csv_row *row);

/* The row's video id: its first field, without a byte order mark. Errors: SFD_ERR_FORMAT for fewer
 * than 6 or more than 8 columns; `layout` tells the user the columns that are wanted. */
sfd_status sfd_ava_row_video(sfd_csv_field *id, const sfd_csv_row *row, const char *layout,
                             sfd_error *err);

/* Timestamp and corners, checked: finite, fractions, not inverted. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_ava_row_box(const sfd_csv_row *row, double *timestamp_s, sfd_box_norm *box,
                           sfd_error *err);

/* The label column: 0 when it is empty or the row has no such column. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_ava_row_label(const sfd_csv_row *row, int *label, sfd_error *err);

#endif
