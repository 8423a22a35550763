/* SPDX-License-Identifier: Apache-2.0 */
/* One keyframe in work: the network's scratch memory, room for the boxes and, where several
 * keyframes are computed at once, a thread that does it. */
#ifndef SFD_PIPELINE_JOB_H
#define SFD_PIPELINE_JOB_H

#include "boxes/proposals.h"
#include "pipeline/clip_source.h"

#include <sfdet/persons.h>

#include <pthread.h>

/* Persons that are found rather than given. */
typedef struct sfd_job_search {
    sfd_person_finder *finder; /* NULL: they are given */
    double threshold;
    int max_persons;
    const char *video_id;
    double timestamp_s;
    sfd_proposals *found; /* at the keyframe, which points into it */
} sfd_job_search;

typedef struct sfd_job {
    const sfd_model *model;
    sfd_model_info info;
    sfd_state
        *state; /* for pictures of in_width x in_height, n_threads; NULL until one is needed */
    int in_width, in_height, n_threads;

    /* room for n_room boxes */
    sfd_box_norm *boxes;
    sfd_box_px *boxes_px;
    sfd_person *persons;
    float *scores; /* [n_room][n_classes] */
    size_t n_room;

    /* What is to be done; whoever started the job leaves it alone until it has waited for it. */
    int width, height; /* of the video */
    sfd_job_search search;
    const sfd_proposed_keyframe *keyframe; /* NULL where persons are to be found and none was */
    sfd_clip clip;
    sfd_status status; /* how it ended */
    sfd_error error;

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_lock, has_condition, has_thread;
    bool at_work, quit; /* under the lock */
} sfd_job;

void sfd_job_init(sfd_job *j, const sfd_model *model);
void sfd_job_free(sfd_job *j); /* without a thread */

/* Makes the state for videos of width x height unless the one there fits. Errors: as
 * sfd_state_create. */
sfd_status sfd_job_need_state(sfd_job *j, int width, int height, int n_threads, sfd_error *err);
/* Gives it a finder of persons until sfd_job_end_search, which takes jobs without one. The model
 * must live as long. Errors: as sfd_person_finder_create. */
sfd_status sfd_job_begin_search(sfd_job *j, const sfd_person_model *persons, int n_threads,
                                sfd_error *err);
void sfd_job_end_search(sfd_job *j);

sfd_status sfd_job_need_boxes(sfd_job *j, size_t n, sfd_error *err);

/* SFD_ERR_FORMAT when one of the scores is not a number. */
sfd_status sfd_job_check_scores(const sfd_job *j, const float *scores, size_t n_boxes,
                                sfd_error *err);

/* Gives the job a thread of its own. Errors: SFD_ERR_NOMEM. Ended by sfd_job_end_thread, also after
 * failure, which waits for work begun. */
sfd_status sfd_job_begin_thread(sfd_job *j, sfd_error *err);
void sfd_job_end_thread(sfd_job *j);

/* Computes the scores of keyframe (or of whom it finds) and clip, which are set, on the job's
 * thread or at once where it has none. sfd_job_wait then tells how it ended; err gets the message.
 */
void sfd_job_start(sfd_job *j);
sfd_status sfd_job_wait(sfd_job *j, sfd_error *err);

#endif
