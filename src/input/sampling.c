/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a video make up a clip. */
#include "input/sampling.h"

#include <math.h>

static int64_t clamp_frame(int64_t i, int64_t total_frames)
{
    if (total_frames > 0 && i > total_frames - 1)
        i = total_frames - 1;
    return i > 0 ? i : 0;
}

int64_t sfd_clip_first_frame(const sfd_net_config *c, int64_t centre)
{
    return centre + c->centre_offset_frames - (int64_t)c->num_frames * c->sampling_rate / 2;
}

void sfd_clip_frames(const sfd_net_config *c, double timestamp_s, int64_t total_frames,
                     int64_t *frames, int64_t *centre)
{
    *centre = sfd_timeline_frame(timestamp_s);
    const int64_t first = sfd_clip_first_frame(c, *centre);
    for (int i = 0; i < c->num_frames; i++)
        frames[i] = clamp_frame(first + (int64_t)i * c->sampling_rate, total_frames);
}
