/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a video make up the clips that it is classified by: PySlowFast's choices at test
 * time, for a video of n frames of which fps are shown in a second.
 *
 * - uniform, offset: a clip lasts as long as num_frames * sampling_rate frames at 30 a second; its
 *   num_frames are linspace()d over that many of the video's own frames. Clips start at parts 0,
 *   1/k .. (k - 1)/k of what room there is (uniform), or at whole multiples of the (k - 1)-th part,
 *   a single one in the middle (offset)
 * - spread: every sampling_rate-th frame, whatever fps; the first clip at the start, the last one
 *   at the end. MMAction2's SampleFrames does the same, and has a single one in the middle
 * - segments: the middle of num_frames equal parts of the whole video; all clips alike */
#ifndef SFD_INPUT_CLIPS_H
#define SFD_INPUT_CLIPS_H

#include "config/config.h"

/* The rest of how a video is looked at. */
typedef struct sfd_clip_choice {
    sfd_clip_rule rule;
    int n_clips, num_frames, sampling_rate;
    bool
        begins_again; /* spread: a clip longer than the video does, or its last frame is repeated */
} sfd_clip_choice;

/* Frames of clip k, 0 .. n_clips - 1: frames [num_frames], each 0 .. n - 1. */
void sfd_clip_choose(const sfd_clip_choice *c, int64_t n, double fps, int k, int64_t *frames);

#endif
