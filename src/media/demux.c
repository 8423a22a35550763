/* SPDX-License-Identifier: Apache-2.0 */
/* Demuxing with the timestamp handling of the ffmpeg program (5.1), which is part of what decides
 * the frames of a constant-rate timeline: start offset, wrap-around, discontinuities, missing dts.
 */
#include "media/demux.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/avstring.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISCONTINUITY_US  (10LL * AV_TIME_BASE)        /* ffmpeg -dts_delta_threshold */
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

/* FFmpeg's own messages for a missing file or a directory are of little help. */
static sfd_status check_file(const char *path, sfd_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return sfd_fail(err, SFD_ERR_IO, "%s: is a directory, not a video file", path);
    if (access(path, R_OK) != 0)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is empty, not a video file", path);
    return SFD_OK;
}

static sfd_status fail_av(sfd_error *err, const char *path, int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    if (code == AVERROR(ENOMEM))
        return sfd_fail_nomem(err, path);
    if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is not a video file, or is truncated", path);
    av_strerror(code, text, sizeof text);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: cannot be read as a video file: %s", path, text);
}

/* The ffmpeg program's choice: the largest picture, with a preference for streams that have had
 * packets and for the default one; cover pictures last. */
static AVStream *choose_video_stream(AVFormatContext *format)
{
    AVStream *best = NULL;
    int64_t best_score = 0;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *st = format->streams[i];
        if (st->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
            continue;
        int64_t score = (int64_t)st->codecpar->width * st->codecpar->height;
        if (st->event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS)
            score += 100000000;
        if (st->disposition & AV_DISPOSITION_DEFAULT)
            score += 5000000;
        if (st->disposition & AV_DISPOSITION_ATTACHED_PIC)
            score = 1;
        if (score > best_score) {
            best = st;
            best_score = score;
        }
    }
    return best;
}

static int open_format(sfd_demux *d, const char *path)
{
    char *url = av_asprintf("file:%s", path); /* "http://x" and "concat:x" are file names here */
    AVDictionary *options = NULL;
    /* A playlist must not make us read from the network. */
    int code =
        url ? av_dict_set(&options, "protocol_whitelist", "file,crypto,data", 0) : AVERROR(ENOMEM);
    if (code >= 0)
        code = av_dict_set(&options, "scan_all_pmts", "1", 0);
    if (code >= 0)
        code = avformat_open_input(&d->format, url, NULL, &options);
    if (code >= 0)
        code = avformat_find_stream_info(d->format, NULL);
    av_dict_free(&options);
    av_free(url);
    return code;
}

sfd_status sfd_demux_open(sfd_demux *d, const char *path, sfd_error *err)
{
    *d = (sfd_demux){.last_dts_us = AV_NOPTS_VALUE};
    sfd_status st = check_file(path, err);
    if (st != SFD_OK)
        return st;
    int code = open_format(d, path);
    if (code < 0)
        return fail_av(err, path, code);
    d->stream = choose_video_stream(d->format);
    if (!d->stream)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: has no video stream", path);
    for (unsigned i = 0; i < d->format->nb_streams; i++)
        d->format->streams[i]->discard = AVDISCARD_ALL;
    d->stream->discard = AVDISCARD_NONE;
    d->dts_us = d->next_dts_us = d->pts_us = d->next_pts_us = AV_NOPTS_VALUE;
    d->offset_us = d->format->start_time == AV_NOPTS_VALUE ? 0 : -d->format->start_time;
    return SFD_OK;
}

void sfd_demux_close(sfd_demux *d)
{
    avformat_close_input(&d->format);
    d->stream = NULL;
}

static bool may_jump(const sfd_demux *d)
{
    return d->format->iformat->flags & AVFMT_TS_DISCONT;
}

/* Undoes a wrap-around between the start of the file and its first packets. */
static void unwrap(sfd_demux *d, AVPacket *packet)
{
    const AVStream *st = d->stream;
    if (d->wrap_checked || d->format->start_time == AV_NOPTS_VALUE || st->pts_wrap_bits >= 64)
        return;
    /* Where other streams start earlier than ours, only ours counts. */
    if (d->next_dts_us == AV_NOPTS_VALUE && d->offset_us == -d->format->start_time && may_jump(d) &&
        st->start_time != AV_NOPTS_VALUE) {
        int64_t start = av_rescale_q(st->start_time, st->time_base, AV_TIME_BASE_Q);
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

bool sfd_demux_read(sfd_demux *d, AVPacket *packet)
{
    do {
        av_packet_unref(packet);
        if (av_read_frame(d->format, packet) < 0)
            return false;
    } while (packet->stream_index != d->stream->index);
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
