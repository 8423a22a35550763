/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes and resizes a video on a thread of its own and hands out the clips around keyframes.
 *
 * Every frame that some clip needs is decoded and resized once; those that no clip needs are
 * skipped, by seeking where that pays. Frames wait in a ring whose size follows from the clip's
 * length alone, so that memory does not grow with the video.
 */
#ifndef SFD_PIPELINE_CLIP_SOURCE_H
#define SFD_PIPELINE_CLIP_SOURCE_H

#include "media/picture.h"
#include "media/video_reader.h"
#include "pipeline/view_sheet.h"

#include <sfdet/model.h>

typedef struct sfd_clip_source sfd_clip_source;

typedef struct sfd_clip_plan {
    const sfd_model *model;        /* decides which frames make a clip */
    const sfd_detect_views *views; /* and, with the model, their sizes; may be NULL */
    /* The keyframes' times since the video's first frame, rising; time_s is called by the decoding
     * thread, too. */
    double (*time_s)(const void *keyframes, size_t k);
    const void *keyframes; /* kept by the caller */
    size_t n_keyframes;    /* SIZE_MAX: up to the end of the video */
    bool pictures;         /* keep the keyframes in full size */
    size_t n_clips;        /* that are valid at once; 0: one */
    /* Asked while the video is opened. May be NULL. */
    bool (*should_stop)(void *user);
    void *user;
} sfd_clip_plan;

/* A clip; valid until the n_clips-th call on its source after the one that gave it. */
typedef struct sfd_clip {
    int64_t centre; /* the keyframe's number on the timeline */
    bool exists;    /* false: the video has no such frame, and the rest is unset */
    bool stands;    /* in a hole: sfd_video_stands_from() */
    size_t stride_bytes;
    const uint8_t *const *frames; /* [n_frames] RGB pictures, as view sheets */
    const sfd_picture *picture;   /* the keyframe in full size, or NULL */
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

/* Waits for the next keyframe's clip, asking should_stop (may be NULL) now and then. Errors:
 * SFD_ERR_END after the last; SFD_ERR_CANCELLED; what decoding gives. */
sfd_status sfd_clip_source_next(sfd_clip_source *s, sfd_clip *clip, bool (*should_stop)(void *),
                                void *user, sfd_error *err);

#endif
