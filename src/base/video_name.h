/* SPDX-License-Identifier: Apache-2.0 */
/* What files of videos are called. */
#ifndef SFD_BASE_VIDEO_NAME_H
#define SFD_BASE_VIDEO_NAME_H

#include <stdbool.h>

/* Whether a file of this name is taken for a video: by its ending, in either case. */
bool sfd_is_video_name(const char *name);

#endif
