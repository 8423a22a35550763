/* SPDX-License-Identifier: Apache-2.0 */
/* The filter graph that the ffmpeg program builds behind a decoder, without its frame-rate part. */
#include "media/convert.h"

#include "base/error.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/bprint.h>
#include <libavutil/display.h>
#include <math.h>
#include <string.h>

#define MATRIX_BYTES (9 * sizeof(int32_t))

void sfd_frame_shape_get(sfd_frame_shape *shape, const AVFrame *frame)
{
    *shape = (sfd_frame_shape){frame->width, frame->height, frame->format, false, {0}};
    const AVFrameSideData *sd = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (sd && sd->size >= MATRIX_BYTES) {
        shape->has_matrix = true;
        memcpy(shape->matrix, sd->data, MATRIX_BYTES);
    }
}

bool sfd_frame_shape_equal(const sfd_frame_shape *a, const sfd_frame_shape *b)
{
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           a->has_matrix == b->has_matrix && memcmp(a->matrix, b->matrix, MATRIX_BYTES) == 0;
}

static const int32_t *display_matrix(const sfd_frame_shape *shape, const AVStream *stream)
{
    size_t size = 0;
    if (shape->has_matrix)
        return shape->matrix;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return size >= MATRIX_BYTES ? (const int32_t *)data : NULL;
}

/* Clockwise degrees that bring the picture upright, in (-36, 324]. */
static double upright_angle(const int32_t *matrix)
{
    double theta = -round(av_display_rotation_get(matrix));
    return theta - 360 * floor(theta / 360 + 0.9 / 360);
}

/* As `ffmpeg -autorotate` does. */
static void describe_rotation(AVBPrint *text, const int32_t *matrix)
{
    if (!matrix)
        return;
    double theta = upright_angle(matrix);
    if (fabs(theta - 90) < 1) {
        av_bprintf(text, ",transpose=%s", matrix[3] > 0 ? "cclock_flip" : "clock");
    } else if (fabs(theta - 180) < 1) {
        if (matrix[0] < 0)
            av_bprintf(text, ",hflip");
        if (matrix[4] < 0)
            av_bprintf(text, ",vflip");
    } else if (fabs(theta - 270) < 1) {
        av_bprintf(text, ",transpose=%s", matrix[3] < 0 ? "clock_flip" : "cclock");
    } else if (fabs(theta) > 1) {
        av_bprintf(text, ",rotate=%f*PI/180", theta);
    } else if (fabs(theta) < 1 && matrix[4] < 0) {
        av_bprintf(text, ",vflip");
    }
}

static int build_graph(sfd_converter *c, const AVFrame *frame, const AVStream *stream)
{
    AVFilterInOut *in = NULL, *out = NULL;
    AVRational sar =
        stream->sample_aspect_ratio.num ? stream->sample_aspect_ratio : frame->sample_aspect_ratio;
    AVBPrint text;
    av_bprint_init(&text, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprintf(&text, "buffer@in=video_size=%dx%d:pix_fmt=%d:time_base=1/1:pixel_aspect=%d/%d",
               frame->width, frame->height, frame->format, sar.num, sar.den ? sar.den : 1);
    describe_rotation(&text, display_matrix(&c->shape, stream));
    if (c->width)
        av_bprintf(&text, ",scale=%d:%d:flags=bicubic", c->width, c->height);
    av_bprintf(&text, ",format=rgb24,buffersink@out");
    c->graph = avfilter_graph_alloc();
    int code = c->graph && av_bprint_is_complete(&text) ? 0 : AVERROR(ENOMEM);
    if (code >= 0) {
        c->graph->scale_sws_opts = av_strdup("flags=bicubic");
        code = c->graph->scale_sws_opts ? 0 : AVERROR(ENOMEM);
    }
    if (code >= 0)
        code = avfilter_graph_parse2(c->graph, text.str, &in, &out);
    if (code >= 0)
        code = avfilter_graph_config(c->graph, NULL);
    av_bprint_finalize(&text, NULL);
    avfilter_inout_free(&in);
    avfilter_inout_free(&out);
    if (code < 0)
        return code;
    c->source = avfilter_graph_get_filter(c->graph, "buffer@in");
    c->sink = avfilter_graph_get_filter(c->graph, "buffersink@out");
    c->width = av_buffersink_get_w(c->sink);
    c->height = av_buffersink_get_h(c->sink);
    return 0;
}

/* Runs one frame through the graph, building it anew when the frame's shape has changed. */
static int filter(sfd_converter *c, AVFrame *out, const AVFrame *frame, const AVStream *stream)
{
    sfd_frame_shape shape;
    sfd_frame_shape_get(&shape, frame);
    if (!c->graph || !sfd_frame_shape_equal(&shape, &c->shape)) {
        avfilter_graph_free(&c->graph);
        c->shape = shape;
        int code = build_graph(c, frame, stream);
        if (code < 0) {
            avfilter_graph_free(&c->graph);
            return code;
        }
    }
    /* The source keeps a reference of its own. */
    int code = av_buffersrc_add_frame_flags(c->source, (AVFrame *)frame,
                                            AV_BUFFERSRC_FLAG_KEEP_REF | AV_BUFFERSRC_FLAG_PUSH);
    if (code >= 0)
        code = av_buffersink_get_frame(c->sink, out);
    return code;
}

static void release_frame(void *owner)
{
    AVFrame *frame = owner;
    av_frame_free(&frame);
}

sfd_status sfd_convert(sfd_converter *c, sfd_picture **out, const AVFrame *frame,
                       const AVStream *stream, const char *path, sfd_error *err)
{
    *out = NULL;
    AVFrame *rgb = av_frame_alloc();
    int code = rgb ? filter(c, rgb, frame, stream) : AVERROR(ENOMEM);
    /* An RGB source passes unconverted, perhaps upside down and shared with the decoder. */
    if (code >= 0 && rgb->linesize[0] < 0)
        code = AVERROR(ENOSYS);
    if (code >= 0)
        code = av_frame_make_writable(rgb);
    sfd_status st = SFD_OK;
    if (code == AVERROR(ENOMEM)) {
        st = sfd_fail_nomem(err, path);
    } else if (code < 0) {
        st = sfd_fail(err, SFD_ERR_FORMAT, "%s: a %d x %d picture cannot be converted to RGB: %s",
                      path, frame->width, frame->height, av_err2str(code));
    } else {
        sfd_picture pixels = {rgb->width, rgb->height, (size_t)rgb->linesize[0], rgb->data[0]};
        st = sfd_picture_wrap(out, &pixels, rgb, release_frame, err);
    }
    if (st != SFD_OK)
        av_frame_free(&rgb);
    return st;
}

void sfd_converter_close(sfd_converter *c)
{
    avfilter_graph_free(&c->graph);
    *c = (sfd_converter){0};
}
