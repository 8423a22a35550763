/* SPDX-License-Identifier: Apache-2.0 */
/* H.264 encoding and muxing. */
#include "media/video_writer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONSTANT_QUALITY "20"
#define PRESET           "faster"
/* For encoders without a constant-quality mode: bits per pixel at 30 frames a second. */
#define BITS_PER_PIXEL 0.15
/* Pictures of at least this width or height are taken for high definition, as everywhere. */
#define HD_WIDTH  1280
#define HD_HEIGHT 720

struct sfd_video_writer {
    sfd_outfile *file;
    char *path; /* as the caller named it, for messages */
    AVFormatContext *format;
    AVCodecContext *codec;
    AVStream *stream; /* owned by format */
    struct SwsContext *scaler;
    AVFrame *frame;
    AVPacket *packet;
    int width, height; /* of the pictures handed in */
    int64_t n_frames;
};

static sfd_status fail_av(const sfd_video_writer *w, const char *action, int code, sfd_error *err)
{
    if (code == AVERROR(ENOMEM))
        return sfd_fail_nomem(err, w->path);
    return sfd_fail(err, SFD_ERR_IO, "%s: cannot %s: %s", w->path, action, av_err2str(code));
}

static bool is_hd(const sfd_video_writer *w)
{
    return w->width >= HD_WIDTH || w->height >= HD_HEIGHT;
}

/* Any encoder may answer to "libx264", "libopenh264" or, elsewhere, to the codec itself; those of
 * hardware are passed over, which may be listed without being there. */
static const AVCodec *find_encoder(void)
{
    static const char *const names[] = {"libx264", "libopenh264"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const AVCodec *codec = avcodec_find_encoder_by_name(names[i]);
        if (codec)
            return codec;
    }
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_H264);
    return codec && !(codec->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID)) ? codec
                                                                                           : NULL;
}

static sfd_status open_codec(sfd_video_writer *w, int fps, sfd_error *err)
{
    const AVCodec *encoder = find_encoder();
    if (!encoder)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: FFmpeg has no H.264 encoder (libx264)",
                        w->path);
    AVCodecContext *c = w->codec = avcodec_alloc_context3(encoder);
    if (!c)
        return sfd_fail_nomem(err, w->path);
    c->width = (w->width + 1) & ~1;
    c->height = (w->height + 1) & ~1;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){1, fps};
    c->framerate = (AVRational){fps, 1};
    c->color_range = AVCOL_RANGE_MPEG;
    c->colorspace = is_hd(w) ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    c->color_primaries = is_hd(w) ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    c->color_trc = is_hd(w) ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
    c->chroma_sample_location = AVCHROMA_LOC_LEFT;
    if (w->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(c, "preset", PRESET, AV_OPT_SEARCH_CHILDREN); /* libx264 only */
    if (av_opt_set(c, "crf", CONSTANT_QUALITY, AV_OPT_SEARCH_CHILDREN) < 0)
        c->bit_rate = (int64_t)(BITS_PER_PIXEL * c->width * c->height * fps);
    int code = avcodec_open2(c, encoder, NULL);
    return code < 0 ? fail_av(w, "start the H.264 encoder", code, err) : SFD_OK;
}

static sfd_status open_format(sfd_video_writer *w, sfd_error *err)
{
    const AVOutputFormat *muxer = av_guess_format(NULL, w->path, NULL);
    if (!muxer || avformat_query_codec(muxer, AV_CODEC_ID_H264, FF_COMPLIANCE_NORMAL) != 1)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: no H.264 video format has this extension (mp4, mov, mkv are usual)",
                        w->path);
    char *url =
        av_asprintf("file:%s", sfd_outfile_path(w->file)); /* a colon in a name is no protocol */
    int code = url ? avformat_alloc_output_context2(&w->format, muxer, NULL, url) : AVERROR(ENOMEM);
    av_free(url);
    return code < 0 ? fail_av(w, "set up the file", code, err) : SFD_OK;
}

static sfd_status open_stream(sfd_video_writer *w, sfd_error *err)
{
    AVDictionary *options = NULL;
    w->stream = avformat_new_stream(w->format, NULL);
    if (!w->stream)
        return sfd_fail_nomem(err, w->path);
    int code = avcodec_parameters_from_context(w->stream->codecpar, w->codec);
    if (code >= 0) {
        w->stream->time_base = w->codec->time_base;
        w->stream->avg_frame_rate = w->codec->framerate;
        code = avio_open(&w->format->pb, w->format->url, AVIO_FLAG_WRITE);
    }
    /* The index in front, so that players can start while loading; other muxers ignore it. */
    if (code >= 0)
        code = av_dict_set(&options, "movflags", "+faststart", 0);
    if (code >= 0)
        code = avformat_write_header(w->format, &options);
    av_dict_free(&options);
    return code < 0 ? fail_av(w, "write", code, err) : SFD_OK;
}

static sfd_status open_scaler(sfd_video_writer *w, sfd_error *err)
{
    AVCodecContext *c = w->codec;
    w->scaler = sws_getContext(w->width, w->height, AV_PIX_FMT_RGB24, w->width, w->height,
                               c->pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
    w->frame = av_frame_alloc();
    w->packet = av_packet_alloc();
    if (!w->scaler || !w->frame || !w->packet)
        return sfd_fail_nomem(err, w->path);
    const int *matrix = sws_getCoefficients(is_hd(w) ? SWS_CS_ITU709 : SWS_CS_ITU601);
    sws_setColorspaceDetails(w->scaler, matrix, 1, matrix, 0, 0, 1 << 16, 1 << 16);
    w->frame->format = c->pix_fmt;
    w->frame->width = c->width;
    w->frame->height = c->height;
    int code = av_frame_get_buffer(w->frame, 0);
    return code < 0 ? sfd_fail_nomem(err, w->path) : SFD_OK;
}

sfd_status sfd_video_writer_open(sfd_video_writer **out, const char *path, int width, int height,
                                 int fps, sfd_error *err)
{
    *out = NULL;
    if (width < 1 || height < 1 || width > 16384 || height > 16384 || fps < 1 || fps > 1000)
        return sfd_fail(err, SFD_ERR_ARG, "%s: a video of %d x %d at %d frames a second", path,
                        width, height, fps);
    sfd_video_writer *w = sfd_calloc(1, sizeof *w);
    if (!w || !(w->path = sfd_strdup(path))) {
        free(w);
        return sfd_fail_nomem(err, path);
    }
    w->width = width;
    w->height = height;
    sfd_status st = sfd_outfile_open(&w->file, path, err);
    if (st == SFD_OK)
        st = open_format(w, err);
    if (st == SFD_OK)
        st = open_codec(w, fps, err);
    if (st == SFD_OK)
        st = open_stream(w, err);
    if (st == SFD_OK)
        st = open_scaler(w, err);
    if (st != SFD_OK) {
        sfd_video_writer_discard(w);
        return st;
    }
    *out = w;
    return SFD_OK;
}

/* Hands a frame (NULL: no more) to the encoder and writes what comes out. */
static sfd_status encode(sfd_video_writer *w, const AVFrame *frame, sfd_error *err)
{
    int code = avcodec_send_frame(w->codec, frame);
    if (code < 0)
        return fail_av(w, "encode", code, err);
    while ((code = avcodec_receive_packet(w->codec, w->packet)) >= 0) {
        w->packet->duration = 1;
        av_packet_rescale_ts(w->packet, w->codec->time_base, w->stream->time_base);
        w->packet->stream_index = w->stream->index;
        code = av_interleaved_write_frame(w->format, w->packet);
        if (code >= 0 && w->format->pb)
            code = w->format->pb->error;
        if (code < 0)
            return fail_av(w, "write", code, err);
    }
    if (code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        return fail_av(w, "encode", code, err);
    return SFD_OK;
}

/* Odd sizes: the last column and row are repeated. */
static void pad_plane(uint8_t *data, int stride, int have_w, int have_h, int want_w, int want_h)
{
    if (want_w > have_w)
        for (int y = 0; y < have_h; y++)
            data[(ptrdiff_t)y * stride + have_w] = data[(ptrdiff_t)y * stride + have_w - 1];
    if (want_h > have_h)
        memcpy(data + (ptrdiff_t)have_h * stride, data + (ptrdiff_t)(have_h - 1) * stride,
               (size_t)want_w);
}

sfd_status sfd_video_writer_add(sfd_video_writer *w, const sfd_picture *frame, sfd_error *err)
{
    if (frame->width != w->width || frame->height != w->height)
        return sfd_fail(err, SFD_ERR_ARG, "%s: a picture of %d x %d in a video of %d x %d", w->path,
                        frame->width, frame->height, w->width, w->height);
    if (av_frame_make_writable(w->frame) < 0)
        return sfd_fail_nomem(err, w->path);
    const uint8_t *rows[4] = {frame->rgb};
    int stride[4] = {(int)frame->stride_bytes};
    sws_scale(w->scaler, rows, stride, 0, w->height, w->frame->data, w->frame->linesize);
    pad_plane(w->frame->data[0], w->frame->linesize[0], w->width, w->height, w->frame->width,
              w->frame->height);
    w->frame->pts = w->n_frames++;
    return encode(w, w->frame, err);
}

sfd_status sfd_video_writer_close(sfd_video_writer *w, sfd_error *err)
{
    sfd_status st = encode(w, NULL, err);
    if (st == SFD_OK) {
        int code = av_write_trailer(w->format);
        int closed = avio_closep(&w->format->pb);
        if (code < 0 || closed < 0)
            st = fail_av(w, "write", code < 0 ? code : closed, err);
    }
    if (st == SFD_OK) {
        st = sfd_outfile_commit(w->file, err);
        w->file = NULL;
    }
    sfd_video_writer_discard(w);
    return st;
}

void sfd_video_writer_discard(sfd_video_writer *w)
{
    if (!w)
        return;
    if (w->format)
        avio_closep(&w->format->pb);
    avformat_free_context(w->format);
    avcodec_free_context(&w->codec);
    sws_freeContext(w->scaler);
    av_frame_free(&w->frame);
    av_packet_free(&w->packet);
    sfd_outfile_discard(w->file);
    free(w->path);
    free(w);
}
