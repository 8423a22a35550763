/* SPDX-License-Identifier: Apache-2.0 */
/* A data set in work, and the work on one part of it. */
#ifndef SFD_DATASET_WORK_H
#define SFD_DATASET_WORK_H

#include "dataset/manifest.h"

/* A part of this shard. */
typedef struct sfd_own_part {
    size_t index; /* in the set's parts */
    bool complete;
} sfd_own_part;

struct sfd_dataset {
    char *folder;
    const sfd_sources *videos;
    sfd_dataset_settings s;
    sfd_find_settings find;
    sfd_set_file set;
    bool is_new;       /* nobody had said what belongs to it */
    sfd_own_part *own; /* [n_own] in order */
    size_t n_own;
    size_t n_measured; /* keyframes of complete parts, and how long they took */
    double measured_s;
    sfd_dataset_progress progress;
    char **failures;
    size_t n_failures, n_alloc;
};

/* How a part ended. */
typedef struct sfd_part_end {
    bool failed;
    size_t n_done, n_failed, n_empty; /* keyframes of the whole part */
    size_t n_now;                     /* settled just now */
} sfd_part_end;

/* Tells of a failure and keeps it. */
void sfd_dataset_note_failure(sfd_dataset *d, const char *message);

/* Does what is left of a part, whose files are complete then; a video that cannot be read is no
 * error but end->failed. `after` comes next, NULL where that is not known. Errors:
 * SFD_ERR_CANCELLED, SFD_ERR_IO (results), SFD_ERR_NOMEM. */
sfd_status sfd_part_run(sfd_dataset *d, const sfd_part *p, sfd_detector *detector,
                        const sfd_next_video *after, sfd_part_end *end, sfd_error *err);

#endif
