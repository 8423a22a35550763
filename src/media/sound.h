/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a video that is being read, on the pictures' clock, for copying. */
#ifndef SFD_MEDIA_SOUND_H
#define SFD_MEDIA_SOUND_H

#include "media/video_look.h"

#include <libavformat/avformat.h>

/* Packets that wait; more are dropped. */
#define SFD_MAX_SOUND_BYTES ((size_t)64 << 20)

typedef struct sfd_sound_track {
    AVStream *stream; /* of the source, while it is open */
    int64_t extra;    /* added to timestamps where a discontinuity has been taken out */
    int64_t last,
        end; /* of the last packet: its dts, and where it ends; AV_NOPTS_VALUE: none yet */
} sfd_sound_track;

struct sfd_sound {
    sfd_sound_track *tracks;
    size_t n_tracks;
    size_t chosen;      /* the track that the ffmpeg program would take; n_tracks: there is none */
    AVPacket **packets; /* at .. n - 1 wait; stream_index counts tracks */
    size_t at, n, n_alloc;
    size_t n_bytes;
    bool overflowed; /* packets were dropped: no memory, or far from their pictures */
};

/* Finds the audio streams of an open file and turns their reading on. False when memory is out. */
bool sfd_sound_attach(sfd_sound *s, AVFormatContext *format);
void sfd_sound_clear(sfd_sound *s);

/* Takes a packet of the source, shifted by `offset` in its time base as the pictures are. Formats
 * whose clock `jumps` have discontinuities taken out. Others than sound, and what was taken before,
 * are passed over. */
void sfd_sound_take(sfd_sound *s, AVPacket *packet, const AVStream *stream, int64_t offset,
                    bool jumps);

/* Forgets the packets that wait. */
void sfd_sound_drop(sfd_sound *s);

/* Moves the next packet out; false when none waits. */
bool sfd_sound_next(sfd_sound *s, AVPacket *packet);

#endif
