/* SPDX-License-Identifier: Apache-2.0 */
/* The packets of a file's video stream with the timestamps that the ffmpeg program gives them. */
#ifndef SFD_MEDIA_DEMUX_H
#define SFD_MEDIA_DEMUX_H

#include "media/frame_folder.h"
#include "media/input_file.h"
#include "media/promise.h"
#include "media/sound.h"

#include <libavformat/avformat.h>

/* Larger pictures are refused, whatever a file's header promises: 8192 x 4320 fits. */
#define SFD_MAX_PIXELS 36000000
#define SFD_MAX_FPS    1000

/* Where a video comes from. */
typedef struct sfd_source {
    const char *path; /* of a file or pipe; live: "-", a camera or an address as well */
    const char *name; /* for messages: an address without its password */
    bool live;
    sfd_pictures pictures; /* where they take the place of a video */
} sfd_source;

typedef struct sfd_demux {
    bool has_pictures; /* instead of a file */
    sfd_frame_folder pictures;
    sfd_error fault;     /* why a picture cannot be read or decoded; SFD_OK: nothing is wrong */
    sfd_input_file file; /* live: perhaps not open, but it knows whether to stop */
    AVFormatContext *format;
    AVStream *stream;
    const AVStream *clock; /* the pictures, also where `stream` is their sound */
    sfd_sound *sound;      /* takes the audio packets; NULL: nobody */
    double promised_s;     /* length of the stream as the file's header says, 0 when it does not */
    int large_width, large_height; /* of a video whose pictures are too large, else 0 */
    int end_code; /* FFmpeg's reason for the end of the packets: AVERROR_EOF is the usual one */
    bool last_is_short; /* the last packet has less than it should */
    bool wants_others;  /* the file refers to other files */
    int64_t offset_us;  /* added to the file's timestamps so that the earliest stream starts at 0 */
    bool wrap_checked;
    bool jumped; /* a discontinuity has been taken out */

    /* Running estimates in microseconds, AV_NOPTS_VALUE when unknown: the time of the packet and of
     * the frame in hand, and what is expected to follow. Kept by demuxer and decoder together. */
    bool started;
    int64_t dts_us, next_dts_us, pts_us, next_pts_us;
    int64_t last_dts_us;
} sfd_demux;

/* Opens the source and chooses the video stream that the ffmpeg program would; all others are
 * discarded. A folder or list of pictures is a stream whose time base is a picture. Of a source
 * that is not live nothing but that file is opened: playlists and the like are refused. Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT (not a video, no video stream), SFD_ERR_UNSUPPORTED (a playlist, an
 * address that is not known, pictures too large), SFD_ERR_CANCELLED (stopped), SFD_ERR_NOMEM; *d
 * can be closed then, and must stay in place until it is. */
sfd_status sfd_demux_open(sfd_demux *d, const sfd_source *source, sfd_stop stop, sfd_error *err);
/* The same for the sound that the ffmpeg program would choose, on the clock of the file's pictures
 * if it has any. Without sound d->stream is NULL, which is no error. */
sfd_status sfd_demux_open_sound(sfd_demux *d, const char *path, sfd_stop stop, sfd_error *err);
void sfd_demux_close(sfd_demux *d);

/* Has the audio packets kept from now on. False when memory is out. */
bool sfd_demux_keep_sound(sfd_demux *d, sfd_sound *sound);

/* Whether so many bytes are not to be had: FFmpeg that got no memory may say that a file or frame
 * is damaged, or nothing. */
bool sfd_lacks_memory(size_t n_bytes);

/* Whether decoders refuse pictures of this size: they count rows filled up to whole vectors. */
bool sfd_demux_is_large(int width, int height);
/* Fails with the size of pictures that are too large. */
sfd_status sfd_demux_fail_size(const char *path, int width, int height, sfd_error *err);

/* The next packet of the stream. False at the end of the file, where it is cut off or damaged
 * beyond recovery, when memory is out, and when stopped. */
bool sfd_demux_read(sfd_demux *d, AVPacket *packet);

/* Whether it is a pipe of MP4: of one whose index is behind the frames nothing can be decoded. */
bool sfd_demux_wants_index_first(const sfd_demux *d);

/* Makes picture i the next packet. */
void sfd_demux_go_to_picture(sfd_demux *d, int64_t i);

/* The picture that was read last is at fault, for that reason: noted in d->fault. */
void sfd_demux_blame_picture(sfd_demux *d, sfd_status status, const char *reason);

/* How the file breaks off, where that can be seen once all packets were read; else NULL. */
const char *sfd_demux_end_fault(const sfd_demux *d);

/* The two halves of what the ffmpeg program does to the running estimates with a packet (NULL: the
 * decoder is drained): before it goes to the decoder, and after. has_b_frames is the decoder's
 * reorder depth. */
void sfd_demux_begin_packet(sfd_demux *d, const AVPacket *packet, int has_b_frames);
void sfd_demux_end_packet(sfd_demux *d, int64_t duration_us);

#endif
