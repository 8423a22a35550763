/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of lists of videos, in PySlowFast's layouts; they are told in <sfdet/classify.h>. */
#ifndef SFD_CLASSIFY_LIST_H
#define SFD_CLASSIFY_LIST_H

#include "base/csv.h"

#define SFD_MAX_LINE_LABELS 1024

/* A line; valid during the callback. */
typedef struct sfd_list_line {
    const sfd_csv_row *row; /* for messages */
    const char *video;      /* of lists of frames: whose frame it is; else NULL */
    const char *path;
    int labels[SFD_MAX_LINE_LABELS];
    size_t n_labels;
    int64_t n_frames; /* of the video that features are of; 0: not told */
} sfd_list_line;

typedef sfd_status sfd_list_line_fn(void *user, const sfd_list_line *line, sfd_error *err);

/* Hands every line with content to `fn`; labels are 0 to n_classes - 1. Errors: SFD_ERR_IO,
 * SFD_ERR_FORMAT, SFD_ERR_NOMEM, what fn returns. */
sfd_status sfd_list_read(const char *path, int n_classes, sfd_list_line_fn *fn, void *user,
                         sfd_error *err);
/* The same on text in memory. */
sfd_status sfd_list_parse(const char *name, const void *data, size_t n_bytes, int n_classes,
                          sfd_list_line_fn *fn, void *user, sfd_error *err);

#endif
