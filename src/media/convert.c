/* SPDX-License-Identifier: Apache-2.0 */
/* The filter graph that the ffmpeg program builds behind a decoder, without its frame-rate part. */
#include "media/convert.h"

#include "base/error.h"
#include "media/machine.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/bprint.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
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

static bool is_transposed(const int32_t *matrix)
{
    double theta = matrix ? upright_angle(matrix) : 0;
    return fabs(theta - 90) < 1 || fabs(theta - 270) < 1;
}

/* Neither upright nor upside down. */
static bool is_turned(const int32_t *matrix)
{
    double theta = matrix ? upright_angle(matrix) : 0;
    return fabs(theta) > 1 && fabs(theta - 180) >= 1;
}

/* libavfilter turns pictures in the format that they have and converts them behind, but for those
 * whose chroma is not as often halved in width as in height, which it cannot turn: these become RGB
 * before, or 4:4:4 where the picture is scaled behind. */
static sfd_colour_step choose_colour_step(const sfd_converter *c, const int32_t *matrix)
{
    const sfd_frame_shape *shape = &c->shape;
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(shape->format);
    bool transposed = is_transposed(matrix);
    int width = transposed ? shape->height : shape->width;
    int height = transposed ? shape->width : shape->height;
    if (SFD_FFMPEG_ROUNDS_RIGHT && !c->portable)
        return SFD_COLOUR_IN_GRAPH;
    if (is_turned(matrix) && d && d->log2_chroma_w != d->log2_chroma_h)
        return !c->width && sfd_yuv_is_machine_dependent(shape->format, shape->height)
                   ? SFD_COLOUR_BEFORE
                   : SFD_COLOUR_IN_GRAPH;
    bool scaled = c->width && (c->width != width || c->height != height);
    return !scaled && sfd_yuv_is_machine_dependent(shape->format, height) ? SFD_COLOUR_BEHIND
                                                                          : SFD_COLOUR_IN_GRAPH;
}

static void describe_graph(AVBPrint *text, const sfd_converter *c, AVRational sar,
                           const int32_t *matrix)
{
    int format = c->colour_step == SFD_COLOUR_BEFORE ? AV_PIX_FMT_RGB24 : c->shape.format;
    av_bprintf(text, "buffer@in=video_size=%dx%d:pix_fmt=%d:time_base=1/1:pixel_aspect=%d/%d",
               c->shape.width, c->shape.height, format, sar.num, sar.den ? sar.den : 1);
    describe_rotation(text, matrix);
    if (c->colour_step == SFD_COLOUR_BEHIND)
        av_bprintf(text, ",format=%s", av_get_pix_fmt_name(c->shape.format));
    else if (c->width)
        av_bprintf(text, ",scale=%d:%d:flags=bicubic,format=rgb24", c->width, c->height);
    else
        av_bprintf(text, ",format=rgb24");
    av_bprintf(text, ",buffersink@out");
}

static int build_graph(sfd_converter *c, const AVFrame *frame, const AVStream *stream)
{
    AVFilterInOut *in = NULL, *out = NULL;
    AVRational sar =
        stream->sample_aspect_ratio.num ? stream->sample_aspect_ratio : frame->sample_aspect_ratio;
    const int32_t *matrix = display_matrix(&c->shape, stream);
    AVBPrint text;
    av_bprint_init(&text, 0, AV_BPRINT_SIZE_UNLIMITED);
    c->colour_step = choose_colour_step(c, matrix);
    describe_graph(&text, c, sar, matrix);
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
    if (!c->width)
        c->pixel_shape = av_buffersink_get_sample_aspect_ratio(c->sink);
    c->width = av_buffersink_get_w(c->sink);
    c->height = av_buffersink_get_h(c->sink);
    return 0;
}

static bool is_full_range(int format)
{
    return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
           format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P ||
           format == AV_PIX_FMT_YUVJ411P;
}

/* libavfilter's choice: what libswscale does not know is taken for BT.601. */
static const int *colour_matrix(const AVFrame *frame)
{
    int space = (int)frame->colorspace;
    return sws_getCoefficients(space < 1 || space > 10 ? SWS_CS_DEFAULT : space);
}

/* A new RGB frame. */
static int colour(sfd_converter *c, AVFrame *rgb, const AVFrame *yuv)
{
    sfd_yuv_factors factors;
    rgb->format = AV_PIX_FMT_RGB24;
    rgb->width = yuv->width;
    rgb->height = yuv->height;
    int code = av_frame_get_buffer(rgb, 0);
    if (code < 0)
        return code;
    sfd_yuv_factors_set(&factors, colour_matrix(yuv), c->full_range);
    sfd_yuv_to_rgb(rgb, yuv, &factors);
    return 0;
}

/* The source keeps a reference of its own. */
static int run_graph(sfd_converter *c, AVFrame *out, const AVFrame *frame)
{
    int code = av_buffersrc_add_frame_flags(c->source, (AVFrame *)frame,
                                            AV_BUFFERSRC_FLAG_KEEP_REF | AV_BUFFERSRC_FLAG_PUSH);
    return code >= 0 ? av_buffersink_get_frame(c->sink, out) : code;
}

static int convert_in_two_steps(sfd_converter *c, AVFrame *out, const AVFrame *frame)
{
    AVFrame *between = av_frame_alloc();
    if (!between)
        return AVERROR(ENOMEM);
    bool before = c->colour_step == SFD_COLOUR_BEFORE;
    int code = before ? colour(c, between, frame) : run_graph(c, between, frame);
    if (code >= 0)
        code = before ? run_graph(c, out, between) : colour(c, out, between);
    av_frame_free(&between);
    return code;
}

/* Runs one frame through the graph, building it anew when the frame's shape has changed. */
static int filter(sfd_converter *c, AVFrame *out, const AVFrame *frame, const AVStream *stream)
{
    sfd_frame_shape shape;
    sfd_frame_shape_get(&shape, frame);
    if (!c->graph || !sfd_frame_shape_equal(&shape, &c->shape)) {
        avfilter_graph_free(&c->graph);
        c->shape = shape;
        c->full_range = is_full_range(frame->format); /* a new graph knows nothing else yet */
        int code = build_graph(c, frame, stream);
        if (code < 0) {
            avfilter_graph_free(&c->graph);
            return code;
        }
    }
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
        c->full_range = frame->color_range == AVCOL_RANGE_JPEG;
    return c->colour_step == SFD_COLOUR_IN_GRAPH ? run_graph(c, out, frame)
                                                 : convert_in_two_steps(c, out, frame);
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
    if (code == AVERROR(ENOMEM) || code == AVERROR(EAGAIN)) { /* for the picture or for threads */
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
