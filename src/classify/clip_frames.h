/* SPDX-License-Identifier: Apache-2.0 */
/* The frames that clips of a video want: each is taken once, resized once and kept for as long as a
 * clip to come wants it. */
#ifndef SFD_CLASSIFY_CLIP_FRAMES_H
#define SFD_CLASSIFY_CLIP_FRAMES_H

#include "input/clips.h"
#include "input/input.h"
#include "media/picture.h"

typedef struct sfd_kept_frame {
    int64_t number;
    int last_clip;        /* that wants it */
    sfd_picture *picture; /* of the right size as it came, or */
    float *floats;        /* resized; both NULL while it is not there */
} sfd_kept_frame;

typedef struct sfd_clip_frames {
    int n_clips, num_frames;
    int64_t *numbers;     /* [n_clips][num_frames] */
    sfd_kept_frame *kept; /* [n_kept] all that are wanted, rising */
    size_t n_kept;
    size_t n_taken;
    int width, height;    /* after resizing; 0 before the first frame */
    const uint8_t **rgb;  /* [num_frames] of the clip in hand, or */
    const float **floats; /* the same */
} sfd_clip_frames;

/* For a video of n frames. Errors: SFD_ERR_NOMEM. Freed by sfd_clip_frames_free, also after
 * failure. */
sfd_status sfd_clip_frames_plan(sfd_clip_frames *f, const sfd_clip_choice *choice, int64_t n,
                                double fps, sfd_error *err);
void sfd_clip_frames_free(sfd_clip_frames *f);

/* Number of the next frame to be taken, -1: all are there. */
int64_t sfd_clip_frames_next(const sfd_clip_frames *f);

/* Takes that frame over, also after failure. `short_side`: of the resized picture. Errors:
 * SFD_ERR_UNSUPPORTED (a picture of 16 to 1 or longer), SFD_ERR_NOMEM. */
sfd_status sfd_clip_frames_take(sfd_clip_frames *f, const sfd_net_config *c, int short_side,
                                sfd_picture *picture, sfd_error *err);

/* Whether all frames of clip k are there; *pictures are they then. */
bool sfd_clip_frames_get(sfd_clip_frames *f, int k, sfd_clip_pictures *pictures);

/* Whether clip k has the very frames of the one before: of a short video, or by a rule for which
 * all are alike. */
bool sfd_clip_frames_repeats(const sfd_clip_frames *f, int k);

/* Forgets what no clip after k wants. */
void sfd_clip_frames_release(sfd_clip_frames *f, int k);

#endif
