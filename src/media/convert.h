/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded frames of any format and orientation -> upright RGB pictures of one size. */
#ifndef SFD_MEDIA_CONVERT_H
#define SFD_MEDIA_CONVERT_H

#include "media/picture.h"

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

typedef struct sfd_converter {
    AVFilterGraph *graph;
    AVFilterContext *source, *sink; /* owned by graph */
    sfd_frame_shape shape;
    int width, height; /* of all pictures: those of the first frame; 0 before */
} sfd_converter;

/* Converts as the ffmpeg program's `-pix_fmt rgb24` does: same filters, same scaler flags; a frame
 * whose size differs from the first one's is scaled to it. The frame is left as it is. Errors:
 * SFD_ERR_FORMAT, SFD_ERR_NOMEM. */
sfd_status sfd_convert(sfd_converter *c, sfd_picture **out, const AVFrame *frame,
                       const AVStream *stream, const char *path, sfd_error *err);
void sfd_converter_close(sfd_converter *c);

#endif
