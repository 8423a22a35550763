/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded frames of any format and orientation -> upright RGB pictures of one size. */
#ifndef SFD_MEDIA_CONVERT_H
#define SFD_MEDIA_CONVERT_H

#include "media/picture.h"
#include "media/yuv_to_rgb.h"

#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>

/* What a filter graph is built for; another frame needs another graph. */
typedef struct sfd_frame_shape {
    int width, height, format;
    bool has_matrix;
    int32_t matrix[9]; /* display matrix that came with the frame */
} sfd_frame_shape;

void sfd_frame_shape_get(sfd_frame_shape *shape, const AVFrame *frame);
bool sfd_frame_shape_equal(const sfd_frame_shape *a, const sfd_frame_shape *b);

/* Where YUV becomes RGB. */
typedef enum sfd_colour_step {
    SFD_COLOUR_IN_GRAPH, /* by libswscale */
    SFD_COLOUR_BEFORE,   /* by sfd_yuv_to_rgb, before the graph or behind it */
    SFD_COLOUR_BEHIND
} sfd_colour_step;

typedef struct sfd_converter {
    bool portable; /* colours by sfd_yuv_to_rgb also where libswscale gives the same */
    AVFilterGraph *graph;
    AVFilterContext *source, *sink; /* owned by graph */
    sfd_frame_shape shape;
    sfd_colour_step colour_step;
    bool full_range;   /* of the last frame with this graph that said it, else its format's */
    int width, height; /* of all pictures: those of the first frame; 0 before */
    AVRational pixel_shape;
} sfd_converter;

/* Converts as the ffmpeg program's `-pix_fmt rgb24` does: same filters, same scaler flags; a frame
 * whose size differs from the first one's is scaled to it. The frame is left as it is. The pixels
 * are the same on every machine: those of ffmpeg on x86. Errors: SFD_ERR_FORMAT, SFD_ERR_NOMEM. */
sfd_status sfd_convert(sfd_converter *c, sfd_picture **out, const AVFrame *frame,
                       const AVStream *stream, const char *path, sfd_error *err);
void sfd_converter_close(sfd_converter *c);

#endif
