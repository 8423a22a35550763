/* SPDX-License-Identifier: Apache-2.0 */
/* Rows (entries, detections) of an input that cannot be used: they are left out, the first few are
 * told, all are counted. An input that is mostly such rows is refused: it is of another kind. */
#ifndef SFD_BASE_BAD_ROWS_H
#define SFD_BASE_BAD_ROWS_H

#include <sfdet/common.h>

#define SFD_MAX_TOLD_ROWS 3

typedef struct sfd_bad_rows {
    bool strict; /* the first bad row is an error */
    void *user;
    void (*on_warning)(void *user, const char *message); /* may be NULL */

    size_t n_good, n_bad;
    sfd_error row;                    /* message about the present row */
    sfd_error bad[SFD_MAX_TOLD_ROWS]; /* about the first bad ones, told at the end */
} sfd_bad_rows;

/* Counts a row by the status of reading it, whose message is in b->row: SFD_ERR_FORMAT makes it a
 * bad one. Other errors, and with `strict` this one, end the reading: they are returned. */
sfd_status sfd_bad_rows_count(sfd_bad_rows *b, sfd_status status, sfd_error *err);

/* At the end of the input: tells the bad rows, or returns the first one's error where they are more
 * than the good. */
sfd_status sfd_bad_rows_end(sfd_bad_rows *b, const char *origin, sfd_error *err);

/* Tells the bad rows; `what` they are. */
void sfd_bad_rows_tell(const sfd_bad_rows *b, const char *what);

/* A message to on_warning; with `strict` it is an error instead (SFD_ERR_MISMATCH). */
sfd_status sfd_bad_rows_warn(const sfd_bad_rows *b, sfd_error *err, const char *fmt, ...)
    SFD_PRINTF(3, 4);

#endif
