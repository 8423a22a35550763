/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes and resizes a video on a thread of its own and hands out, in order of time, pictures at
 * moments and the clips around keyframes.
 *
 * Every frame that is wanted is decoded and resized once; the others are
 * skipped, by seeking where that pays. Frames wait in a ring whose size follows from the clip's
 * length and the delay alone, so that memory does not grow with the video.
 */
#ifndef SFD_PIPELINE_CLIP_SOURCE_H
#define SFD_PIPELINE_CLIP_SOURCE_H

#include "media/picture.h"
#include "media/video_reader.h"
#include "pipeline/clip_plan.h"

typedef struct sfd_clip_source sfd_clip_source;

typedef enum sfd_clip_event {
    SFD_CLIP_KEYFRAME,
    SFD_CLIP_MOMENT, /* only index, centre and picture are set, until the next call */
    SFD_CLIP_END     /* where there are moments: the video has ended, no other one follows */
} sfd_clip_event;

/* A clip; valid until the n_clips-th call on its source after the one that gave it, calls that gave
 * moments not counted. */
typedef struct sfd_clip {
    sfd_clip_event event;
    size_t index;        /* of the keyframe or moment */
    int64_t centre;      /* its number on the timeline */
    bool exists;         /* false: the video has no such frame, and the rest is unset */
    bool stands;         /* in a hole: sfd_video_stands_from() */
    int64_t still_until; /* the first frame behind it that is another picture */
    size_t stride_bytes;
    const uint8_t *const *frames; /* [n_frames] RGB pictures, as view sheets */
    const sfd_picture *picture;   /* in full size, or NULL */
    const float *sound;           /* [n_sound] where the model listens, else NULL */
} sfd_clip;

/* Opens the video and starts decoding. Errors: as sfd_video_open; SFD_ERR_NOMEM. */
sfd_status sfd_clip_source_open(sfd_clip_source **out, const char *path, const sfd_clip_plan *plan,
                                sfd_error *err);

/* Stops the thread. Takes NULL. */
void sfd_clip_source_close(sfd_clip_source *s);

const sfd_video_info *sfd_clip_source_info(const sfd_clip_source *s);

/* Where the video ends, in seconds; 0 while that is not known. */
double sfd_clip_source_end_s(sfd_clip_source *s);

/* Stops reading; then as sfd_video_complain. No clip can be had afterwards. */
bool sfd_clip_source_complain(sfd_clip_source *s, sfd_error *message);

/* As sfd_sound_complain, for models that listen. */
bool sfd_clip_source_complain_of_sound(const sfd_clip_source *s, sfd_error *message);

/* Waits for the next keyframe's clip, or a moment before it, asking should_stop (may be NULL) now
 * and then. All moments up to the clip's last frame, and to plan.delay_frames behind its centre,
 * come before it. Errors: SFD_ERR_END after the last; SFD_ERR_CANCELLED; what decoding gives. */
sfd_status sfd_clip_source_next(sfd_clip_source *s, sfd_clip *clip, bool (*should_stop)(void *),
                                void *user, sfd_error *err);

/* Goes on with this keyframe: those before it are not wanted. */
void sfd_clip_source_pass(sfd_clip_source *s, size_t keyframe);

#endif
