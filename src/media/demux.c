/* SPDX-License-Identifier: Apache-2.0 */
/* Demuxing with the timestamp handling of the ffmpeg program (5.1), which is part of what decides
 * the frames of a constant-rate timeline: start offset, wrap-around, discontinuities, missing dts.
 */
#include "media/demux.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/video_file.h"
#include "media/file_end.h"
#include "media/live_input.h"
#include "media/stream_choice.h"

#include <ctype.h>
#include <errno.h>
#include <libavdevice/version.h>
#include <libavutil/avstring.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_BYTES       ((size_t)1 << 20)
#define DISCONTINUITY_US  (10LL * AV_TIME_BASE)        /* ffmpeg -dts_delta_threshold */
#define LIVE_ANALYSIS_US  AV_TIME_BASE                 /* usual: 5 s, for which nothing is shown */
#define IMPOSSIBLE_GAP_US (3600LL * 30 * AV_TIME_BASE) /* ffmpeg -dts_error_threshold */

static int64_t to_us(const sfd_demux *d, int64_t ts)
{
    return av_rescale_q_rnd(ts, d->stream->time_base, AV_TIME_BASE_Q,
                            AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX);
}

static int64_t from_us(const sfd_demux *d, int64_t us)
{
    return av_rescale_q(us, AV_TIME_BASE_Q, d->stream->time_base);
}

/* Formats that are lists of other files, scripts, or descriptions of a transmission. */
static const char *const not_videos[] = {"hls",  "dash",     "concat",      "imf",    "sdp",
                                         "rtsp", "avisynth", "vapoursynth", "vobsub", "lavfi"};

static bool is_refused(const AVInputFormat *format)
{
    for (size_t i = 0; i < sizeof not_videos / sizeof *not_videos; i++)
        if (av_match_name(not_videos[i], format->name))
            return true;
    return format->flags & AVFMT_NOFILE;
}

/* Why a file of a format that was told by its content cannot be opened. */
static sfd_status fail_damaged(const sfd_demux *d, const AVInputFormat *format, const char *path,
                               sfd_error *err)
{
    if (d->wants_others)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: refers to other files (%s), which are not followed", path,
                        format->name);
    if (av_match_name("mp4", format->name))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: has no complete index (moov): truncated, or never finished", path);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: is damaged or truncated (%s)", path, format->name);
}

bool sfd_lacks_memory(size_t n_bytes)
{
    void *room = av_malloc(n_bytes);
    av_free(room);
    return !room;
}

static sfd_status fail_open(const sfd_demux *d, const AVInputFormat *format, const char *path,
                            int code, sfd_error *err)
{
    if (code == AVERROR(ENOMEM) || sfd_lacks_memory(PROBE_BYTES))
        return sfd_fail_nomem(err, path);
    if (d->file.stopped)
        return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", path);
    if (!format && (code == AVERROR_INVALIDDATA || code == AVERROR_EOF))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is not a video file, or is truncated", path);
    if (format && (d->wants_others || code == AVERROR_INVALIDDATA || code == AVERROR_EOF))
        return fail_damaged(d, format, path, err);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: cannot be read as a video file: %s", path,
                    av_err2str(code));
}

bool sfd_demux_is_large(int width, int height)
{
    return (width + INT64_C(63)) / 64 * 64 * height > SFD_MAX_PIXELS;
}

sfd_status sfd_demux_fail_size(const char *path, int width, int height, sfd_error *err)
{
    return sfd_fail(
        err, SFD_ERR_UNSUPPORTED,
        "%s: its pictures of %d x %d are too large, at most %d million pixels are taken", path,
        width, height, SFD_MAX_PIXELS / 1000000);
}

static int refuse_other_file(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                             AVDictionary **options)
{
    sfd_demux *d = format->opaque;
    (void)url, (void)flags, (void)options;
    d->wants_others = true;
    *io = NULL;
    return AVERROR(EPERM);
}

static int is_stopped(void *file)
{
    return sfd_input_file_stopped(file);
}

/* A format is told by its content and, where that is ambiguous, by the extension. The rest of the
 * name stays out: "pic%02d.png" is one file. */
static void name_for_probing(char *out, size_t n, const char *path)
{
    const char *base = strrchr(path, '/'), *dot = strrchr(base ? base : path, '.');
    bool plain = dot && strlen(dot) < n - 4;
    for (const char *s = dot; plain && *++s;)
        plain = isalnum((unsigned char)*s) != 0;
    snprintf(out, n, "file%s", plain ? dot : "");
}

/* FFmpeg's score, 0 to 100, or an error. */
static int probe(const AVInputFormat **format, sfd_demux *d, const char *path)
{
    char name[16];
    name_for_probing(name, sizeof name, path);
    int code = av_probe_input_buffer2(d->file.io, format, name, d->format, 0,
                                      (unsigned)d->format->format_probesize);
    if (*format && strcmp((*format)->name, "image2") == 0) { /* by nothing but the extension */
        *format = NULL;
        code = av_probe_input_buffer2(d->file.io, format, "", d->format, 0,
                                      (unsigned)d->format->format_probesize);
    }
    return code;
}

/* On failure the context is gone. */
static int open_format(sfd_demux *d, const AVInputFormat *format)
{
    AVDictionary *options = NULL;
    int code = av_dict_set(&options, "protocol_whitelist", "file,pipe", 0); /* and see above */
    if (code >= 0)
        code = av_dict_set(&options, "scan_all_pmts", "1", 0);
    if (code >= 0)
        code = avformat_open_input(&d->format, "", format, &options);
    av_dict_free(&options);
    return code;
}

static double without_start(sfd_promise p, const AVFormatContext *format)
{
    if (p.from_zero && format->start_time > 0)
        p.seconds -= (double)format->start_time / AV_TIME_BASE;
    return p.seconds;
}

static int find_streams(AVFormatContext *format)
{
    AVDictionary **options = av_calloc(format->nb_streams + 1, sizeof(AVDictionary *));
    int code = options ? 0 : AVERROR(ENOMEM);
    unsigned n = format->nb_streams; /* more may turn up */
    for (unsigned i = 0; code >= 0 && i < n; i++)
        code = av_dict_set_int(&options[i], "max_pixels", SFD_MAX_PIXELS, 0);
    if (code >= 0)
        code = avformat_find_stream_info(format, options);
    for (unsigned i = 0; options && i < n; i++)
        av_dict_free(&options[i]);
    av_free(options);
    return code;
}

/* Looks into the streams and chooses one. */
static int open_stream(sfd_demux *d)
{
    unsigned n = d->format->nb_streams; /* whose headers have been read: others promise nothing */
    const int fd = d->file.regular ? d->file.fd : -1;
    sfd_promise *promises = sfd_calloc(n + 1, sizeof *promises);
    if (!promises)
        return AVERROR(ENOMEM);
    for (unsigned i = 0; i < n; i++) { /* before libavformat mixes its guesses with them */
        const AVCodecParameters *par = d->format->streams[i]->codecpar;
        promises[i] = sfd_promised_length(d->format, d->format->streams[i], fd);
        if (sfd_demux_is_large(par->width,
                               par->height)) { /* which no decoder may open: forgotten */
            d->large_width = par->width;
            d->large_height = par->height;
        }
    }
    int code = find_streams(d->format);
    d->stream = code >= 0 ? sfd_choose_video_stream(d->format) : NULL;
    if (d->stream && (unsigned)d->stream->index < n)
        d->promised_s = without_start(promises[d->stream->index], d->format);
    free(promises);
    return code;
}

static sfd_status open_live(sfd_demux *d, const sfd_source *source, sfd_error *err)
{
    int code = sfd_live_input_open(&d->format, source->path);
    if (code >= 0)
        code = open_stream(d);
    if (d->file.stopped)
        return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", source->name);
    if (code == AVERROR(ENOMEM))
        return sfd_fail_nomem(err, source->name);
    if (code == AVERROR_PROTOCOL_NOT_FOUND)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: no address of this kind is known, wanted " SFD_LIVE_KINDS,
                        source->name);
    if (code == AVERROR_DEMUXER_NOT_FOUND)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: a camera needs FFmpeg's libavdevice %d, which is not installed",
                        source->name, LIBAVDEVICE_VERSION_MAJOR);
    if (code == AVERROR(ENOTTY) || code == AVERROR(ENODEV)) /* of V4L2, about devices */
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot be opened: it is no camera", source->name);
    const char *host_fault = code < 0 ? sfd_live_input_host_fault(source->path) : NULL;
    return code >= 0 ? SFD_OK
                     : sfd_fail(err, SFD_ERR_IO, "%s: cannot be opened: %s%s", source->name,
                                host_fault ? "its host: " : "",
                                host_fault ? host_fault : av_err2str(code));
}

static sfd_status open_file(sfd_demux *d, const char *path, sfd_error *err)
{
    const AVInputFormat *format = NULL;
    d->format->pb = d->file.io;
    d->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    d->format->opaque = d;
    d->format->io_open = refuse_other_file;
    int code = probe(&format, d, path);
    bool sure = code > AVPROBE_SCORE_EXTENSION;
    if (code >= 0 && is_refused(format))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: is not a video but names others (%s): give the video itself", path,
                        format->name);
    if (code >= 0)
        code = open_format(d, format);
    if (code >= 0)
        code = open_stream(d);
    return code < 0 || d->file.stopped ? fail_open(d, sure ? format : NULL, path, code, err)
                                       : SFD_OK;
}

static sfd_status open_input(sfd_demux *d, const sfd_source *source, sfd_stop stop, sfd_error *err)
{
    const bool from_file = !source->live || sfd_live_input_is_pipe(source->path);
    if (from_file) {
        const bool is_stdin = source->live && strcmp(source->path, "-") == 0;
        sfd_status st = sfd_input_file_open(&d->file, is_stdin ? "/dev/stdin" : source->path,
                                            is_stdin ? "stdin" : source->name, stop, err);
        if (st != SFD_OK)
            return st;
    }
    d->file.stop = stop;
    d->format = avformat_alloc_context();
    if (!d->format)
        return sfd_fail_nomem(err, source->name);
    d->format->interrupt_callback = (AVIOInterruptCB){is_stopped, &d->file};
    if (source->live)
        d->format->max_analyze_duration = LIVE_ANALYSIS_US;
    return from_file ? open_file(d, source->name, err) : open_live(d, source, err);
}

/* What decoder is wanted: the first picture is looked at and read again. */
static sfd_status find_first_kind(sfd_demux *d, sfd_error *err)
{
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        return sfd_fail_nomem(err, "pictures");
    const sfd_status status = sfd_frame_folder_read(&d->pictures, packet, err);
    d->stream->codecpar->codec_id = d->pictures.codec;
    d->pictures.next = 0;
    av_packet_free(&packet);
    return status;
}

/* A stream that nobody demuxes. */
static sfd_status open_pictures(sfd_demux *d, const sfd_source *source, sfd_stop stop,
                                sfd_error *err)
{
    sfd_frame_folder *f = &d->pictures;
    d->has_pictures = true;
    d->file.stop = stop;
    sfd_status status = sfd_frame_folder_open(f, source->path, &source->pictures, err);
    if (status != SFD_OK)
        return status;
    d->format = avformat_alloc_context();
    d->stream = d->format ? avformat_new_stream(d->format, NULL) : NULL;
    if (!d->stream)
        return sfd_fail_nomem(err, source->name);
    const AVRational rate = av_d2q(f->source.fps, 1001000);
    d->stream->avg_frame_rate = d->stream->r_frame_rate = rate;
    d->stream->time_base = av_inv_q(rate);
    d->stream->duration = f->n;
    d->stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    d->dts_us = d->next_dts_us = d->pts_us = d->next_pts_us = AV_NOPTS_VALUE;
    return find_first_kind(d, err);
}

/* Takes the packets of `stream` alone. */
static void select_stream(sfd_demux *d, AVStream *stream)
{
    d->clock = d->stream ? d->stream : stream;
    d->stream = stream;
    for (unsigned i = 0; i < d->format->nb_streams; i++)
        d->format->streams[i]->discard = AVDISCARD_ALL;
    if (stream)
        stream->discard = AVDISCARD_NONE;
    d->dts_us = d->next_dts_us = d->pts_us = d->next_pts_us = AV_NOPTS_VALUE;
    d->offset_us = d->format->start_time == AV_NOPTS_VALUE ? 0 : -d->format->start_time;
}

sfd_status sfd_demux_open(sfd_demux *d, const sfd_source *source, sfd_stop stop, sfd_error *err)
{
    const char *path = source->name;
    *d = (sfd_demux){.last_dts_us = AV_NOPTS_VALUE};
    if (source->pictures.files || (!source->live && sfd_is_picture_path(source->path)))
        return open_pictures(d, source, stop, err);
    sfd_status st = open_input(d, source, stop, err);
    if (st != SFD_OK)
        return st;
    if (!d->stream)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: has no video stream", path);
    const AVCodecParameters *par = d->stream->codecpar;
    if (sfd_demux_is_large(par->width, par->height))
        return sfd_demux_fail_size(path, par->width, par->height, err);
    if ((par->width == 0 || par->height == 0) && d->large_width > 0)
        return sfd_demux_fail_size(path, d->large_width, d->large_height, err);
    select_stream(d, d->stream);
    return SFD_OK;
}

sfd_status sfd_demux_open_sound(sfd_demux *d, const char *path, sfd_stop stop, sfd_error *err)
{
    *d = (sfd_demux){.last_dts_us = AV_NOPTS_VALUE};
    sfd_status st = open_input(d, &(sfd_source){.path = path, .name = path}, stop, err);
    if (st == SFD_OK)
        select_stream(d, sfd_choose_sound_stream(d->format));
    return st;
}

void sfd_demux_close(sfd_demux *d)
{
    avformat_close_input(&d->format);
    sfd_input_file_close(&d->file);
    sfd_frame_folder_close(&d->pictures);
    d->stream = NULL;
    d->clock = NULL;
}

static bool may_jump(const sfd_demux *d)
{
    return !d->has_pictures && d->format->iformat->flags & AVFMT_TS_DISCONT;
}

/* Undoes a wrap-around between the start of the file and its first packets. */
static void unwrap(sfd_demux *d, AVPacket *packet)
{
    const AVStream *st = d->stream, *clock = d->clock;
    if (d->wrap_checked || d->format->start_time == AV_NOPTS_VALUE || st->pts_wrap_bits >= 64)
        return;
    /* Where other streams start earlier than the pictures, only these count. */
    if (d->next_dts_us == AV_NOPTS_VALUE && d->offset_us == -d->format->start_time && may_jump(d) &&
        clock->start_time != AV_NOPTS_VALUE) {
        int64_t start = av_rescale_q(clock->start_time, clock->time_base, AV_TIME_BASE_Q);
        if (start > d->format->start_time)
            d->offset_us = -start;
    }
    int64_t range = 1LL << (st->pts_wrap_bits < 62 ? st->pts_wrap_bits : 62);
    int64_t limit = from_us(d, d->format->start_time) + range / 2;
    d->wrap_checked = true;
    if (packet->dts != AV_NOPTS_VALUE && packet->dts > limit) {
        packet->dts -= range;
        d->wrap_checked = false;
    }
    if (packet->pts != AV_NOPTS_VALUE && packet->pts > limit) {
        packet->pts -= range;
        d->wrap_checked = false;
    }
}

static void shift(AVPacket *packet, int64_t by)
{
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts = av_sat_add64(packet->dts, by);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts = av_sat_add64(packet->pts, by);
}

static bool out_of(int64_t delta, int64_t threshold)
{
    return delta < -threshold || delta > threshold;
}

/* Formats whose clock may be reset (MPEG-TS): a jump is taken out. */
static void remove_jump(sfd_demux *d, AVPacket *packet)
{
    int64_t dts = to_us(d, packet->dts), delta;
    if (packet->dts == AV_NOPTS_VALUE)
        return;
    if (d->next_dts_us == AV_NOPTS_VALUE) {
        if (d->last_dts_us == AV_NOPTS_VALUE)
            return;
        delta = av_sat_sub64(dts, d->last_dts_us);
        if (!out_of(delta, DISCONTINUITY_US))
            return;
    } else {
        int64_t now = d->pts_us > d->dts_us ? d->pts_us : d->dts_us;
        delta = av_sat_sub64(dts, d->next_dts_us);
        if (!out_of(delta, DISCONTINUITY_US) && dts + AV_TIME_BASE / 10 >= now)
            return;
    }
    d->jumped = true;
    d->offset_us = av_sat_sub64(d->offset_us, delta);
    shift(packet, -from_us(d, delta));
}

/* Other formats: timestamps that cannot be are forgotten. */
static void forget_impossible(sfd_demux *d, AVPacket *packet)
{
    if (packet->dts == AV_NOPTS_VALUE || d->next_dts_us == AV_NOPTS_VALUE)
        return;
    if (out_of(av_sat_sub64(to_us(d, packet->dts), d->next_dts_us), IMPOSSIBLE_GAP_US))
        packet->dts = AV_NOPTS_VALUE;
    if (packet->pts != AV_NOPTS_VALUE &&
        out_of(av_sat_sub64(to_us(d, packet->pts), d->next_dts_us), IMPOSSIBLE_GAP_US))
        packet->pts = AV_NOPTS_VALUE;
}

bool sfd_demux_keep_sound(sfd_demux *d, sfd_sound *sound)
{
    d->sound = sound;
    return sfd_sound_attach(sound, d->format);
}

static void take_other(sfd_demux *d, AVPacket *packet)
{
    const AVStream *stream = d->format->streams[packet->stream_index];
    if (d->sound)
        sfd_sound_take(d->sound, packet, stream,
                       av_rescale_q(d->offset_us, AV_TIME_BASE_Q, stream->time_base), may_jump(d));
}

static bool is_at_end(const sfd_demux *d)
{
    AVIOContext *io = d->format->pb;
    return io && !io->error && (io->eof_reached || avio_tell(io) >= avio_size(io));
}

/* Some demuxers call it an error (or -1) that there is nothing more to read, and most that a frame
 * lacks its end; that is what has read something of it. */
static void take_end_for_what_it_is(sfd_demux *d, int64_t read_from)
{
    if (d->end_code == AVERROR_EOF || d->end_code == AVERROR(ENOMEM) || d->file.stopped ||
        !is_at_end(d))
        return;
    if (d->end_code != -1 && avio_tell(d->format->pb) > read_from)
        d->last_is_short = true;
    d->end_code = AVERROR_EOF;
}

/* ------------------------------------------------------------------ pictures */

static bool read_picture(sfd_demux *d, AVPacket *packet)
{
    av_packet_unref(packet);
    d->end_code = AVERROR_EOF;
    if (d->fault.status != SFD_OK || sfd_input_file_stopped(&d->file))
        return false;
    const sfd_status status = sfd_frame_folder_read(&d->pictures, packet, &d->fault);
    if (status == SFD_ERR_END)
        d->fault.status = SFD_OK;
    if (status == SFD_ERR_NOMEM)
        d->end_code = AVERROR(ENOMEM);
    d->stream->codecpar->codec_id = d->pictures.codec;
    return status == SFD_OK;
}

void sfd_demux_go_to_picture(sfd_demux *d, int64_t i)
{
    d->pictures.next = i;
}

void sfd_demux_blame_picture(sfd_demux *d, sfd_status status, const char *reason)
{
    char *path = sfd_frame_folder_file(&d->pictures, d->pictures.next - 1);
    sfd_fail(&d->fault, path ? status : SFD_ERR_NOMEM, "%s: %s", path ? path : "a picture", reason);
    free(path);
}

/* --------------------------------------------------------------------- files */

bool sfd_demux_read(sfd_demux *d, AVPacket *packet)
{
    if (d->has_pictures)
        return read_picture(d, packet);
    for (;;) {
        const int64_t read_from = d->format->pb ? avio_tell(d->format->pb) : 0;
        av_packet_unref(packet);
        d->end_code = av_read_frame(d->format, packet);
        if (d->end_code < 0) {
            take_end_for_what_it_is(d, read_from);
            return false;
        }
        if (packet->stream_index == d->stream->index)
            break;
        take_other(d, packet);
    }
    d->last_is_short = packet->flags & AV_PKT_FLAG_CORRUPT;
    unwrap(d, packet);
    shift(packet, from_us(d, d->offset_us));
    if (may_jump(d))
        remove_jump(d, packet);
    else
        forget_impossible(d, packet);
    if (packet->dts != AV_NOPTS_VALUE)
        d->last_dts_us = to_us(d, packet->dts);
    return true;
}

void sfd_demux_begin_packet(sfd_demux *d, const AVPacket *packet, int has_b_frames)
{
    if (!d->started) {
        AVRational rate = d->stream->avg_frame_rate;
        d->dts_us = rate.num ? (int64_t)(-has_b_frames * AV_TIME_BASE / av_q2d(rate)) : 0;
        d->pts_us = 0;
        d->started = true;
    }
    if (d->next_dts_us == AV_NOPTS_VALUE)
        d->next_dts_us = d->dts_us;
    if (d->next_pts_us == AV_NOPTS_VALUE)
        d->next_pts_us = d->pts_us;
    if (packet && packet->dts != AV_NOPTS_VALUE)
        d->next_dts_us = d->dts_us = to_us(d, packet->dts);
}

void sfd_demux_end_packet(sfd_demux *d, int64_t duration_us)
{
    if (d->dts_us != AV_NOPTS_VALUE && duration_us)
        d->next_dts_us = av_sat_add64(d->next_dts_us, duration_us);
    else
        d->next_dts_us = AV_NOPTS_VALUE;
}

/* Of what came through a pipe only its length is left, which tells where all units are alike. */
static const char *pipe_fault(const sfd_demux *d)
{
    const int64_t n_bytes =
        d->format->pb && d->format->pb->eof_reached ? avio_tell(d->format->pb) : 0;
    const bool whole = n_bytes % 188 == 0 || n_bytes % 192 == 0 || n_bytes % 204 == 0;
    return strcmp(d->format->iformat->name, "mpegts") == 0 && !whole ? "within a packet" : NULL;
}

bool sfd_demux_wants_index_first(const sfd_demux *d)
{
    return !d->has_pictures && !d->file.regular && av_match_name("mp4", d->format->iformat->name);
}

const char *sfd_demux_end_fault(const sfd_demux *d)
{
    if (d->has_pictures)
        return NULL;
    const char *fault =
        d->file.regular ? sfd_file_end_fault(d->file.fd, d->format->iformat->name) : pipe_fault(d);
    return fault || !d->last_is_short || d->end_code == 0 ? fault : "within a frame";
}
