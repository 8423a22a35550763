/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded frames of a file's video stream, timed as the ffmpeg program times them. */
#ifndef SFD_MEDIA_DECODER_H
#define SFD_MEDIA_DECODER_H

#include "media/demux.h"

#include <libavcodec/avcodec.h>

#define SFD_MAX_DRAIN_DTS 64
/* Frames are reordered within fewer packets than this (H.264 and HEVC: 16). */
#define SFD_PTS_WINDOW 20
/* Frames of which the place is known before that of earlier ones: reordering and frame threads. */
#define SFD_MAX_LEFT_OUT 64

typedef struct sfd_packet_queue {
    AVPacket **packets;
    size_t at, n, n_alloc; /* entries at .. n - 1 wait to be decoded */
    size_t n_bytes;
} sfd_packet_queue;

/* A packet that the decoder was allowed to leave out. */
typedef struct sfd_left_out {
    int64_t pts, duration_us;
} sfd_left_out;

/* Whether a frame that is shown from tick `first` to `last` may be asked for. */
typedef bool sfd_wants_ticks(void *user, int64_t first, int64_t last);

typedef struct sfd_decoder {
    sfd_demux demux;
    AVCodecContext *codec;
    AVRational tick_base; /* 1 / fps */
    AVPacket *packet;     /* in work */
    bool in_packet;       /* the packet has been sent and may give more frames */
    bool file_ended;      /* the demuxer has no more packets */
    bool drain;           /* the decoder gives what it has left */
    int64_t end_tick;     /* where the last frame ends; valid after SFD_DECODER_END */

    bool undecodable;         /* that is what the picture at fault is, perhaps by its size */
    size_t n_damaged;         /* frames lost or with guessed parts, of those in use */
    int64_t first_damaged_us; /* about when the first of them is shown */

    /* Times of the drain calls, for frames that come out of them without a time. */
    int64_t drain_dts[SFD_MAX_DRAIN_DTS];
    int n_drain_dts;

    /* Skipping. Packets that were read ahead wait in the queue. */
    sfd_packet_queue queue;
    bool skipped; /* packets have been left out */
    bool regular; /* so far all timestamps were there and rising: packets may be left out */
    int64_t last_packet_dts, last_frame_pts;
    int64_t recent_pts[SFD_PTS_WINDOW]; /* of the last packets, round and round */
    int64_t passed_pts;                 /* largest pts that has left recent_pts */
    size_t n_packets, n_frames;         /* read; decoded */
    int64_t restart_pts; /* of the intra frame that decoding goes on from; AV_NOPTS_VALUE: none */

    /* Frames that nobody wants and no other frame refers to. A decoded frame is held back until the
     * places of those before it have been handed out. */
    sfd_wants_ticks *wants; /* NULL: all are wanted */
    void *wants_user;
    sfd_left_out left_out[SFD_MAX_LEFT_OUT]; /* rising; places not handed out yet */
    size_t n_left_out;
    AVFrame *held;
    int64_t held_pts;
    int held_state; /* sfd_decoder_state that is due after the left out, or -1 */
} sfd_decoder;

typedef enum sfd_decoder_state {
    SFD_DECODER_FRAME,
    SFD_DECODER_LEFT_OUT, /* a frame belongs here that was not decoded */
    SFD_DECODER_END,
    SFD_DECODER_LOST, /* after a skip the file turns out not to be regular: start over */
    SFD_DECODER_STOPPED,
    SFD_DECODER_FAULT, /* a picture that cannot be used: d->demux.fault tells */
    SFD_DECODER_NOMEM
} sfd_decoder_state;

/* Errors: those of sfd_demux_open, and SFD_ERR_UNSUPPORTED (no decoder); *d can be closed then, and
 * must stay in place until it is. */
sfd_status sfd_decoder_open(sfd_decoder *d, const sfd_source *source, int fps, sfd_stop stop,
                            sfd_error *err);
void sfd_decoder_close(sfd_decoder *d);

/* Fails as SFD_DECODER_FAULT tells. */
sfd_status sfd_decoder_fail_picture(const sfd_decoder *d, sfd_error *err);

/* Where no frame can be decoded: whether the first one is too large, and its size. */
bool sfd_decoder_find_large(const sfd_source *source, sfd_stop stop, int *width, int *height);

/* The next frame in display order and its time in ticks (INT64_MIN when unknown). Damaged packets
 * are passed over. Of H.264, frames that are not wanted need not be decoded: SFD_DECODER_LEFT_OUT
 * leaves `frame` empty and gives the tick. */
sfd_decoder_state sfd_decoder_next(sfd_decoder *d, AVFrame *frame, int64_t *tick);

typedef enum sfd_skip_state {
    SFD_SKIP_NONE,   /* nothing was left out */
    SFD_SKIP_JUMPED, /* the next frame's tick is not after `tick`; frames before it are left out */
    SFD_SKIP_LOST,   /* packets were left out that may not be: start over */
    SFD_SKIP_STOPPED,
    SFD_SKIP_NOMEM
} sfd_skip_state;

/* Leaves out the packets that are not needed for the frames from `tick` on. By then at least
 * SFD_PTS_WINDOW frames should have been decoded, which show whether the file's timestamps hold. */
sfd_skip_state sfd_decoder_skip(sfd_decoder *d, int64_t tick);

#endif
