/* SPDX-License-Identifier: Apache-2.0 */
/* AVA's csv files: `video_id,timestamp,x1,y1,x2,y2[,label[,last]]`, or two columns for a frame
 * without people.
 *
 * All programs read them with one tolerance: a byte order mark, header lines, blank lines, blanks
 * around fields (not within the quotes of a video's name), tabs in place of commas and empty
 * columns at the end of a row are no content. (Line ends of any kind are base/csv.h's.) */
#ifndef SFD_BASE_AVA_ROW_H
#define SFD_BASE_AVA_ROW_H

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

#define SFD_AVA_MAX_TIMESTAMP_S 1e9

/* What was tolerated, by its first line; 0: nothing of the kind. Padding is that of video ids:
 * around numbers it is common. */
typedef struct sfd_ava_tolerated {
    uint64_t mark, header, blank, padding, tabs, empty_columns;
} sfd_ava_tolerated;

/* Hands the rows with content to `fn`, their fields without what is tolerated; `t` may be NULL.
 * Errors: as sfd_csv_read. */
sfd_status sfd_ava_read(const char *path, sfd_csv_row_fn fn, void *user, sfd_ava_tolerated *t,
                        sfd_error *err);
sfd_status sfd_ava_parse(const char *name, const void *data, size_t n_bytes, sfd_csv_row_fn fn,
                         void *user, sfd_ava_tolerated *t, sfd_error *err);

/* True for `video,timestamp`, whose further columns are missing or empty. */
bool sfd_ava_row_is_frame(const sfd_csv_row *row);

/* Fails for a row with another number of columns than `layout`, which tells the user those that are
 * wanted; also what seems to separate them instead. SFD_ERR_FORMAT. */
sfd_status sfd_ava_fail_columns(const sfd_csv_row *row, const char *layout, sfd_error *err);

/* Errors: SFD_ERR_FORMAT for fewer than 6 or more than 8 columns; `layout` tells the user the
 * columns that are wanted. */
sfd_status sfd_ava_row_check(const sfd_csv_row *row, const char *layout, sfd_error *err);

/* The timestamp alone. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_ava_row_time(const sfd_csv_row *row, double *timestamp_s, sfd_error *err);

/* Timestamp and box by the rules of base/box.h; *cut: it reached out of the picture and was
 * clipped. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_ava_row_box(const sfd_csv_row *row, double *timestamp_s, sfd_box_norm *box,
                           bool *cut, sfd_error *err);

/* The label column: 0 when it is empty or the row has no such column. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_ava_row_label(const sfd_csv_row *row, int *label, sfd_error *err);

#endif
