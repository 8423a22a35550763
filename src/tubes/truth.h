/* SPDX-License-Identifier: Apache-2.0 */
/* Ground truth in tubes, of the videos of a data set's (first) test split. */
#ifndef SFD_TUBES_TRUTH_H
#define SFD_TUBES_TRUTH_H

#include "base/name_table.h"

#include <sfdet/common.h>

typedef struct sfd_truth_tube {
    size_t label, video; /* places in these */
    size_t order;        /* in the file */
    int64_t first_frame;
    size_t n, start; /* its boxes are boxes[start .. start + n - 1], one for each frame */
    bool single;     /* stored as float32, in which the original then computes */
} sfd_truth_tube;

typedef struct sfd_truth_video {
    char *name;
    bool counts;          /* is of the split, or there is none */
    bool shares_file;     /* a video in another folder has the same last part of its name */
    size_t place;         /* in the split */
    size_t number;        /* in the file */
    int64_t n_frames;     /* 0: not told */
    double width, height; /* likewise */
} sfd_truth_video;

/* Zero-initialised. */
typedef struct sfd_tube_truth {
    const char *path;
    char **labels; /* NULL: a label that has a number only */
    size_t n_labels, n_labels_alloc;
    sfd_truth_video *videos; /* those that count first, in the order of the split */
    size_t n_videos, n_counted, n_videos_alloc;
    sfd_name_table by_name; /* places of those that count */
    sfd_name_table by_file; /* the same by the last part of "folder/video" */
    sfd_truth_tube *tubes;  /* of those, by label, then video, then as in the file */
    size_t n_tubes, n_tubes_alloc;
    double (*boxes)[4]; /* x1, y1, x2, y2 */
    size_t n_boxes, n_boxes_alloc;
} sfd_tube_truth;

/* All videos where the file tells no test split. Errors: SFD_ERR_IO; SFD_ERR_FORMAT naming video
 * and value; SFD_ERR_UNSUPPORTED; SFD_ERR_NOMEM. */
sfd_status sfd_tube_truth_read(sfd_tube_truth *t, const char *path, sfd_error *err);
/* Brings the tubes into their order, when labels have changed. */
void sfd_tube_truth_sort(sfd_tube_truth *t);
void sfd_tube_truth_free(sfd_tube_truth *t);

/* MultiSports' own measure leaves six of its actions out: they are too rare. */
bool sfd_tube_label_counts(const sfd_tube_truth *t, size_t label);

/* The tubes of a label in a video: tubes[*first .. *first + n - 1], n is returned. */
size_t sfd_tube_truth_find(const sfd_tube_truth *t, size_t label, size_t video, size_t *first);

#endif
