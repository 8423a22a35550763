/* SPDX-License-Identifier: Apache-2.0 */
/* Samples that come in pieces of any length, as packets of AAC. */
#ifndef SFD_MEDIA_SOUND_ENCODER_H
#define SFD_MEDIA_SOUND_ENCODER_H

#include <sfdet/common.h>

#include <libavcodec/avcodec.h>

typedef struct sfd_sound_encoder sfd_sound_encoder;

/* path: for messages. global_header: the container wants the codec's parameters apart. Errors:
 * SFD_ERR_UNSUPPORTED (FFmpeg has no AAC encoder, or not of such sound), SFD_ERR_NOMEM. */
sfd_status sfd_sound_encoder_open(sfd_sound_encoder **out, const char *path, int rate,
                                  int n_channels, bool global_header, sfd_error *err);
void sfd_sound_encoder_close(sfd_sound_encoder *e); /* takes NULL */

/* The codec: parameters, and the time base of packets. */
const AVCodecContext *sfd_sound_encoder_codec(const sfd_sound_encoder *e);

/* What becomes of packets; their times are in the codec's time base. */
typedef struct sfd_packet_sink {
    sfd_status (*write)(void *user, AVPacket *packet, sfd_error *err);
    void *user;
} sfd_packet_sink;

/* Takes n samples of each channel, within -1..1; channels NULL: there are no more. Errors:
 * SFD_ERR_IO, SFD_ERR_NOMEM, those of the sink. */
sfd_status sfd_sound_encoder_put(sfd_sound_encoder *e, const float *const *channels, size_t n,
                                 const sfd_packet_sink *sink, sfd_error *err);

#endif
