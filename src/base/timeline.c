/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline on which keyframes, clips and rendered frames are numbered. */
#include "base/timeline.h"

#include <math.h>

int64_t sfd_timeline_frame(double time_s)
{
    const double frame = round(time_s * SFD_TIMELINE_FPS);
    if (!(frame > -(double)SFD_TIMELINE_MAX_FRAME))
        return -SFD_TIMELINE_MAX_FRAME;
    return frame < (double)SFD_TIMELINE_MAX_FRAME ? (int64_t)frame : SFD_TIMELINE_MAX_FRAME;
}
