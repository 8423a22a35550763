/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding sound in the rhythm of the ffmpeg program (5.1), whose estimates of time follow from it.
 */
#include "media/sound_decoder.h"

#include "base/error.h"

#include <libavutil/mathematics.h>

/* Of one frame; those of Monkey's Audio, the longest, have 1,179,648. */
#define MAX_FRAME_SAMPLES (1 << 21)
#define PROBE_BYTES       ((size_t)1 << 20)

static sfd_status open_codec(sfd_sound_decoder *d, sfd_error *err)
{
    const AVStream *stream = d->demux.stream;
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec) {
        sfd_fail(&d->silent, SFD_ERR_UNSUPPORTED, "%s: FFmpeg has no decoder for its sound (%s)",
                 d->path, avcodec_get_name(stream->codecpar->codec_id));
        return SFD_OK;
    }
    d->codec = avcodec_alloc_context3(codec);
    d->packet = av_packet_alloc();
    if (!d->codec || !d->packet)
        return sfd_fail_nomem(err, d->path);
    int code = avcodec_parameters_to_context(d->codec, stream->codecpar);
    d->codec->pkt_timebase = stream->time_base;
    d->codec->max_samples = MAX_FRAME_SAMPLES;
    d->codec->thread_count = 1;
    if (code >= 0)
        code = avcodec_open2(d->codec, codec, NULL);
    if (code == AVERROR(ENOMEM) || (code < 0 && sfd_lacks_memory(PROBE_BYTES)))
        return sfd_fail_nomem(err, d->path);
    if (code < 0) {
        sfd_fail(&d->silent, SFD_ERR_FORMAT, "%s: its sound (%s) cannot be decoded: %s", d->path,
                 codec->name, av_err2str(code));
        avcodec_free_context(&d->codec);
    }
    return SFD_OK;
}

sfd_status sfd_sound_decoder_open(sfd_sound_decoder *d, const char *path, sfd_stop stop,
                                  sfd_error *err)
{
    *d = (sfd_sound_decoder){
        .path = path, .end_samples = AV_NOPTS_VALUE, .last_packet_pts = AV_NOPTS_VALUE};
    sfd_status st = sfd_demux_open_sound(&d->demux, path, stop, err);
    if (st != SFD_OK)
        return st;
    if (d->demux.stream)
        return open_codec(d, err);
    sfd_fail(&d->silent, SFD_ERR_FORMAT, "%s: has no sound", path);
    return SFD_OK;
}

sfd_status sfd_sound_decoder_attach(sfd_sound_decoder *d, const char *name, sfd_sound *packets,
                                    sfd_error *err)
{
    *d = (sfd_sound_decoder){.path = name,
                             .packets = packets,
                             .demux = {.last_dts_us = AV_NOPTS_VALUE,
                                       .dts_us = AV_NOPTS_VALUE,
                                       .next_dts_us = AV_NOPTS_VALUE,
                                       .pts_us = AV_NOPTS_VALUE,
                                       .next_pts_us = AV_NOPTS_VALUE},
                             .end_samples = AV_NOPTS_VALUE,
                             .last_packet_pts = AV_NOPTS_VALUE};
    if (packets->chosen < packets->n_tracks) {
        d->demux.stream = packets->tracks[packets->chosen].stream;
        return open_codec(d, err);
    }
    sfd_fail(&d->silent, SFD_ERR_FORMAT, "%s: has no sound", name);
    return SFD_OK;
}

void sfd_sound_decoder_close(sfd_sound_decoder *d)
{
    av_packet_free(&d->packet);
    avcodec_free_context(&d->codec);
    if (!d->packets)
        sfd_demux_close(&d->demux);
}

static void note_damage(sfd_sound_decoder *d)
{
    if (d->n_damaged++ == 0)
        d->first_damaged_us = d->demux.dts_us == AV_NOPTS_VALUE ? 0 : d->demux.dts_us;
}

/* The next of the chosen track that waits. */
static bool take_waiting(sfd_sound_decoder *d)
{
    bool got;
    do {
        av_packet_unref(d->packet);
        got = sfd_sound_next(d->packets, d->packet);
    } while (got && (size_t)d->packet->stream_index != d->packets->chosen);
    return got;
}

/* False when none is there yet. */
static bool take_packet(sfd_sound_decoder *d)
{
    sfd_demux *demux = &d->demux;
    const bool got = d->packets ? take_waiting(d) : sfd_demux_read(demux, d->packet);
    d->starved = !got && d->packets && !d->no_more;
    if (d->starved)
        return false;
    if (!got) {
        av_packet_unref(d->packet);
        d->drain = true;
    }
    sfd_demux_begin_packet(demux, d->drain ? NULL : d->packet, 0);
    if (!d->drain && d->packet->dts != AV_NOPTS_VALUE)
        demux->next_pts_us = demux->next_dts_us;
    return true;
}

/* One receive, after one send unless the packet may give more. Returns 1 with a frame, 0 without,
 * or an FFmpeg error. */
static int decode(sfd_sound_decoder *d, AVFrame *frame)
{
    int code = 0;
    if (!d->in_packet)
        code = avcodec_send_packet(d->codec, d->drain ? NULL : d->packet);
    if (code < 0 && code != AVERROR_EOF)
        return code;
    code = avcodec_receive_frame(d->codec, frame);
    return code >= 0 ? 1 : code == AVERROR(EAGAIN) ? 0 : code;
}

/* From the file's ticks to samples: where they are coarser, frames follow each other without gaps.
 */
static void set_time(sfd_sound_decoder *d, AVFrame *frame)
{
    const AVPacket *p = d->drain || d->in_packet ? NULL : d->packet;
    const AVRational samples = {1, frame->sample_rate};
    AVRational base = d->demux.stream->time_base;
    if (frame->pts == AV_NOPTS_VALUE && p)
        frame->pts = p->pts;
    if (frame->pts == AV_NOPTS_VALUE) {
        frame->pts = d->demux.dts_us;
        base = AV_TIME_BASE_Q;
    }
    if (p && p->duration && d->last_packet_pts != AV_NOPTS_VALUE && p->pts != AV_NOPTS_VALUE &&
        av_sat_sub64(p->pts, d->last_packet_pts) > p->duration)
        d->end_samples = AV_NOPTS_VALUE;
    if (p)
        d->last_packet_pts = p->pts;
    if (frame->pts != AV_NOPTS_VALUE)
        frame->pts = av_rescale_delta(base, frame->pts, samples, frame->nb_samples, &d->end_samples,
                                      samples);
}

static void count_time(sfd_demux *demux, const AVFrame *frame)
{
    const int64_t us = (int64_t)AV_TIME_BASE * frame->nb_samples / frame->sample_rate;
    if (demux->next_pts_us != AV_NOPTS_VALUE)
        demux->next_pts_us = av_sat_add64(demux->next_pts_us, us);
    if (demux->next_dts_us != AV_NOPTS_VALUE)
        demux->next_dts_us = av_sat_add64(demux->next_dts_us, us);
}

/* Whether the frame that was decoded is of use; takes its time. */
static bool take_frame(sfd_sound_decoder *d, AVFrame *frame)
{
    if (frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT)
        note_damage(d);
    const bool sound = frame->sample_rate > 0 && frame->nb_samples > 0;
    if (sound) {
        count_time(&d->demux, frame);
        set_time(d, frame);
    }
    d->in_packet = true;
    if (!sound)
        av_frame_unref(frame);
    return sound;
}

sfd_status sfd_sound_decoder_next(sfd_sound_decoder *d, AVFrame *frame, sfd_error *err)
{
    while (d->codec) {
        sfd_demux *demux = &d->demux;
        if (!d->in_packet && !d->drain && !take_packet(d))
            break;
        demux->pts_us = demux->next_pts_us;
        demux->dts_us = demux->next_dts_us;
        const int code = decode(d, frame);
        if (demux->file.stopped)
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", d->path);
        if (code == AVERROR(ENOMEM) || demux->end_code == AVERROR(ENOMEM) ||
            (code < 0 && sfd_lacks_memory(PROBE_BYTES)))
            return sfd_fail_nomem(err, d->path);
        if (code == 1 && take_frame(d, frame))
            return SFD_OK;
        if (code == 1)
            continue;
        d->in_packet = false;
        if (d->drain)
            break;
        if (code < 0)
            note_damage(d);
    }
    return sfd_fail(err, SFD_ERR_END, "%s: its sound has ended", d->path);
}
