/* SPDX-License-Identifier: Apache-2.0 */
/* libswscale converts the commonest formats with 16-bit multiplications on x86, by tables in its
 * portable code (which also passes over every second chroma row of 4:2:2), and in yet another way
 * on arm64: colours differ by up to 3 of 255, and scores with them. This is x86's arithmetic,
 * on which all published figures rest. */
#include "media/yuv_to_rgb.h"

#include <libavutil/pixdesc.h>

/* Rounded to a factor of 13 bits from one of 16, within 16-bit integers. */
static int factor(int64_t of_65536)
{
    int64_t v = (of_65536 + 4) >> 3;
    return (int)(v > INT16_MAX ? INT16_MAX : v < -INT16_MAX ? INT16_MIN : v);
}

void sfd_yuv_factors_set(sfd_yuv_factors *f, const int matrix[4], bool full_range)
{
    int64_t v_to_r = matrix[0], u_to_b = matrix[1], u_to_g = -matrix[2], v_to_g = -matrix[3];
    int64_t y = 65536;
    if (full_range) {
        v_to_r = v_to_r * 224 / 255;
        u_to_b = u_to_b * 224 / 255;
        u_to_g = u_to_g * 224 / 255;
        v_to_g = v_to_g * 224 / 255;
    } else {
        y = y * 255 / 219;
    }
    *f = (sfd_yuv_factors){.y_offset = full_range ? 0 : 16 * 8,
                           .y = factor(y),
                           .v_to_r = factor(v_to_r),
                           .u_to_g = factor(u_to_g),
                           .v_to_g = factor(v_to_g),
                           .u_to_b = factor(u_to_b)};
}

bool sfd_yuv_is_machine_dependent(enum AVPixelFormat format, int height)
{
    switch (format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVA420P:
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P:
        return height % 2 == 0;
    default:
        return false;
    }
}

static uint8_t to_byte(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Samples count eighths, so that the upper half of a product with 13 bits is whole. */
static int product(int eighths, int factor_13)
{
    return (eighths * factor_13) >> 16;
}

static void convert_pixel(uint8_t *rgb, int y, int red, int green, int blue)
{
    rgb[0] = to_byte(y + red);
    rgb[1] = to_byte(y + green);
    rgb[2] = to_byte(y + blue);
}

static void convert_row(uint8_t *rgb, const uint8_t *y, const uint8_t *u, const uint8_t *v,
                        int width, const sfd_yuv_factors *f)
{
    for (int x = 0; x < width; x += 2) {
        int u8 = u[x / 2] * 8 - 128 * 8, v8 = v[x / 2] * 8 - 128 * 8;
        int red = product(v8, f->v_to_r), blue = product(u8, f->u_to_b);
        int green = product(u8, f->u_to_g) + product(v8, f->v_to_g);
        convert_pixel(rgb + 3 * x, product(y[x] * 8 - f->y_offset, f->y), red, green, blue);
        if (x + 1 < width)
            convert_pixel(rgb + 3 * x + 3, product(y[x + 1] * 8 - f->y_offset, f->y), red, green,
                          blue);
    }
}

void sfd_yuv_to_rgb(AVFrame *rgb, const AVFrame *yuv, const sfd_yuv_factors *f)
{
    int shift = av_pix_fmt_desc_get(yuv->format)->log2_chroma_h;
    for (int row = 0; row < yuv->height; row++) {
        ptrdiff_t chroma = row >> shift;
        convert_row(rgb->data[0] + (ptrdiff_t)row * rgb->linesize[0],
                    yuv->data[0] + (ptrdiff_t)row * yuv->linesize[0],
                    yuv->data[1] + chroma * yuv->linesize[1],
                    yuv->data[2] + chroma * yuv->linesize[2], yuv->width, f);
    }
}
