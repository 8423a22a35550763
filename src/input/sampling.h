/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a video make up a clip. */
#ifndef SFD_INPUT_SAMPLING_H
#define SFD_INPUT_SAMPLING_H

#include "base/timeline.h"
#include "config/config.h"

/* Timeline numbers of the clip around `timestamp_s` (seconds of the video): num_frames of them,
 * sampling_rate apart; the middle entry (num_frames / 2, for an even product of both) is the
 * keyframe, or centre_offset_frames after it. Numbers are clamped to 0 and, where total_frames > 0,
 * to total_frames - 1. *centre is the keyframe's own number, round(timestamp * 30), neither clamped
 * nor offset. */
void sfd_clip_frames(const sfd_net_config *c, double timestamp_s, int64_t total_frames,
                     int64_t *frames, int64_t *centre);

/* Number of the clip's first frame, not clamped. */
int64_t sfd_clip_first_frame(const sfd_net_config *c, int64_t centre);

#endif
