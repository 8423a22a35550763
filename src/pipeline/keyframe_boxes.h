/* SPDX-License-Identifier: Apache-2.0 */
/* Whose boxes the keyframes of a video have: those that were given, those of whoever is found in
 * the keyframe's picture, or those of persons who are followed. */
#ifndef SFD_PIPELINE_KEYFRAME_BOXES_H
#define SFD_PIPELINE_KEYFRAME_BOXES_H

#include "boxes/proposals.h"
#include "pipeline/followed.h"
#include "pipeline/job.h"

typedef struct sfd_keyframe_boxes sfd_keyframe_boxes;

typedef struct sfd_boxes_kind {
    bool found; /* keyframes come at an even rate up to the end of the video, but in its holes */
    /* Fills in which keyframes, and what else there is to be seen. */
    void (*plan)(const sfd_keyframe_boxes *b, sfd_clip_plan *plan);
    /* What a job needs of its own. Errors: SFD_ERR_NOMEM. */
    sfd_status (*begin_job)(const sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err);
    /* Sees what comes between keyframes. Errors: SFD_ERR_NOMEM. */
    sfd_status (*see)(sfd_keyframe_boxes *b, sfd_clip_source *source, const sfd_clip *event,
                      sfd_error *err);
    /* For the job's clip: sets its keyframe, NULL for nobody, or what it looks for. Errors:
     * SFD_ERR_NOMEM. */
    sfd_status (*set)(sfd_keyframe_boxes *b, sfd_job *j, sfd_error *err);
} sfd_boxes_kind;

struct sfd_keyframe_boxes {
    const sfd_boxes_kind *kind;
    const char *video_id;
    double offset_s;                 /* timestamp of the video's first frame */
    double step_s;                   /* what a timestamp counts: seconds, frames of the timeline */
    size_t first, n_wanted;          /* those that are found: all others are left out */
    sfd_proposed_video given;        /* else without keyframes */
    const sfd_person_model *persons; /* NULL where boxes are given */
    const sfd_find_settings *find;
    sfd_person_finder *finder; /* where persons are followed */
    sfd_followed *followed;
};

/* All of these are lent what they are given, and freed by sfd_keyframe_boxes_end, also after
 * failure. Errors: as sfd_proposals_find, SFD_ERR_NOMEM. */
sfd_status sfd_boxes_are_given(sfd_keyframe_boxes *b, const sfd_proposals *p, const char *video_id,
                               sfd_error *err);
/* With find->track_fps followed, by n_threads; timestamps are `find`'s. */
sfd_status sfd_boxes_are_found(sfd_keyframe_boxes *b, const sfd_person_model *persons,
                               const sfd_find_settings *find, const char *video_id, int n_threads,
                               sfd_error *err);
/* Timestamps of `model`, the first frame's being offset_s where they are seconds. Errors:
 * SFD_ERR_ARG (an offset of numbered frames), SFD_ERR_UNSUPPORTED (these followed). */
sfd_status sfd_keyframe_boxes_time(sfd_keyframe_boxes *b, const sfd_model_info *model,
                                   double offset_s, sfd_error *err);
/* The keyframes from `first` on alone, n (0: all) of them; the others are counted from there.
 * Errors: SFD_ERR_ARG where persons are followed, and `first` is not 0. */
sfd_status sfd_keyframe_boxes_limit(sfd_keyframe_boxes *b, size_t first, size_t n, sfd_error *err);
void sfd_keyframe_boxes_end(sfd_keyframe_boxes *b);

#endif
