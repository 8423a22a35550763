/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding in the rhythm of the ffmpeg program (5.1), and leaving out what is not wanted. */
#include "media/decoder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/machine.h"

#include <libavutil/mathematics.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compressed data held while looking for an intra frame; where they are further apart than this,
 * everything is decoded. */
#define MAX_QUEUE_BYTES ((size_t)64 << 20)
#define PROBE_BYTES     ((size_t)1 << 20) /* what decoders want besides pictures */

/* MPEG-4 by Xvid: the decoder knows it and takes its inverse transform. */
static bool is_xvid(const AVCodecParameters *par)
{
    return par->codec_id == AV_CODEC_ID_MPEG4 &&
           (par->codec_tag == MKTAG('X', 'V', 'I', 'D') ||
            par->codec_tag == MKTAG('x', 'v', 'i', 'd') ||
            (par->extradata_size > 0 &&
             memmem(par->extradata, (size_t)par->extradata_size, "XviD", 4)));
}

/* MPEG-1, 2, 4 and JPEG leave the rounding of the inverse transform open. This one gives what x86
 * does. */
static int transform_of(const AVCodecParameters *par)
{
    return SFD_FFMPEG_ROUNDS_RIGHT || is_xvid(par) ? FF_IDCT_AUTO : FF_IDCT_SIMPLE;
}

static bool lacks_memory(const AVCodecContext *codec)
{
    const size_t n_pixels = (size_t)codec->width * (size_t)codec->height;
    return sfd_lacks_memory(PROBE_BYTES + 8 * n_pixels);
}

static sfd_status open_codec(sfd_decoder *d, const char *path, sfd_error *err)
{
    AVStream *stream = d->demux.stream;
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: FFmpeg has no decoder for its video (%s)",
                        path, avcodec_get_name(stream->codecpar->codec_id));
    d->codec = avcodec_alloc_context3(codec);
    d->packet = av_packet_alloc();
    d->held = av_frame_alloc();
    if (!d->codec || !d->packet || !d->held)
        return sfd_fail_nomem(err, path);
    int code = avcodec_parameters_to_context(d->codec, stream->codecpar);
    d->codec->max_pixels = SFD_MAX_PIXELS;
    d->codec->idct_algo = transform_of(stream->codecpar);
    d->codec->framerate = stream->avg_frame_rate;
    d->codec->pkt_timebase = stream->time_base;
    const bool one_by_one =
        d->demux.has_pictures || stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
    d->codec->thread_count = one_by_one ? 1 : 0;
    if (code >= 0)
        code = avcodec_open2(d->codec, codec, NULL);
    if (code == AVERROR(ENOMEM) || code == AVERROR(EAGAIN) || /* for itself or for its threads */
        (code < 0 && lacks_memory(d->codec)))
        return sfd_fail_nomem(err, path);
    if (code < 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: cannot decode its video (%s): %s", path,
                        codec->name, av_err2str(code));
    return SFD_OK;
}

static sfd_status take_own_rate(sfd_decoder *d, const char *path, sfd_error *err)
{
    const AVRational rate = av_guess_frame_rate(d->demux.format, d->demux.stream, NULL);
    if (rate.num <= 0 || rate.den <= 0 || av_q2d(rate) > SFD_MAX_FPS)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: its frame rate is not known, so its frames have no numbers", path);
    d->tick_base = av_inv_q(rate);
    return SFD_OK;
}

sfd_status sfd_decoder_open(sfd_decoder *d, const sfd_source *source, int fps, sfd_stop stop,
                            sfd_error *err)
{
    *d = (sfd_decoder){.tick_base = {1, fps > 0 ? fps : 1},
                       .regular = true,
                       .last_packet_dts = AV_NOPTS_VALUE,
                       .last_frame_pts = AV_NOPTS_VALUE,
                       .passed_pts = INT64_MIN,
                       .restart_pts = AV_NOPTS_VALUE,
                       .held_state = -1};
    sfd_status st = sfd_demux_open(&d->demux, source, stop, err);
    if (st == SFD_OK && fps == 0)
        st = take_own_rate(d, source->name, err);
    return st == SFD_OK ? open_codec(d, source->name, err) : st;
}

static void queue_clear(sfd_packet_queue *q)
{
    for (size_t i = q->at; i < q->n; i++)
        av_packet_free(&q->packets[i]);
    q->at = q->n = q->n_bytes = 0;
}

void sfd_decoder_close(sfd_decoder *d)
{
    queue_clear(&d->queue);
    free(d->queue.packets);
    d->queue = (sfd_packet_queue){0};
    av_packet_free(&d->packet);
    av_frame_free(&d->held);
    avcodec_free_context(&d->codec);
    sfd_demux_close(&d->demux);
}

static int64_t to_tick(const sfd_decoder *d, int64_t pts)
{
    return av_rescale_q_rnd(pts, d->demux.stream->time_base, d->tick_base,
                            AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX);
}

static int64_t to_us(const sfd_decoder *d, int64_t ts)
{
    return av_rescale_q(ts, d->demux.stream->time_base, AV_TIME_BASE_Q);
}

/* Remembers the packet's pts; false when it repeats another's or comes too late to be reordered. */
static bool pts_in_order(sfd_decoder *d, int64_t pts)
{
    size_t n = d->n_packets < SFD_PTS_WINDOW ? d->n_packets : SFD_PTS_WINDOW;
    int64_t *oldest = &d->recent_pts[d->n_packets++ % SFD_PTS_WINDOW];
    for (size_t i = 0; i < n; i++)
        if (d->recent_pts[i] == pts)
            return false;
    if (n == SFD_PTS_WINDOW && *oldest > d->passed_pts)
        d->passed_pts = *oldest;
    *oldest = pts;
    return pts > d->passed_pts;
}

/* Whether timestamps allow to tell from packets alone which frames are shown when. (libavcodec
 * counts irregular ones and may then go by dts for the rest of the file.) */
static void check_packet(sfd_decoder *d, const AVPacket *p)
{
    if (p->pts == AV_NOPTS_VALUE || p->dts == AV_NOPTS_VALUE || p->pts < p->dts ||
        (d->last_packet_dts != AV_NOPTS_VALUE && p->dts <= d->last_packet_dts) ||
        !pts_in_order(d, p->pts) || d->demux.jumped)
        d->regular = false;
    d->last_packet_dts = p->dts;
}

static bool read_packet(sfd_decoder *d, AVPacket *packet)
{
    if (d->file_ended || !sfd_demux_read(&d->demux, packet)) {
        d->file_ended = true;
        return false;
    }
    check_packet(d, packet);
    return true;
}

/* Puts the next packet, queued or from the file, into d->packet; empty at the end of the file. */
static void take_packet(sfd_decoder *d)
{
    sfd_packet_queue *q = &d->queue;
    av_packet_unref(d->packet);
    if (q->at < q->n) {
        AVPacket *p = q->packets[q->at++];
        q->n_bytes -= (size_t)p->size;
        av_packet_move_ref(d->packet, p);
        av_packet_free(&p);
        if (q->at == q->n)
            q->at = q->n = 0;
    } else if (!read_packet(d, d->packet)) {
        av_packet_unref(d->packet);
        d->drain = true;
    }
}

static int64_t packet_duration_us(const sfd_decoder *d, const AVPacket *packet)
{
    AVRational rate = d->codec->framerate;
    int ticks_per_frame = d->codec->ticks_per_frame;
    if (packet && packet->duration)
        return to_us(d, packet->duration);
    if (rate.num == 0 || rate.den == 0)
        return 0;
    const AVCodecParserContext *parser = av_stream_get_parser(d->demux.stream);
    int ticks = parser ? parser->repeat_pict + 1 : ticks_per_frame;
    return (int64_t)AV_TIME_BASE * rate.den * ticks / rate.num / ticks_per_frame;
}

/* The decoder gets the estimated dts where the file has none. */
static void set_packet_dts(sfd_decoder *d)
{
    int64_t us = d->demux.dts_us;
    d->packet->dts = us == AV_NOPTS_VALUE
                         ? AV_NOPTS_VALUE
                         : av_rescale_q(us, AV_TIME_BASE_Q, d->demux.stream->time_base);
    if (d->drain && d->n_drain_dts < SFD_MAX_DRAIN_DTS)
        d->drain_dts[d->n_drain_dts++] = d->packet->dts;
}

/* ------------------------------------------------- frames that nobody wants */

static void note_left_out(sfd_decoder *d, const AVPacket *p)
{
    size_t at = d->n_left_out++;
    for (; at > 0 && d->left_out[at - 1].pts > p->pts; at--)
        d->left_out[at] = d->left_out[at - 1];
    d->left_out[at] = (sfd_left_out){p->pts, packet_duration_us(d, p)};
}

static void forget_left_out(sfd_decoder *d, size_t at)
{
    d->n_left_out--;
    memmove(d->left_out + at, d->left_out + at + 1, (d->n_left_out - at) * sizeof *d->left_out);
}

/* The decoder knew better than to leave it out. */
static void note_decoded(sfd_decoder *d, int64_t pts)
{
    for (size_t i = 0; i < d->n_left_out; i++)
        if (d->left_out[i].pts == pts) {
            forget_left_out(d, i);
            return;
        }
}

/* Fields are out: a frame might lose one of its two. */
static bool may_leave_out(const sfd_decoder *d, const AVPacket *p)
{
    if (d->demux.has_pictures)
        return d->wants && d->n_left_out < SFD_MAX_LEFT_OUT &&
               !d->wants(d->wants_user, to_tick(d, p->pts), to_tick(d, p->pts + 1) - 1);
    if (!d->wants || !d->regular || d->n_frames < SFD_PTS_WINDOW ||
        d->n_left_out == SFD_MAX_LEFT_OUT)
        return false;
    if (d->codec->codec_id != AV_CODEC_ID_H264 ||
        d->demux.stream->codecpar->field_order != AV_FIELD_PROGRESSIVE)
        return false;
    if (p->duration <= 0 || (d->restart_pts != AV_NOPTS_VALUE && p->pts < d->restart_pts))
        return false;
    return !d->wants(d->wants_user, to_tick(d, p->pts),
                     to_tick(d, av_sat_add64(p->pts, p->duration)) - 1);
}

/* Tells the decoder whether it may leave the packet in hand out. */
static bool choose_discard(sfd_decoder *d)
{
    bool leave = !d->drain && may_leave_out(d, d->packet);
    d->codec->skip_frame = leave ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    if (leave) {
        note_left_out(d, d->packet);
        d->skipped = true;
    }
    return leave;
}

/* --------------------------------------------------------------------------- */

static bool is_damaged(const AVFrame *frame)
{
    return frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT;
}

static void note_damage(sfd_decoder *d)
{
    if (d->n_damaged++ == 0)
        d->first_damaged_us = d->demux.pts_us;
}

static int64_t frame_time(sfd_decoder *d, const AVFrame *frame)
{
    int64_t ts = frame->best_effort_timestamp;
    if (ts == AV_NOPTS_VALUE && d->drain && d->n_drain_dts > 0) {
        ts = d->drain_dts[0];
        d->n_drain_dts--;
        memmove(d->drain_dts, d->drain_dts + 1, (size_t)d->n_drain_dts * sizeof *d->drain_dts);
    }
    if (ts != AV_NOPTS_VALUE)
        d->demux.next_pts_us = d->demux.pts_us = to_us(d, ts);
    /* What takes the place of damaged parts depends on the frames decoded before. */
    if (is_damaged(frame) || frame->pts == AV_NOPTS_VALUE || ts != frame->pts ||
        (d->last_frame_pts != AV_NOPTS_VALUE && ts <= d->last_frame_pts))
        d->regular = false;
    d->last_frame_pts = ts;
    d->n_frames++;
    return ts != AV_NOPTS_VALUE ? ts : frame->pts;
}

/* H.264 without a reorder depth in its headers: the demuxer learns it from the decoder. */
static void tell_demuxer_delay(sfd_decoder *d)
{
    AVCodecParameters *par = d->demux.stream->codecpar;
    if (d->codec->codec_id == AV_CODEC_ID_H264 && par->video_delay < d->codec->has_b_frames)
        par->video_delay = d->codec->has_b_frames;
}

/* One receive, after one send unless `again`. Returns 1 with a frame, 0 without, or an FFmpeg
 * error.
 */
static int decode(sfd_decoder *d, AVFrame *frame, bool again)
{
    if (!again) {
        if (!d->drain && d->packet->size == 0)
            return 0;
        if (choose_discard(d) && d->demux.has_pictures)
            return 0; /* others do not depend on it */
        set_packet_dts(d);
        int code = avcodec_send_packet(d->codec, d->packet);
        if (code < 0 && code != AVERROR_EOF)
            return code;
    }
    int code = avcodec_receive_frame(d->codec, frame);
    tell_demuxer_delay(d);
    return code >= 0 ? 1 : code == AVERROR(EAGAIN) ? 0 : code;
}

/* decode() and what it does to the running estimates of time. */
static int decode_step(sfd_decoder *d, AVFrame *frame, bool again, int64_t *pts)
{
    sfd_demux *demux = &d->demux;
    const AVPacket *packet = d->drain ? NULL : d->packet;
    if (!again)
        sfd_demux_begin_packet(demux, packet, d->codec->has_b_frames);
    demux->pts_us = demux->next_pts_us;
    demux->dts_us = demux->next_dts_us;
    int code = decode(d, frame, again);
    int64_t duration_us = packet_duration_us(d, packet);
    if (code == 1) {
        *pts = frame_time(d, frame);
        int64_t shown_us = frame->pkt_duration > 0 ? to_us(d, frame->pkt_duration) : duration_us;
        demux->next_pts_us = av_sat_add64(demux->next_pts_us, shown_us);
    }
    if (!again || code == 1)
        sfd_demux_end_packet(demux, duration_us);
    return code;
}

/* After a skip: whether this is the intra frame that decoding went on from. Frames shown before it
 * lack their references. */
static bool find_restart(sfd_decoder *d, const AVFrame *frame, int64_t pts)
{
    if (d->restart_pts == AV_NOPTS_VALUE)
        return true;
    if (pts < d->restart_pts)
        return false;
    if (pts != d->restart_pts || !frame->key_frame)
        d->regular = false;
    d->restart_pts = AV_NOPTS_VALUE;
    return true;
}

static int64_t end_tick_at(const sfd_decoder *d, int64_t us)
{
    return to_tick(d, av_rescale_q_rnd(us, AV_TIME_BASE_Q, d->demux.stream->time_base,
                                       AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX));
}

/* ------------------------------------------------------------------ pictures */

/* The pictures of a folder may be of several kinds. */
static bool change_codec(sfd_decoder *d)
{
    if (d->codec->codec_id == d->demux.stream->codecpar->codec_id || d->packet->size == 0)
        return true;
    AVPacket *packet = d->packet;
    AVFrame *held = d->held;
    avcodec_free_context(&d->codec);
    const sfd_status status = open_codec(d, "a picture", &d->demux.fault);
    av_packet_free(&d->packet);
    av_frame_free(&d->held);
    d->packet = packet;
    d->held = held;
    return status == SFD_OK;
}

static void blame_size(sfd_decoder *d, const AVFrame *frame)
{
    const sfd_frame_folder *f = &d->demux.pictures;
    char reason[100];
    snprintf(reason, sizeof reason, "is %d x %d, the first picture %d x %d", frame->width,
             frame->height, f->width, f->height);
    sfd_demux_blame_picture(&d->demux, SFD_ERR_FORMAT, reason);
}

/* Whether the picture can be used: decoded as a whole, and of the first one's size. */
static bool check_picture(sfd_decoder *d, int code, const AVFrame *frame)
{
    sfd_frame_folder *f = &d->demux.pictures;
    if (d->demux.fault.status != SFD_OK)
        return false;
    if (code < 0) {
        d->undecodable = true;
        sfd_demux_blame_picture(&d->demux, SFD_ERR_FORMAT, "cannot be decoded");
    } else if (code == 1 && is_damaged(frame)) {
        sfd_demux_blame_picture(&d->demux, SFD_ERR_FORMAT, "is damaged");
    } else if (code == 1 && f->width == 0) {
        f->width = frame->width;
        f->height = frame->height;
    } else if (code == 1 && (f->width != frame->width || f->height != frame->height)) {
        blame_size(d, frame);
    }
    return d->demux.fault.status == SFD_OK;
}

/* --------------------------------------------------------------------------- */

static sfd_decoder_state next_decoded(sfd_decoder *d, AVFrame *frame, int64_t *pts)
{
    for (;;) {
        bool again = d->in_packet;
        *pts = AV_NOPTS_VALUE;
        if (!again)
            take_packet(d);
        if (!again && d->demux.has_pictures && !change_codec(d))
            return SFD_DECODER_FAULT;
        int code = decode_step(d, frame, again, pts);
        d->in_packet = code == 1 && !d->drain;
        const bool lost = code < 0 && !(code == AVERROR_EOF && d->drain && d->n_frames > 0);
        const bool doubtful = lost || (code == 1 && is_damaged(frame));
        if (code == AVERROR(ENOMEM) || d->demux.end_code == AVERROR(ENOMEM) ||
            (doubtful && lacks_memory(d->codec)))
            return SFD_DECODER_NOMEM;
        if (d->demux.file.stopped)
            return SFD_DECODER_STOPPED;
        if (d->demux.has_pictures && !check_picture(d, lost ? code : code == 1, frame))
            return SFD_DECODER_FAULT;
        if (code == AVERROR_EOF && d->drain) {
            d->end_tick = end_tick_at(d, d->demux.pts_us);
            return d->restart_pts == AV_NOPTS_VALUE ? SFD_DECODER_END : SFD_DECODER_LOST;
        }
        if (code < 0) {
            d->regular = false;
            note_damage(d);
        }
        if (code != 1)
            continue;
        note_decoded(d, *pts);
        if (find_restart(d, frame, *pts)) {
            if (is_damaged(frame))
                note_damage(d);
            return d->skipped && !d->regular ? SFD_DECODER_LOST : SFD_DECODER_FRAME;
        }
        av_frame_unref(frame);
    }
}

/* Whether the first of those left out comes before what is held. */
static bool left_out_is_due(const sfd_decoder *d)
{
    return d->n_left_out > 0 &&
           (d->held_state == SFD_DECODER_END ||
            (d->held_state == SFD_DECODER_FRAME && d->left_out[0].pts < d->held_pts));
}

sfd_decoder_state sfd_decoder_next(sfd_decoder *d, AVFrame *frame, int64_t *tick)
{
    if (d->held_state < 0)
        d->held_state = (int)next_decoded(d, d->held, &d->held_pts);
    if (left_out_is_due(d)) {
        const sfd_left_out first = d->left_out[0];
        forget_left_out(d, 0);
        *tick = to_tick(d, first.pts);
        if (d->held_state == SFD_DECODER_END)
            d->end_tick = end_tick_at(d, av_sat_add64(to_us(d, first.pts), first.duration_us));
        return SFD_DECODER_LEFT_OUT;
    }
    sfd_decoder_state state = (sfd_decoder_state)d->held_state;
    d->held_state = -1;
    av_frame_move_ref(frame, d->held);
    *tick = to_tick(d, d->held_pts);
    return state;
}

/* Forgets what was decoded ahead: reading goes on elsewhere. */
static void drop_held(sfd_decoder *d)
{
    av_frame_unref(d->held);
    d->held_state = -1;
    d->n_left_out = 0;
}

static bool queue_push(sfd_packet_queue *q, AVPacket *packet)
{
    if (!sfd_grow(&q->packets, &q->n_alloc, q->n, sizeof *q->packets))
        return false;
    q->packets[q->n++] = packet;
    q->n_bytes += (size_t)packet->size;
    return true;
}

/* Reads ahead into the queue until no later packet can matter for `tick`, forgetting what comes
 * before the last intra frame at or before it. */
static sfd_skip_state scan(sfd_decoder *d, int64_t tick, int64_t *restart_pts)
{
    while (d->queue.n_bytes < MAX_QUEUE_BYTES) {
        AVPacket *packet = av_packet_alloc();
        if (!packet || !read_packet(d, packet)) {
            bool nomem = !packet || d->demux.end_code == AVERROR(ENOMEM);
            av_packet_free(&packet);
            if (d->demux.file.stopped)
                return SFD_SKIP_STOPPED;
            return nomem ? SFD_SKIP_NOMEM : SFD_SKIP_NONE;
        }
        sfd_demux_begin_packet(&d->demux, packet, d->codec->has_b_frames);
        sfd_demux_end_packet(&d->demux, packet_duration_us(d, packet));
        bool past = !d->regular || to_tick(d, packet->dts) > tick;
        if (!past && packet->flags & AV_PKT_FLAG_KEY && to_tick(d, packet->pts) <= tick) {
            queue_clear(&d->queue);
            *restart_pts = packet->pts;
        }
        if (!queue_push(&d->queue, packet)) {
            av_packet_free(&packet);
            return SFD_SKIP_NOMEM;
        }
        if (past)
            break;
    }
    return SFD_SKIP_NONE;
}

/* From then on decoding starts at the intra frame shown at restart_pts. */
static sfd_skip_state restart_at(sfd_decoder *d, int64_t restart_pts)
{
    avcodec_flush_buffers(d->codec);
    drop_held(d);
    d->in_packet = false;
    d->skipped = true;
    d->last_frame_pts = AV_NOPTS_VALUE;
    d->restart_pts = restart_pts;
    return SFD_SKIP_JUMPED;
}

/* To the last picture that is not after `tick`. */
static sfd_skip_state skip_pictures(sfd_decoder *d, int64_t tick)
{
    int64_t at = av_rescale_q(tick + 1, d->tick_base, d->demux.stream->time_base);
    while (at > 0 && to_tick(d, at) > tick)
        at--;
    if (at <= d->demux.pictures.next || at >= d->demux.pictures.n)
        return SFD_SKIP_NONE;
    sfd_demux_go_to_picture(&d->demux, at);
    return restart_at(d, at);
}

sfd_skip_state sfd_decoder_skip(sfd_decoder *d, int64_t tick)
{
    int64_t restart_pts = AV_NOPTS_VALUE;
    if (d->demux.has_pictures)
        return skip_pictures(d, tick);
    if (!d->regular || d->file_ended || d->queue.at < d->queue.n)
        return SFD_SKIP_NONE;
    sfd_skip_state state = scan(d, tick, &restart_pts);
    if (state != SFD_SKIP_NONE || restart_pts == AV_NOPTS_VALUE)
        return state;
    return d->regular ? restart_at(d, restart_pts) : SFD_SKIP_LOST;
}
