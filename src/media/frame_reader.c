/* SPDX-License-Identifier: Apache-2.0 */
/* decoder -> converter, without a timeline; or a picture file at a time. */
#include "media/frame_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/convert.h"
#include "media/decoder.h"
#include "media/file_end.h"
#include "media/picture_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct sfd_frame_reader {
    sfd_frame_source source;
    int64_t n_frames, n_read;
    double fps;

    /* of a video */
    double end_s, promised_s; /* by its packets, by its header; 0: not known */
    const char *end_fault;    /* how it breaks off; NULL: it does not */
    sfd_decoder decoder;
    sfd_converter converter;
    bool is_open;

    /* of pictures */
    sfd_picture_list list; /* of a folder */
    const char *const *pictures;
    int width, height; /* of the first one; 0 before */
};

/* ------------------------------------------------------------------ videos */

static sfd_source file_source(const char *path)
{
    const char *file = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    return (sfd_source){.path = file, .name = path};
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
    r->fps = mean_fps(d);
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
    const sfd_source source = file_source(path);
    sfd_demux d;
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        return sfd_fail_nomem(err, path);
    sfd_status status = sfd_demux_open(&d, &source, r->source.stop, err);
    if (status == SFD_OK && !d.file.regular)
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

static sfd_status open_video(sfd_frame_reader *r, const char *path, sfd_error *err)
{
    const sfd_source source = file_source(path);
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

static sfd_status fail_without_frames(const sfd_frame_reader *r, const char *path, sfd_error *err)
{
    const sfd_source source = file_source(path);
    int width, height;
    if (sfd_decoder_find_large(&source, r->source.stop, &width, &height))
        return sfd_demux_fail_size(path, width, height, err);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: no frame of it can be decoded", path);
}

static sfd_status decode(sfd_frame_reader *r, const char *path, bool wanted, sfd_picture **picture,
                         sfd_error *err)
{
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
                     ? fail_without_frames(r, path, err)
                     : sfd_fail(err, SFD_ERR_END, "%s: has no more frames", path);
        break;
    case SFD_DECODER_STOPPED:
        status = sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", path);
        break;
    default:
        status = sfd_fail_nomem(err, path);
    }
    av_frame_free(&frame);
    return status;
}

/* ------------------------------------------------------------------ pictures */

static sfd_status read_picture(sfd_frame_reader *r, const char *path, sfd_picture **picture,
                               sfd_error *err)
{
    sfd_status status = open_video(r, path, err);
    if (status == SFD_OK)
        status = decode(r, path, true, picture, err);
    close_video(r);
    if (status != SFD_OK)
        return status;
    if (r->width == 0) {
        r->width = (*picture)->width;
        r->height = (*picture)->height;
    }
    if ((*picture)->width == r->width && (*picture)->height == r->height)
        return SFD_OK;
    status = sfd_fail(err, SFD_ERR_FORMAT, "%s: is %d x %d, the first picture %d x %d", path,
                      (*picture)->width, (*picture)->height, r->width, r->height);
    sfd_picture_unref(*picture);
    *picture = NULL;
    return status;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static sfd_status open_pictures(sfd_frame_reader *r, sfd_error *err)
{
    sfd_status status = SFD_OK;
    r->pictures = r->source.pictures;
    r->n_frames = (int64_t)r->source.n_pictures;
    r->fps = r->source.picture_fps;
    if (!r->pictures) {
        status = sfd_picture_list_read(&r->list, r->source.path, err);
        r->pictures = (const char *const *)r->list.paths;
        r->n_frames = (int64_t)r->list.n;
    }
    return status;
}

/* ------------------------------------------------------------------ either */

sfd_status sfd_frame_reader_open(sfd_frame_reader **out, const sfd_frame_source *source,
                                 sfd_error *err)
{
    *out = NULL;
    sfd_frame_reader *r = sfd_calloc(1, sizeof *r);
    if (!r)
        return sfd_fail_nomem(err, source->path);
    r->source = *source;
    sfd_status status;
    if (source->pictures || is_folder(source->path)) {
        status = open_pictures(r, err);
    } else {
        status = count_packets(r, err);
        if (status == SFD_OK)
            status = open_video(r, source->path, err);
    }
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
    sfd_picture_list_free(&r->list);
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
    const int64_t i = r->n_read;
    sfd_status status = SFD_OK;
    *picture = NULL;
    if (!r->pictures)
        status = decode(r, r->source.path, wanted, picture, err);
    else if (i >= r->n_frames)
        status = sfd_fail(err, SFD_ERR_END, "%s: has no more pictures", r->source.path);
    else if (wanted)
        status = read_picture(r, r->pictures[i], picture, err);
    r->n_read += status == SFD_OK;
    return status;
}

bool sfd_frame_reader_complain(const sfd_frame_reader *r, sfd_error *message)
{
    const sfd_decoder *d = &r->decoder;
    if (r->pictures)
        return false;
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
