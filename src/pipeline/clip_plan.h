/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a video are wanted: those of the clips around keyframes, and moments in between
 * at which the picture is looked at. */
#ifndef SFD_PIPELINE_CLIP_PLAN_H
#define SFD_PIPELINE_CLIP_PLAN_H

#include "pipeline/view_sheet.h"

#include <sfdet/model.h>

/* Pictures at an even rate, from the video's first frame to its end. */
typedef struct sfd_clip_moments {
    double step_s;   /* between them; 0: there are none */
    double offset_s; /* of their timestamps, which are rounded as those of keyframes */
} sfd_clip_moments;

typedef struct sfd_clip_plan {
    const sfd_model *model; /* decides which frames make a clip; NULL: there are keyframes alone */
    const sfd_detect_views *views; /* and, with the model, their sizes; may be NULL */
    /* The keyframes' times since the video's first frame, rising; time_s is called by the decoding
     * thread, too. */
    double (*time_s)(const void *keyframes, size_t k);
    const void *keyframes; /* kept by the caller */
    size_t n_keyframes;    /* SIZE_MAX: up to the end of the video */
    bool pictures;         /* keep the keyframes in full size */
    size_t n_clips;        /* that are valid at once; 0: one */
    sfd_clip_moments moments;
    int64_t delay_frames; /* moments up to so far behind a keyframe come before its clip */
    double picture_fps;   /* of a folder of pictures; 0: 30 */
    /* Asked while the video is opened. May be NULL. */
    bool (*should_stop)(void *user);
    void *user;
} sfd_clip_plan;

/* The frames of one keyframe. */
typedef struct sfd_clip_window {
    int64_t first, last, centre; /* first and last include the centre */
    int64_t *frames;             /* [sfd_clip_length()], rising */
} sfd_clip_window;

/* Frames of a clip; 0 without a model. */
int sfd_clip_length(const sfd_clip_plan *p);

/* total: frames of the video, 0 while they are not known. */
void sfd_clip_window_get(const sfd_clip_plan *p, size_t keyframe, int64_t total,
                         sfd_clip_window *w);

/* The first moment whose frame comes after `after`, and that frame. */
size_t sfd_clip_moment_after(const sfd_clip_moments *m, int64_t after, int64_t *frame);

/* What is to be done with a frame. */
typedef struct sfd_wanted_frame {
    int64_t number;
    bool in_clip;  /* it belongs to some clip */
    bool keyframe; /* it is some keyframe's own */
    bool moment;
    size_t moment_index;
} sfd_wanted_frame;

/* How far the plan has been carried out. */
typedef struct sfd_clip_progress {
    const sfd_clip_plan *plan;
    int n_frames;
    size_t first_open;    /* keyframes before it have all their frames */
    int64_t moments_from; /* frame; no moment before it is wanted */
    sfd_clip_window scan; /* room for one */
} sfd_clip_progress;

/* The smallest wanted number greater than `after`; false when there is none. */
bool sfd_clip_find_wanted(sfd_clip_progress *p, int64_t after, sfd_wanted_frame *best);

/* The same where nothing up to `after`, and of keyframes before `keyframe` nothing at all, will be
 * wanted again. */
bool sfd_clip_next_wanted(sfd_clip_progress *p, int64_t after, size_t keyframe,
                          sfd_wanted_frame *best);

/* Whether a keyframe that exists has frames after `last_read`, the last wanted one there is. */
bool sfd_clip_reaches_over_end(sfd_clip_progress *p, int64_t last_read);

#endif
