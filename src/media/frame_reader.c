/* SPDX-License-Identifier: Apache-2.0 */
/* decoder -> converter, without a timeline. */
#include "media/frame_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/convert.h"
#include "media/decoder.h"
#include "media/file_end.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sfd_frame_reader {
    sfd_frame_source source;
    int64_t n_frames;
    double fps;

    double end_s, promised_s; /* by its packets, by its header; 0: not known */
    const char *end_fault;    /* how it breaks off; NULL: it does not */
    sfd_decoder decoder;
    sfd_converter converter;
    bool is_open;
};

static sfd_source source_of(const sfd_frame_reader *r)
{
    const sfd_frame_source *s = &r->source;
    return (sfd_source){.path = strcmp(s->path, "-") == 0 ? "/dev/stdin" : s->path,
                        .name = s->path,
                        .pictures = {s->pictures, s->n_pictures, s->picture_fps}};
}

static double mean_fps(const sfd_demux *d)
{
    const AVRational mean = d->stream->avg_frame_rate;
    const AVRational rate =
        mean.num > 0 && mean.den > 0 ? mean : av_guess_frame_rate(d->format, d->stream, NULL);
    return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

static double end_of(const sfd_demux *d, const AVPacket *packet, double fps)
{
    const int64_t ts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    const double unit_s = av_q2d(d->stream->time_base);
    const double frame_s = packet->duration > 0 ? (double)packet->duration * unit_s
                           : fps > 0            ? 1 / fps
                                                : 0;
    return ts != AV_NOPTS_VALUE ? (double)ts * unit_s + frame_s : 0;
}

/* Those that an edit list cuts away are no frames. */
static void read_packets(sfd_frame_reader *r, sfd_demux *d, AVPacket *packet)
{
    r->fps = d->has_pictures ? d->pictures.source.fps : mean_fps(d);
    if (d->has_pictures) {
        r->n_frames = d->pictures.n;
        return;
    }
    while (sfd_demux_read(d, packet)) {
        r->n_frames += !(packet->flags & AV_PKT_FLAG_DISCARD);
        r->end_s = fmax(r->end_s, end_of(d, packet, r->fps));
    }
    r->promised_s = d->promised_s;
    r->end_fault = sfd_demux_end_fault(d);
}

static sfd_status count_packets(sfd_frame_reader *r, sfd_error *err)
{
    const char *path = r->source.path;
    const sfd_source source = source_of(r);
    sfd_demux d;
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        return sfd_fail_nomem(err, path);
    sfd_status status = sfd_demux_open(&d, &source, r->source.stop, err);
    if (status == SFD_OK && !d.file.regular && !d.has_pictures)
        status = sfd_fail(err, SFD_ERR_UNSUPPORTED,
                          "%s: is a pipe; its frames are counted first, which takes a file", path);
    if (status == SFD_OK) {
        read_packets(r, &d, packet);
        if (d.end_code == AVERROR(ENOMEM))
            status = sfd_fail_nomem(err, path);
        if (d.file.stopped)
            status = sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", path);
    }
    sfd_demux_close(&d);
    av_packet_free(&packet);
    return status;
}

static sfd_status open_video(sfd_frame_reader *r, sfd_error *err)
{
    const sfd_source source = source_of(r);
    r->is_open = true;
    return sfd_decoder_open(&r->decoder, &source, 30, r->source.stop, err);
}

static void close_video(sfd_frame_reader *r)
{
    if (r->is_open)
        sfd_decoder_close(&r->decoder);
    sfd_converter_close(&r->converter);
    r->converter = (sfd_converter){0};
    r->is_open = false;
}

static sfd_status fail_without_frames(const sfd_frame_reader *r, sfd_error *err)
{
    const sfd_source source = source_of(r);
    const char *path = r->source.path;
    int width, height;
    if (sfd_decoder_find_large(&source, r->source.stop, &width, &height))
        return sfd_demux_fail_size(path, width, height, err);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: no frame of it can be decoded", path);
}

static sfd_status decode(sfd_frame_reader *r, bool wanted, sfd_picture **picture, sfd_error *err)
{
    const char *path = r->source.path;
    int64_t tick;
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return sfd_fail_nomem(err, path);
    sfd_status status = SFD_OK;
    switch (sfd_decoder_next(&r->decoder, frame, &tick)) {
    case SFD_DECODER_FRAME:
        if (wanted)
            status = sfd_convert(&r->converter, picture, frame, r->decoder.demux.stream, path, err);
        break;
    case SFD_DECODER_END:
        status = r->decoder.n_frames == 0
                     ? fail_without_frames(r, err)
                     : sfd_fail(err, SFD_ERR_END, "%s: has no more frames", path);
        break;
    case SFD_DECODER_STOPPED:
        status = sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", path);
        break;
    case SFD_DECODER_FAULT:
        status = sfd_decoder_fail_picture(&r->decoder, err);
        break;
    default:
        status = sfd_fail_nomem(err, path);
    }
    av_frame_free(&frame);
    return status;
}

sfd_status sfd_frame_reader_open(sfd_frame_reader **out, const sfd_frame_source *source,
                                 sfd_error *err)
{
    *out = NULL;
    sfd_frame_reader *r = sfd_calloc(1, sizeof *r);
    if (!r)
        return sfd_fail_nomem(err, source->path);
    r->source = *source;
    sfd_status status = count_packets(r, err);
    if (status == SFD_OK)
        status = open_video(r, err);
    if (status != SFD_OK) {
        sfd_frame_reader_close(r);
        return status;
    }
    *out = r;
    return SFD_OK;
}

void sfd_frame_reader_close(sfd_frame_reader *r)
{
    if (!r)
        return;
    close_video(r);
    free(r);
}

int64_t sfd_frame_reader_count(const sfd_frame_reader *r)
{
    return r->n_frames;
}

double sfd_frame_reader_fps(const sfd_frame_reader *r)
{
    return r->fps;
}

sfd_status sfd_frame_reader_next(sfd_frame_reader *r, bool wanted, sfd_picture **picture,
                                 sfd_error *err)
{
    sfd_demux *demux = &r->decoder.demux;
    *picture = NULL;
    if (wanted || !demux->has_pictures || demux->pictures.next >= demux->pictures.n)
        return decode(r, wanted, picture, err);
    sfd_demux_go_to_picture(demux, demux->pictures.next + 1);
    return SFD_OK;
}

bool sfd_frame_reader_complain(const sfd_frame_reader *r, sfd_error *message)
{
    const sfd_decoder *d = &r->decoder;
    if (r->end_s > 0 && r->end_s + SFD_END_TOLERANCE_S < r->promised_s)
        sfd_fail(message, SFD_ERR_END, "%s: ends at %.2f s of %.2f s (truncated file?)",
                 r->source.path, r->end_s, r->promised_s);
    else if (sfd_is_cut(r->end_fault, d->n_damaged))
        sfd_fail(message, SFD_ERR_END, "%s: ends at %.2f s %s (truncated file?)", r->source.path,
                 r->end_s, r->end_fault);
    else if (d->n_damaged > 0)
        sfd_fail(message, SFD_ERR_FORMAT, "%s: %zu damaged frame%s, the first at %.2f s",
                 r->source.path, d->n_damaged, sfd_plural(d->n_damaged),
                 (double)d->first_damaged_us / AV_TIME_BASE);
    else
        return false;
    return true;
}
