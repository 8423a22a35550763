/* SPDX-License-Identifier: Apache-2.0 */
/* AAC by libavcodec's own encoder. */
#include "media/sound_encoder.h"

#include "base/alloc.h"
#include "base/error.h"

#include <libavutil/channel_layout.h>
#include <stdlib.h>
#include <string.h>

#define BITS_PER_CHANNEL 64000

struct sfd_sound_encoder {
    const char *path;
    AVCodecContext *codec;
    AVFrame *frame; /* being filled */
    AVPacket *packet;
    int n_channels, n_filled;
    int64_t n_sent; /* samples */
};

static sfd_status fail_av(const sfd_sound_encoder *e, int code, sfd_error *err)
{
    if (code == AVERROR(ENOMEM))
        return sfd_fail_nomem(err, e->path);
    return sfd_fail(err, SFD_ERR_IO, "%s: cannot encode sound: %s", e->path, av_err2str(code));
}

static sfd_status open_codec(sfd_sound_encoder *e, int rate, bool global_header, sfd_error *err)
{
    const AVCodec *encoder = avcodec_find_encoder_by_name("aac");
    if (!encoder)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: FFmpeg has no AAC encoder", e->path);
    AVCodecContext *c = e->codec = avcodec_alloc_context3(encoder);
    if (!c)
        return sfd_fail_nomem(err, e->path);
    c->sample_rate = rate;
    c->sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&c->ch_layout, e->n_channels);
    c->bit_rate = (int64_t)BITS_PER_CHANNEL * e->n_channels;
    c->time_base = (AVRational){1, rate};
    c->thread_count = 1;
    if (global_header)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    const int code = avcodec_open2(c, encoder, NULL);
    if (code == AVERROR(ENOMEM))
        return sfd_fail_nomem(err, e->path);
    return code < 0 ? sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: no AAC of %d channels at %d Hz: %s",
                               e->path, e->n_channels, rate, av_err2str(code))
                    : SFD_OK;
}

/* A frame to be filled: the encoder may keep the last one. */
static int renew_frame(sfd_sound_encoder *e)
{
    const AVCodecContext *c = e->codec;
    AVFrame *f = e->frame;
    av_frame_unref(f);
    f->format = c->sample_fmt;
    f->sample_rate = c->sample_rate;
    f->nb_samples = c->frame_size;
    e->n_filled = 0;
    int code = av_channel_layout_copy(&f->ch_layout, &c->ch_layout);
    return code < 0 ? code : av_frame_get_buffer(f, 0);
}

sfd_status sfd_sound_encoder_open(sfd_sound_encoder **out, const char *path, int rate,
                                  int n_channels, bool global_header, sfd_error *err)
{
    *out = NULL;
    sfd_sound_encoder *e = sfd_calloc(1, sizeof *e);
    if (!e)
        return sfd_fail_nomem(err, path);
    e->path = path;
    e->n_channels = n_channels;
    sfd_status st = open_codec(e, rate, global_header, err);
    if (st == SFD_OK) {
        e->frame = av_frame_alloc();
        e->packet = av_packet_alloc();
        if (!e->frame || !e->packet || renew_frame(e) < 0)
            st = sfd_fail_nomem(err, path);
    }
    if (st != SFD_OK) {
        sfd_sound_encoder_close(e);
        return st;
    }
    *out = e;
    return SFD_OK;
}

void sfd_sound_encoder_close(sfd_sound_encoder *e)
{
    if (!e)
        return;
    avcodec_free_context(&e->codec);
    av_frame_free(&e->frame);
    av_packet_free(&e->packet);
    free(e);
}

const AVCodecContext *sfd_sound_encoder_codec(const sfd_sound_encoder *e)
{
    return e->codec;
}

/* Hands a frame (NULL: no more) to the encoder and what comes out to the sink. */
static sfd_status encode(sfd_sound_encoder *e, AVFrame *frame, const sfd_packet_sink *sink,
                         sfd_error *err)
{
    int code = avcodec_send_frame(e->codec, frame);
    if (code < 0)
        return fail_av(e, code, err);
    while ((code = avcodec_receive_packet(e->codec, e->packet)) >= 0) {
        const sfd_status st = sink->write(sink->user, e->packet, err);
        av_packet_unref(e->packet);
        if (st != SFD_OK)
            return st;
    }
    return code == AVERROR(EAGAIN) || code == AVERROR_EOF ? SFD_OK : fail_av(e, code, err);
}

static sfd_status send_filled(sfd_sound_encoder *e, const sfd_packet_sink *sink, sfd_error *err)
{
    e->frame->nb_samples = e->n_filled;
    e->frame->pts = e->n_sent;
    e->n_sent += e->n_filled;
    const sfd_status st = encode(e, e->frame, sink, err);
    if (st != SFD_OK)
        return st;
    const int code = renew_frame(e);
    return code < 0 ? fail_av(e, code, err) : SFD_OK;
}

sfd_status sfd_sound_encoder_put(sfd_sound_encoder *e, const float *const *channels, size_t n,
                                 const sfd_packet_sink *sink, sfd_error *err)
{
    sfd_status st = SFD_OK;
    if (!channels) {
        if (e->n_filled > 0)
            st = send_filled(e, sink, err);
        return st == SFD_OK ? encode(e, NULL, sink, err) : st;
    }
    for (size_t at = 0; at < n && st == SFD_OK;) {
        const size_t room = (size_t)(e->frame->nb_samples - e->n_filled);
        const size_t some = n - at < room ? n - at : room;
        for (int c = 0; c < e->n_channels; c++)
            memcpy((float *)e->frame->extended_data[c] + e->n_filled, channels[c] + at,
                   some * sizeof **channels);
        at += some;
        e->n_filled += (int)some;
        if (e->n_filled == e->frame->nb_samples)
            st = send_filled(e, sink, err);
    }
    return st;
}
