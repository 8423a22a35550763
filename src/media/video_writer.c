/* SPDX-License-Identifier: Apache-2.0 */
/* H.264 encoding and muxing. */
#include "media/video_writer.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"
#include "media/sound.h"
#include "media/sound_encoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
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
    sfd_video_look look;
    int64_t n_frames;
    sfd_sound *sound;
    AVStream **copies;          /* of the sound's tracks; NULL where one is left out */
    char left_out[64];          /* why the first of these is: "" when none */
    sfd_sound_encoder *encoder; /* NULL: no sound is made */
    AVStream *made;             /* what it makes; owned by format */
};

static sfd_status fail_av(const sfd_video_writer *w, const char *action, int code, sfd_error *err)
{
    /* the encoders' own word for it, or what their threads cannot be started for */
    if (code == AVERROR(ENOMEM) || code == AVERROR_EXTERNAL || code == AVERROR(EAGAIN))
        return sfd_fail(err, SFD_ERR_NOMEM, "%s: cannot %s: out of memory", w->path, action);
    return sfd_fail(err, SFD_ERR_IO, "%s: cannot %s: %s", w->path, action, av_err2str(code));
}

/* Colours are said as the source says them, and converted back as the reader converted them. Where
 * a source is silent, small pictures are BT.601 to everybody, and said to be. Large ones are taken
 * differently by different players, the reader among them: silence again gives the source's look in
 * each. */
static sfd_video_look complete_look(const sfd_video_look *given, int width, int height)
{
    bool hd = width >= HD_WIDTH || height >= HD_HEIGHT;
    int usual = hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M; /* the same number for all three */
    sfd_video_look look = {0, 0, usual, usual, usual, false};
    if (!given)
        return look;
    look.pixel_width = given->pixel_width;
    look.pixel_height = given->pixel_height;
    look.full_range = given->full_range;
    bool to_be_said =
        given->matrix == AVCOL_SPC_RGB || (given->matrix == AVCOL_SPC_UNSPECIFIED && !hd);
    if (!to_be_said)
        look.matrix = given->matrix;
    if (!to_be_said || given->primaries != AVCOL_PRI_UNSPECIFIED)
        look.primaries = given->primaries;
    if (!to_be_said || given->transfer != AVCOL_TRC_UNSPECIFIED)
        look.transfer = given->transfer;
    return look;
}

/* As the reader chooses it. */
static const int *colour_matrix(int space)
{
    return sws_getCoefficients(space < 1 || space > 10 ? SWS_CS_DEFAULT : space);
}

/* 0/1 for square pixels, which need no word. */
static AVRational pixel_shape(const sfd_video_look *look)
{
    AVRational shape = {0, 1};
    if (look->pixel_width > 0 && look->pixel_height > 0 && look->pixel_width != look->pixel_height)
        av_reduce(&shape.num, &shape.den, look->pixel_width, look->pixel_height, UINT16_MAX);
    return shape.num > 0 && shape.den > 0 ? shape : (AVRational){0, 1};
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

static sfd_status open_codec(sfd_video_writer *w, const sfd_video_format *format, sfd_error *err)
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
    c->time_base = (AVRational){1, format->fps};
    c->framerate = (AVRational){format->fps, 1};
    if (format->repeatable)
        c->thread_count = 1;
    c->sample_aspect_ratio = pixel_shape(&w->look);
    c->color_range = w->look.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    c->colorspace = (enum AVColorSpace)w->look.matrix;
    c->color_primaries = (enum AVColorPrimaries)w->look.primaries;
    c->color_trc = (enum AVColorTransferCharacteristic)w->look.transfer;
    c->chroma_sample_location = AVCHROMA_LOC_LEFT;
    if (w->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(c, "preset", PRESET, AV_OPT_SEARCH_CHILDREN); /* libx264 only */
    if (av_opt_set(c, "crf", CONSTANT_QUALITY, AV_OPT_SEARCH_CHILDREN) < 0)
        c->bit_rate = (int64_t)(BITS_PER_PIXEL * c->width * c->height * format->fps);
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

static void leave_out(sfd_video_writer *w, const AVCodecParameters *par)
{
    if (!*w->left_out)
        snprintf(w->left_out, sizeof w->left_out, "%s", avcodec_get_name(par->codec_id));
}

static int copy_track(AVFormatContext *format, AVStream **out, const AVStream *source)
{
    AVStream *copy = avformat_new_stream(format, NULL);
    int code = copy ? avcodec_parameters_copy(copy->codecpar, source->codecpar) : AVERROR(ENOMEM);
    if (code < 0)
        return code;
    copy->codecpar->codec_tag = 0; /* the container has its own */
    copy->time_base = source->time_base;
    copy->disposition = source->disposition;
    *out = copy;
    return av_dict_copy(&copy->metadata, source->metadata, 0);
}

/* Whether a container takes such sound: some muxers (Opus in mov) know it only when they write. */
static bool takes(const AVOutputFormat *muxer, const AVStream *source)
{
    AVFormatContext *trial = NULL;
    AVStream *copy;
    uint8_t *header = NULL;
    if (avformat_query_codec(muxer, source->codecpar->codec_id, FF_COMPLIANCE_EXPERIMENTAL) != 1 ||
        avformat_alloc_output_context2(&trial, muxer, NULL, NULL) < 0)
        return false;
    trial->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    int code = avio_open_dyn_buf(&trial->pb);
    if (code >= 0) {
        code = copy_track(trial, &copy, source);
        if (code >= 0)
            code = avformat_write_header(trial, NULL);
        avio_close_dyn_buf(trial->pb, &header);
        av_free(header);
    }
    avformat_free_context(trial);
    return code >= 0;
}

static int add_track(sfd_video_writer *w, size_t i)
{
    const AVStream *source = w->sound->tracks[i].stream;
    if (takes(w->format->oformat, source))
        return copy_track(w->format, &w->copies[i], source);
    leave_out(w, source->codecpar);
    return 0;
}

static int add_tracks(sfd_video_writer *w)
{
    size_t n = w->sound ? w->sound->n_tracks : 0;
    int code = 0;
    w->copies = sfd_calloc(n + 1, sizeof(AVStream *));
    if (!w->copies)
        return AVERROR(ENOMEM);
    w->format->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL; /* FLAC in mp4 */
    for (size_t i = 0; i < n && code >= 0; i++)
        code = add_track(w, i);
    return code;
}

static sfd_status open_encoder(sfd_video_writer *w, int rate, int n_channels, sfd_error *err)
{
    const AVOutputFormat *muxer = w->format->oformat;
    if (rate == 0)
        return SFD_OK;
    if (avformat_query_codec(muxer, AV_CODEC_ID_AAC, FF_COMPLIANCE_NORMAL) != 1)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: this container cannot hold AAC sound (mp4, mov, mkv can)", w->path);
    return sfd_sound_encoder_open(&w->encoder, w->path, rate, n_channels,
                                  muxer->flags & AVFMT_GLOBALHEADER, err);
}

static int add_made_track(sfd_video_writer *w)
{
    if (!w->encoder)
        return 0;
    const AVCodecContext *codec = sfd_sound_encoder_codec(w->encoder);
    w->made = avformat_new_stream(w->format, NULL);
    if (!w->made)
        return AVERROR(ENOMEM);
    w->made->time_base = codec->time_base;
    return avcodec_parameters_from_context(w->made->codecpar, codec);
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
        w->stream->sample_aspect_ratio = w->codec->sample_aspect_ratio;
        code = add_tracks(w);
    }
    if (code >= 0)
        code = add_made_track(w);
    if (code >= 0) {
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
    const int *matrix = colour_matrix(w->look.matrix);
    sws_setColorspaceDetails(w->scaler, matrix, 1, matrix, w->look.full_range, 0, 1 << 16, 1 << 16);
    w->frame->format = c->pix_fmt;
    w->frame->width = c->width;
    w->frame->height = c->height;
    int code = av_frame_get_buffer(w->frame, 0);
    return code < 0 ? sfd_fail_nomem(err, w->path) : SFD_OK;
}

sfd_status sfd_video_writer_open(sfd_video_writer **out, const char *path,
                                 const sfd_video_format *format, sfd_error *err)
{
    const int width = format->width, height = format->height, fps = format->fps;
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
    w->look = complete_look(format->look, width, height);
    w->sound = format->sound;
    sfd_status st = sfd_outfile_open(&w->file, path, err);
    if (st == SFD_OK)
        st = open_format(w, err);
    if (st == SFD_OK)
        st = open_codec(w, format, err);
    if (st == SFD_OK)
        st = open_encoder(w, format->sound_rate, format->n_channels, err);
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

/* Writes one packet of sound. What the container's rules refuse ends its track; other failures are
 * those of the disk. */
static sfd_status copy_packet(sfd_video_writer *w, AVPacket *packet, sfd_error *err)
{
    size_t track = (size_t)packet->stream_index;
    AVStream *copy = w->copies[track];
    if (!copy)
        return SFD_OK;
    av_packet_rescale_ts(packet, packet->time_base, copy->time_base);
    packet->stream_index = copy->index;
    packet->pos = -1;
    int code = av_interleaved_write_frame(w->format, packet);
    if (code >= 0 && w->format->pb)
        code = w->format->pb->error;
    if (code == AVERROR(EINVAL) || code == AVERROR_INVALIDDATA) {
        leave_out(w, copy->codecpar);
        w->copies[track] = NULL;
        return SFD_OK;
    }
    return code < 0 ? fail_av(w, "write", code, err) : SFD_OK;
}

static sfd_status copy_sound(sfd_video_writer *w, sfd_error *err)
{
    sfd_status st = SFD_OK;
    while (st == SFD_OK && w->sound && sfd_sound_next(w->sound, w->packet)) {
        st = copy_packet(w, w->packet, err);
        av_packet_unref(w->packet);
    }
    return st;
}

static sfd_status write_made(void *user, AVPacket *packet, sfd_error *err)
{
    sfd_video_writer *w = user;
    const AVRational unit = sfd_sound_encoder_codec(w->encoder)->time_base;
    av_packet_rescale_ts(packet, unit, w->made->time_base);
    packet->stream_index = w->made->index;
    int code = av_interleaved_write_frame(w->format, packet);
    if (code >= 0 && w->format->pb)
        code = w->format->pb->error;
    return code < 0 ? fail_av(w, "write", code, err) : SFD_OK;
}

sfd_status sfd_video_writer_add_sound(sfd_video_writer *w, const float *const *channels, size_t n,
                                      sfd_error *err)
{
    return sfd_sound_encoder_put(w->encoder, channels, n, &(sfd_packet_sink){write_made, w}, err);
}

bool sfd_video_writer_complain(const sfd_video_writer *w, sfd_error *message)
{
    if (*w->left_out)
        sfd_fail(message, SFD_ERR_UNSUPPORTED,
                 "%s: without sound in %s, which this container cannot hold (mkv can)", w->path,
                 w->left_out);
    else if (w->sound && w->sound->overflowed)
        sfd_fail(message, SFD_ERR_UNSUPPORTED,
                 "%s: without some of the sound, which lies too far from its pictures", w->path);
    else
        return false;
    return true;
}

void sfd_video_writer_skip_to(sfd_video_writer *w, int64_t index)
{
    w->n_frames = index;
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
    sfd_status st = encode(w, w->frame, err);
    return st == SFD_OK ? copy_sound(w, err) : st;
}

sfd_status sfd_video_writer_close(sfd_video_writer *w, sfd_error *err)
{
    sfd_status st = encode(w, NULL, err);
    if (st == SFD_OK)
        st = copy_sound(w, err);
    if (st == SFD_OK && w->encoder)
        st = sfd_video_writer_add_sound(w, NULL, 0, err);
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
    free(w->copies);
    sfd_sound_encoder_close(w->encoder);
    avcodec_free_context(&w->codec);
    sws_freeContext(w->scaler);
    av_frame_free(&w->frame);
    av_packet_free(&w->packet);
    sfd_outfile_discard(w->file);
    free(w->path);
    free(w);
}
