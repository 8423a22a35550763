/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline on which keyframes, clips and rendered frames are numbered. */
#ifndef SFD_BASE_TIMELINE_H
#define SFD_BASE_TIMELINE_H

#include <stdint.h>

#define SFD_TIMELINE_FPS 30 /* of AVA and of every published checkpoint */

/* Far beyond any video, far below overflow in what follows. */
#define SFD_TIMELINE_MAX_FRAME ((int64_t)1 << 52)

/* The frame nearest to a time since the video's first frame, halves away from 0; limited to
 * SFD_TIMELINE_MAX_FRAME either way, NaN to its negative. */
int64_t sfd_timeline_frame(double time_s);

static inline double sfd_timeline_time(int64_t frame)
{
    return (double)frame / SFD_TIMELINE_FPS;
}

#endif
