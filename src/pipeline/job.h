/* SPDX-License-Identifier: Apache-2.0 */
/* One keyframe in work: the network's scratch memory, its threads, room for the boxes. */
#ifndef SFD_PIPELINE_JOB_H
#define SFD_PIPELINE_JOB_H

#include "base/team.h"
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
    const sfd_detect_views *views;

    sfd_team *team;          /* NULL until it is needed */
    int n_threads, n_places; /* the team's own, and places for guests */

    /* For frames of one size; states are NULL until they are needed. */
    sfd_view_sheet sheet;
    sfd_state *states[SFD_MAX_SCALES]; /* of the sheet's sizes, in the team */

    /* room for n_room boxes */
    sfd_box_norm *boxes;
    sfd_box_px *boxes_px;
    sfd_person *persons;
    float *scores;                   /* [n_room][n_classes] */
    float *view_scores;              /* the same of one view */
    float *features, *view_features; /* [n_room][n_features], where `with_features` */
    bool with_features;              /* to be changed by sfd_job_want_features */
    size_t n_room;

    /* What is to be done; whoever started the job leaves it alone until it has waited for it. */
    int width, height; /* of the video */
    sfd_job_search search;
    const sfd_proposed_keyframe *keyframe; /* NULL where persons are to be found and none was */
    sfd_clip clip;
    const float *sound; /* the clip's, where the network listens */
    sfd_status status;  /* how it ended */
    sfd_error error;

    /* Of the crew where several jobs are at work; from at_work on under its lock. */
    struct sfd_crew *crew;
    pthread_t thread;
    bool at_work;
    sfd_team *host; /* the other job's team that its thread helps; NULL: none */
    int n_guests;   /* threads of other jobs that help this one */
} sfd_job;

/* `views` are lent, and may change between videos. */
void sfd_job_init(sfd_job *j, const sfd_model *model, const sfd_detect_views *views);
void sfd_job_free(sfd_job *j);

/* Gives it n_threads threads (0: one per core) and places for guests unless it has them; its states
 * are made anew then. Without a search. Errors: SFD_ERR_ARG, SFD_ERR_NOMEM. */
sfd_status sfd_job_need_team(sfd_job *j, int n_threads, int n_places, sfd_error *err);
/* Makes the states for videos of width x height in the team unless those there fit. Errors: as
 * sfd_state_create. */
sfd_status sfd_job_need_states(sfd_job *j, int width, int height, sfd_error *err);
/* Gives it a finder of persons, in its team, until sfd_job_end_search, which takes jobs without
 * one. The model must live as long. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_job_begin_search(sfd_job *j, const sfd_person_model *persons, sfd_error *err);
void sfd_job_end_search(sfd_job *j);

/* Its scratch memory for a video of width x height. Errors: as sfd_person_finder_run. */
sfd_status sfd_job_count_bytes(sfd_job *j, size_t *n, sfd_error *err);

/* Takes over who was found at the clip's keyframe: its keyframe is NULL where nobody was. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_job_set_found(sfd_job *j, const sfd_found_keyframe *k, sfd_error *err);

/* Whether features are computed, too: room for boxes is made anew where that changes. */
void sfd_job_want_features(sfd_job *j, bool wanted);
sfd_status sfd_job_need_boxes(sfd_job *j, size_t n, sfd_error *err);

/* scores [n_boxes][n_classes] of a clip of view sheets, the mean over all views, and such features
 * in the job where it is to have them; it has states for the frames' size, width x height, and room
 * for the boxes. Errors: SFD_ERR_FORMAT when one of the scores is not a number; as sfd_state_run.
 */
sfd_status sfd_job_run(sfd_job *j, const uint8_t *const *sheets, size_t stride_bytes,
                       const sfd_box_norm *boxes, size_t n_boxes, float *scores, sfd_error *err);

/* Computes the scores of keyframe (or of whom it finds) and clip, which are set. sfd_job_result
 * then tells how it ended; err gets the message. */
void sfd_job_compute(sfd_job *j);
sfd_status sfd_job_result(const sfd_job *j, sfd_error *err);

#endif
