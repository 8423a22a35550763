/* SPDX-License-Identifier: Apache-2.0 */
/* Rows put together: boxes with their labels, keyframes, who is who. */
#ifndef SFD_REPORT_PEOPLE_H
#define SFD_REPORT_PEOPLE_H

#include "report/data.h"

typedef struct sfd_report_box {
    double timestamp_s;
    sfd_box_norm box;                 /* within the picture */
    size_t first, n;                  /* its labels: people.rows[first ...], the best first */
    int64_t id;                       /* of the person in the file */
    uint32_t video, keyframe, person; /* person: index into those of its video */
    bool has_id;
} sfd_report_box;

/* The persons of a video. */
typedef struct sfd_report_cast {
    int64_t *ids; /* [n_ids] from the file, rising; persons from n_ids on were guessed */
    size_t n_ids, n;
} sfd_report_cast;

typedef struct sfd_report_people {
    const sfd_report_row **rows; /* by video, time, box, score */
    sfd_report_box *boxes;       /* by video and time */
    size_t n_boxes;
    size_t *start;          /* [n_videos + 1] of each video's boxes */
    sfd_report_cast *casts; /* [n_videos] */
    size_t n_videos;
    size_t n_unusable; /* rows whose box cannot be drawn */
} sfd_report_people;

/* Boxes without an id are taken for the person who was nearly there a keyframe before. The rows
 * are lent until it is freed. Errors: SFD_ERR_NOMEM; *p is to be freed all the same. */
sfd_status sfd_report_people_make(sfd_report_people *p, const sfd_report_rows *rows,
                                  size_t n_videos, sfd_error *err);
void sfd_report_people_free(sfd_report_people *p);

/* The timestamps of each video, rising. */
typedef struct sfd_report_keyframes {
    double *times_s;
    size_t *start; /* [n_videos + 1] */
} sfd_report_keyframes;

/* Of all boxes in lists[n], whose `keyframe` is set. Errors: as above. */
sfd_status sfd_report_keyframes_make(sfd_report_keyframes *k, sfd_report_people *const *lists,
                                     size_t n, size_t n_videos, sfd_error *err);
void sfd_report_keyframes_free(sfd_report_keyframes *k);
/* The index of a time within its video; false where there is no such keyframe. */
bool sfd_report_keyframes_find(const sfd_report_keyframes *k, size_t video, double timestamp_s,
                               size_t *index);

#endif
