/* SPDX-License-Identifier: Apache-2.0 */
/* Colours are those of libswscale on x86, bit for bit, on every machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/convert.h"
#include "support/random.h"

#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <sfdet/codecs.h>
#include <string.h>

static const enum AVPixelFormat formats[] = {
    AV_PIX_FMT_YUV420P,  AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUV422P,
    AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV444P,  AV_PIX_FMT_YUV420P10};
static const int sizes[][2] = {{98, 72}, {97, 72}, {97, 71}, {98, 71}, {16, 2}, {1, 2}, {854, 48}};
static const enum AVColorSpace spaces[] = {
    AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709, AVCOL_SPC_FCC,        AVCOL_SPC_SMPTE170M,
    AVCOL_SPC_SMPTE240M,   AVCOL_SPC_YCGCO, AVCOL_SPC_BT2020_NCL, AVCOL_SPC_ICTCP};
/* Degrees; 400 is a mirrored picture. */
static const double turns[] = {0, 90, 180, 270, 45, 400};

#define N(list) (sizeof(list) / sizeof *(list))

static AVFrame *noise(enum AVPixelFormat format, const int size[2], enum AVColorSpace space,
                      enum AVColorRange range, test_random *r)
{
    AVFrame *f = av_frame_alloc();
    f->format = format;
    f->width = size[0];
    f->height = size[1];
    f->colorspace = space;
    f->color_range = range;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    int deep = av_pix_fmt_desc_get(format)->comp[0].depth > 8;
    for (int p = 0; p < AV_NUM_DATA_POINTERS && f->buf[p]; p++)
        for (size_t i = 0; i < f->buf[p]->size; i++) /* of 16 bits, 10 are used */
            f->buf[p]->data[i] =
                (uint8_t)(deep && i % 2 ? random_int(r, 0, 3) : random_int(r, 0, 255));
    return f;
}

static void turn(AVFrame *f, double degrees)
{
    if (degrees == 0)
        return;
    AVFrameSideData *sd =
        av_frame_new_side_data(f, AV_FRAME_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));
    av_display_rotation_set((int32_t *)sd->data, degrees == 400 ? 0 : degrees);
    if (degrees == 400)
        av_display_matrix_flip((int32_t *)sd->data, 1, 0);
}

static void compare(sfd_converter *usual, sfd_converter *portable, const AVFrame *frame)
{
    AVStream stream = {0};
    sfd_picture *a = NULL, *b = NULL;
    sfd_error err = {0};
    if (sfd_convert(usual, &a, frame, &stream, "frame", &err) != SFD_OK ||
        sfd_convert(portable, &b, frame, &stream, "frame", &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int y = 0; y < a->height; y++)
        if (memcmp(a->rgb + (size_t)y * a->stride_bytes, b->rgb + (size_t)y * b->stride_bytes,
                   3 * (size_t)a->width) != 0)
            fail_msg("%s %d x %d, colour space %d, range %d: row %d differs",
                     av_get_pix_fmt_name(frame->format), frame->width, frame->height,
                     (int)frame->colorspace, (int)frame->color_range, y);
    sfd_picture_unref(a);
    sfd_picture_unref(b);
}

static void compare_new(AVFrame *frame)
{
    sfd_converter usual = {0}, portable = {.portable = true};
    compare(&usual, &portable, frame);
    sfd_converter_close(&usual);
    sfd_converter_close(&portable);
    av_frame_free(&frame);
}

static void test_colours(void **state)
{
    (void)state;
    test_random r = {5};
    for (size_t f = 0; f < N(formats); f++)
        for (size_t s = 0; s < N(sizes); s++)
            for (size_t c = 0; c < N(spaces); c++)
                for (int range = AVCOL_RANGE_UNSPECIFIED; range <= AVCOL_RANGE_JPEG; range++)
                    compare_new(noise(formats[f], sizes[s], spaces[c], range, &r));
}

static void test_turned(void **state)
{
    (void)state;
    test_random r = {6};
    for (size_t f = 0; f < N(formats); f++)
        for (size_t s = 0; s < N(sizes); s++)
            for (size_t t = 0; t < N(turns); t++) {
                AVFrame *frame = noise(formats[f], sizes[s], AVCOL_SPC_BT709, 0, &r);
                turn(frame, turns[t]);
                compare_new(frame);
            }
}

/* Frames of one file that change their size, format, range and orientation: all pictures have the
 * size of the first, and ranges that are not said are those of the frame before, where that looks
 * alike.
 */
static void test_changing(void **state)
{
    (void)state;
    test_random r = {7};
    for (int round = 0; round < 40; round++) {
        sfd_converter usual = {0}, portable = {.portable = true};
        for (int i = 0; i < 8; i++) {
            const enum AVPixelFormat format = formats[random_int(&r, 0, 4)];
            const int *size = sizes[random_int(&r, 0, 3)];
            const enum AVColorSpace space = spaces[random_int(&r, 0, 3)];
            const enum AVColorRange range = (enum AVColorRange)random_int(&r, 0, 2);
            AVFrame *frame = noise(format, size, space, range, &r);
            const double degrees = turns[random_int(&r, 0, 3)];
            turn(frame, degrees);
            compare(&usual, &portable, frame);
            av_frame_free(&frame);
        }
        sfd_converter_close(&usual);
        sfd_converter_close(&portable);
    }
}

/* The numbers themselves, where libswscale has others: pixels of BT.601 and BT.709, both ranges. */
static void test_known_values(void **state)
{
    (void)state;
    static const uint8_t yuv[][3] = {{16, 128, 128}, {235, 128, 128}, {81, 90, 240},
                                     {145, 54, 34},  {41, 240, 110},  {126, 11, 200}};
    static const struct known {
        enum AVColorSpace space;
        enum AVColorRange range;
        uint8_t rgb[N(yuv)][3];
    } known[] = {
        {AVCOL_SPC_SMPTE170M,
         AVCOL_RANGE_MPEG,
         {{0, 0, 0}, {255, 255, 255}, {253, 0, 0}, {0, 254, 0}, {0, 0, 254}, {242, 114, 0}}},
        {AVCOL_SPC_SMPTE170M,
         AVCOL_RANGE_JPEG,
         {{16, 16, 16},
          {235, 235, 235},
          {238, 14, 13},
          {13, 237, 13},
          {15, 14, 239},
          {226, 114, 0}}},
        {AVCOL_SPC_BT709,
         AVCOL_RANGE_MPEG,
         {{0, 0, 0}, {255, 255, 255}, {255, 23, 0}, {0, 215, 0}, {0, 14, 255}, {255, 113, 0}}},
        {AVCOL_SPC_BT709,
         AVCOL_RANGE_JPEG,
         {{16, 16, 16}, {235, 235, 235}, {255, 35, 10}, {0, 202, 7}, {12, 28, 248}, {239, 113, 0}}},
    };
    test_random r = {1};
    for (size_t k = 0; k < N(known); k++)
        for (size_t i = 0; i < N(yuv); i++) {
            sfd_converter c = {0};
            AVStream stream = {0};
            sfd_picture *p;
            AVFrame *f =
                noise(AV_PIX_FMT_YUV420P, (int[]){2, 2}, known[k].space, known[k].range, &r);
            for (int plane = 0; plane < 3; plane++)
                f->data[plane][0] = yuv[i][plane];
            assert_int_equal(sfd_convert(&c, &p, f, &stream, "frame", NULL), SFD_OK);
            assert_memory_equal(p->rgb, known[k].rgb[i], 3);
            sfd_picture_unref(p);
            sfd_converter_close(&c);
            av_frame_free(&f);
        }
}

static int begin(void **state)
{
    (void)state;
    sfd_quiet_codecs();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_turned),
        cmocka_unit_test(test_changing),
        cmocka_unit_test(test_known_values),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
