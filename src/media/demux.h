/* SPDX-License-Identifier: Apache-2.0 */
/* The packets of a file's video stream with the timestamps that the ffmpeg program gives them. */
#ifndef SFD_MEDIA_DEMUX_H
#define SFD_MEDIA_DEMUX_H

#include <libavformat/avformat.h>
#include <sfdet/common.h>

typedef struct sfd_demux {
    AVFormatContext *format;
    AVStream *stream;
    int64_t offset_us; /* added to the file's timestamps so that the earliest stream starts at 0 */
    bool wrap_checked;
    bool jumped; /* a discontinuity has been taken out */

    /* Running estimates in microseconds, AV_NOPTS_VALUE when unknown: the time of the packet and of
     * the frame in hand, and what is expected to follow. Kept by demuxer and decoder together. */
    bool started;
    int64_t dts_us, next_dts_us, pts_us, next_pts_us;
    int64_t last_dts_us;
} sfd_demux;

/* Opens `path` and chooses the video stream that the ffmpeg program would; all others are
 * discarded. Errors: SFD_ERR_IO, SFD_ERR_FORMAT (not a video, no video stream), SFD_ERR_NOMEM; *d
 * can be closed then. */
sfd_status sfd_demux_open(sfd_demux *d, const char *path, sfd_error *err);
void sfd_demux_close(sfd_demux *d);

/* The next packet of the stream. False at the end of the file, where it is cut off or damaged
 * beyond recovery, and when memory is out. */
bool sfd_demux_read(sfd_demux *d, AVPacket *packet);

/* The two halves of what the ffmpeg program does to the running estimates with a packet (NULL: the
 * decoder is drained): before it goes to the decoder, and after. has_b_frames is the decoder's
 * reorder depth. */
void sfd_demux_begin_packet(sfd_demux *d, const AVPacket *packet, int has_b_frames);
void sfd_demux_end_packet(sfd_demux *d, int64_t duration_us);

#endif
