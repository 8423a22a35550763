/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded sound of a file, timed as the ffmpeg program (5.1) times it. */
#ifndef SFD_MEDIA_SOUND_DECODER_H
#define SFD_MEDIA_SOUND_DECODER_H

#include "media/demux.h"

#include <libavcodec/avcodec.h>

typedef struct sfd_sound_decoder {
    const char *path;
    sfd_demux demux;       /* not open where packets come from elsewhere: */
    sfd_sound *packets;    /* beside pictures that are being read; NULL: from the demuxer */
    bool starved;          /* of these none waits now, and not the last one was taken */
    bool no_more;          /* they have ended */
    AVCodecContext *codec; /* NULL: nothing to decode, `silent` says why */
    AVPacket *packet;      /* in work */
    bool in_packet;        /* the packet has been sent and may give more frames */
    bool drain;
    int64_t end_samples;     /* of the last frame: where timestamps are coarser than samples */
    int64_t last_packet_pts; /* as the file has it */
    sfd_error silent;        /* why there is no sound, empty where there is */
    size_t n_damaged;        /* packets and frames that were left out or have guessed parts, and
                                stretches of samples that are no numbers */
    int64_t first_damaged_us;
} sfd_sound_decoder;

/* `path` must live as long. A file without sound, or with sound that cannot be decoded, opens: it
 * has no frames. Errors: those of sfd_demux_open_sound; *d can be closed then, and must stay in
 * place until it is. */
sfd_status sfd_sound_decoder_open(sfd_sound_decoder *d, const char *path, sfd_stop stop,
                                  sfd_error *err);
/* The sound beside pictures that are being read, as it comes, of the chosen track. `packets` must
 * live as long, with the file that they are of. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_sound_decoder_attach(sfd_sound_decoder *d, const char *name, sfd_sound *packets,
                                    sfd_error *err);
void sfd_sound_decoder_close(sfd_sound_decoder *d);

/* The next frame; its pts counts samples of its own rate from time 0, AV_NOPTS_VALUE when unknown.
 * Errors: SFD_ERR_END (with d->starved: none is there yet), SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
sfd_status sfd_sound_decoder_next(sfd_sound_decoder *d, AVFrame *frame, sfd_error *err);

#endif
