/* SPDX-License-Identifier: Apache-2.0 */
/* How a video's pictures are to be shown: carried from a source to what is made of it. */
#ifndef SFD_MEDIA_VIDEO_LOOK_H
#define SFD_MEDIA_VIDEO_LOOK_H

#include <stdbool.h>

/* Colours are code points of ITU-T H.273, 2 where the source does not say. */
typedef struct sfd_video_look {
    int pixel_width, pixel_height; /* shape of an upright picture's pixels; 0: not said */
    int primaries, transfer;
    int matrix; /* 0: the source has no YUV */
    bool full_range;
} sfd_video_look;

/* The sound that goes with a video, packet by packet as it is stored. */
typedef struct sfd_sound sfd_sound;

#endif
