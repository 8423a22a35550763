/* SPDX-License-Identifier: Apache-2.0 */
/* A video reader without files, linked in place of the real one: a video of any length whose frames
 * carry their number, with counts of what was asked of it. */
#ifndef TEST_FAKE_VIDEO_H
#define TEST_FAKE_VIDEO_H

#include "media/video_reader.h"

#define FAKE_MAX_FRAMES 20000

typedef struct fake_video {
    int64_t n_frames;
    _Atomic int64_t broken_at; /* sfd_video_next fails at this frame; -1: never */
    int repeat;                /* so many frames in a row are one picture; 1: all differ */
    int delay_us;              /* of every sfd_video_next */
    _Atomic int n_reads[FAKE_MAX_FRAMES]; /* two videos may be read at once */
    _Atomic int64_t n_read;               /* frames handed out, may be looked at meanwhile */
    _Atomic int n_open;                   /* readers that are open */
    _Atomic int n_opened;                 /* that ever were */
    const char *complaint;                /* "": none */
    _Atomic int n_denied;                 /* frames asked for after saying that they would not be */
} fake_video;

/* What sfd_video_open gives next. */
extern fake_video fake;

void fake_video_reset(int64_t n_frames);

/* The number that a picture carries in its first pixel. */
int64_t fake_number(const uint8_t *rgb);

#endif
