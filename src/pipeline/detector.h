/* SPDX-License-Identifier: Apache-2.0 */
/* What a detector is. */
#ifndef SFD_PIPELINE_DETECTOR_H
#define SFD_PIPELINE_DETECTOR_H

#include "pipeline/ahead.h"
#include "pipeline/job.h"

struct sfd_detector {
    const sfd_model *model;
    sfd_model_info info;
    int n_threads;
    sfd_detect_views views; /* which its jobs know */
    sfd_job *jobs; /* [n_jobs] keyframes computed at once, at least one; kept from video to video */
    size_t n_jobs;
    sfd_ahead *ahead; /* what is run next, NULL: not known */
};

/* Makes it have n jobs, without threads. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_detector_need_jobs(sfd_detector *d, size_t n, sfd_error *err);

typedef sfd_status sfd_keyframe_fn(void *user, const sfd_keyframe *keyframe, sfd_error *err);

/* Gives a job's results, which may be those of nobody, to fn. Errors: fn's. */
sfd_status sfd_detector_hand_out(sfd_job *j, const char *video_id, double timestamp_s,
                                 bool with_picture, sfd_keyframe_fn *fn, void *user,
                                 sfd_error *err);

#endif
