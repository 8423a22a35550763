/* SPDX-License-Identifier: Apache-2.0 */
/* The video that is run next, opened and decoded up to its first clip beside the network. */
#ifndef SFD_PIPELINE_AHEAD_H
#define SFD_PIPELINE_AHEAD_H

#include "pipeline/clip_source.h"
#include "pipeline/keyframe_boxes.h"

typedef struct sfd_ahead sfd_ahead;

/* Keyframes of a video, and what a source of its clips is opened with beside them. */
typedef struct sfd_ahead_video {
    const char *path;
    sfd_keyframe_boxes boxes;
    sfd_clip_plan plan; /* but for what the boxes fill in */
} sfd_ahead_video;

/* Begins on a thread; NULL where that cannot be, or may not: a pipe is read once. What `v` points
 * to is lent until the end, but for path, find settings and should_stop, which are done without. */
sfd_ahead *sfd_ahead_begin(const sfd_ahead_video *v);

/* The source, once it is opened, if this is the video; else NULL. It is closed before `a` ends. */
sfd_clip_source *sfd_ahead_take(sfd_ahead *a, const sfd_ahead_video *v);

/* Takes NULL. Waits for what cannot be interrupted. */
void sfd_ahead_end(sfd_ahead *a);

#endif
