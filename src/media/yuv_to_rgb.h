/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit YUV to RGB with the rounding that libswscale has on x86. */
#ifndef SFD_MEDIA_YUV_TO_RGB_H
#define SFD_MEDIA_YUV_TO_RGB_H

#include <libavutil/frame.h>
#include <stdbool.h>

/* Fixed-point factors of 13 bits. */
typedef struct sfd_yuv_factors {
    int y_offset; /* black, times 8 */
    int y, v_to_r, u_to_g, v_to_g, u_to_b;
} sfd_yuv_factors;

/* `matrix` is libswscale's (sws_getCoefficients); full_range: black is 0 and white 255. */
void sfd_yuv_factors_set(sfd_yuv_factors *f, const int matrix[4], bool full_range);

/* Whether libswscale converts pictures of this format and height, unscaled and with its default
 * flags, by the routine that has another rounding on every machine: all it does otherwise is the
 * same on all of them. */
bool sfd_yuv_is_machine_dependent(enum AVPixelFormat format, int height);

/* Converts planes of such a format; rgb->data[0] has room for as many pixels as `yuv` has. Every
 * pixel takes the nearest chroma sample. */
void sfd_yuv_to_rgb(AVFrame *rgb, const AVFrame *yuv, const sfd_yuv_factors *f);

#endif
