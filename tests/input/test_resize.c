/* SPDX-License-Identifier: Apache-2.0 */
/* Resizing against OpenCV's, Pillow's and PyTorch's own results and against a plain twin; picture
 * references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "input/resize.h"
#include "media/picture.h"
#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sfd_picture *create(int width, int height)
{
    sfd_picture *p;
    assert_int_equal(sfd_picture_create(&p, width, height, NULL), SFD_OK);
    return p;
}

static sfd_status resize(const sfd_picture *to, const sfd_picture *from)
{
    const sfd_rgb out = {to->width, to->height, to->stride_bytes, to->rgb};
    const sfd_rgb in = {from->width, from->height, from->stride_bytes, from->rgb};
    return sfd_resize_linear(&out, &in, NULL);
}

static uint8_t *at(const sfd_picture *p, int x, int y)
{
    return p->rgb + (size_t)y * p->stride_bytes + 3 * (size_t)x;
}

/* Files in tests/data/resize were written by cv2.resize of OpenCV 4.6. */
static sfd_picture *read_ppm(const char *name, const char *kind)
{
    char path[128];
    int width, height;
    snprintf(path, sizeof path, "resize/%s.%s.ppm", name, kind);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(fscanf(in, "P6 %d %d 255", &width, &height), 2);
    assert_int_equal(fgetc(in), '\n');
    sfd_picture *p = create(width, height);
    for (int y = 0; y < height; y++)
        assert_int_equal(fread(at(p, 0, y), 3, (size_t)width, in), width);
    fclose(in);
    return p;
}

static void check_equal(const sfd_picture *a, const sfd_picture *b, const char *what)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < 3 * a->width; x++)
            if (at(a, 0, y)[x] != at(b, 0, y)[x])
                fail_msg("%s: byte %d of row %d is %d, expected %d", what, x, y, at(a, 0, y)[x],
                         at(b, 0, y)[x]);
}

static void test_opencv(void **state)
{
    (void)state;
    static const char *const names[] = {
        "landscape_down", "portrait_down", "up",     "same", "halved",
        "square",         "tall_up",       "strong", "thin", "one"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sfd_picture *in = read_ppm(names[i], "in"), *expected = read_ppm(names[i], "out");
        sfd_picture *out = create(expected->width, expected->height);
        assert_int_equal(resize(out, in), SFD_OK);
        check_equal(out, expected, names[i]);
        sfd_picture_unref(in);
        sfd_picture_unref(out);
        sfd_picture_unref(expected);
    }
}

/* NAME.pillow.ppm was written by Pillow 9.4. */
static void test_pillow(void **state)
{
    (void)state;
    static const char *const names[] = {
        "landscape_down", "portrait_down", "up",     "same", "halved",
        "square",         "tall_up",       "strong", "thin", "one"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sfd_picture *in = read_ppm(names[i], "in"), *expected = read_ppm(names[i], "pillow");
        sfd_picture *out = create(expected->width, expected->height);
        const sfd_rgb to = {out->width, out->height, out->stride_bytes, out->rgb};
        const sfd_rgb from = {in->width, in->height, in->stride_bytes, in->rgb};
        assert_int_equal(sfd_resize_antialiased(&to, &from, NULL), SFD_OK);
        check_equal(out, expected, names[i]);
        sfd_picture_unref(in);
        sfd_picture_unref(out);
        sfd_picture_unref(expected);
    }
}

/* Into every fifth float, rows two positions longer than the picture; what lies between stays. */
static void check_floats(FILE *expected, const sfd_rgb *from, const float values[256][3],
                         bool opencv)
{
    sfd_float_picture to = {.ld = 5};
    double scale_x, scale_y, worst = 0;
    assert_int_equal(fscanf(expected, "%d %d %lf %lf", &to.width, &to.height, &scale_x, &scale_y),
                     4);
    to.row_positions = (size_t)to.width + 2;
    const size_t n = to.row_positions * (size_t)to.height * to.ld;
    to.out = malloc(n * sizeof *to.out);
    assert_non_null(to.out);
    for (size_t i = 0; i < n; i++)
        to.out[i] = 77;
    assert_int_equal(sfd_resize_floats(&to, from, values, scale_x, scale_y, opencv, NULL), SFD_OK);
    for (size_t i = 0; i < n; i++) {
        double wanted = 77;
        if (i % to.ld < 3 && i / to.ld % to.row_positions < (size_t)to.width)
            assert_int_equal(fscanf(expected, "%lf", &wanted), 1);
        worst = fmax(worst, fabs((double)to.out[i] - wanted));
    }
    assert_true(worst < 2e-5);
    free(to.out);
}

static void test_floats(void **state)
{
    (void)state;
    sfd_picture *in = read_ppm("up", "in");
    const sfd_rgb from = {in->width, in->height, in->stride_bytes, in->rgb};
    float values[256][3];
    for (int v = 0; v < 256; v++)
        for (int c = 0; c < 3; c++)
            values[v][c] = ((float)v - 100) / 50;
    FILE *expected = fopen("resize/floats.txt", "r");
    assert_non_null(expected);
    for (int i = 0; i < 4; i++)
        check_floats(expected, &from, values, i >= 2);
    fclose(expected);
    sfd_picture_unref(in);
}

static int limit(int v, int high)
{
    return v < 0 ? 0 : v > high ? high : v;
}

/* One pixel straight from the definition. */
static void twin_pixel(uint8_t *out, const sfd_picture *src, int x, int y, int width, int height)
{
    float cx = (float)((x + 0.5) * (1.0 / ((double)width / src->width)) - 0.5);
    float cy = (float)((y + 0.5) * (1.0 / ((double)height / src->height)) - 0.5);
    int x0 = (int)floorf(cx), y0 = (int)floorf(cy);
    float fx = cx - (float)x0, fy = cy - (float)y0;
    if (x0 < 0 || x0 >= src->width - 1)
        fx = 0;
    x0 = limit(x0, src->width - 1);
    int x1 = limit(x0 + 1, src->width - 1);
    long wx0 = lrintf((1 - fx) * 2048), wx1 = lrintf(fx * 2048);
    long wy0 = lrintf((1 - fy) * 2048), wy1 = lrintf(fy * 2048);
    int ya = limit(y0, src->height - 1), yb = limit(y0 + 1, src->height - 1);
    for (int c = 0; c < 3; c++) {
        long top = (at(src, x0, ya)[c] * wx0 + at(src, x1, ya)[c] * wx1) >> 4;
        long bottom = (at(src, x0, yb)[c] * wx0 + at(src, x1, yb)[c] * wx1) >> 4;
        out[c] = (uint8_t)(((top * wy0 >> 16) + (bottom * wy1 >> 16) + 2) >> 2);
    }
}

static void test_random_sizes(void **state)
{
    (void)state;
    test_random r = {1};
    for (int i = 0; i < 300; i++) {
        sfd_picture *in = create(random_int(&r, 1, 90), random_int(&r, 1, 90));
        sfd_picture *out = create(random_int(&r, 1, 90), random_int(&r, 1, 90));
        sfd_picture *twin = create(out->width, out->height);
        for (int y = 0; y < in->height; y++)
            for (int x = 0; x < 3 * in->width; x++)
                at(in, 0, y)[x] = i % 8 ? (uint8_t)random_u32(&r) : 255;
        assert_int_equal(resize(out, in), SFD_OK);
        bool halved = in->width == 2 * out->width && in->height == 2 * out->height;
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++)
                twin_pixel(at(twin, x, y), in, x, y, out->width, out->height);
        if (!halved)
            check_equal(out, twin, "random size");
        sfd_picture_unref(in);
        sfd_picture_unref(out);
        sfd_picture_unref(twin);
    }
}

static void count_release(void *owner)
{
    ++*(int *)owner;
}

static void test_references(void **state)
{
    (void)state;
    int released = 0;
    uint8_t row[3] = {1, 2, 3};
    sfd_picture pixels = {1, 1, 3, row}, *p;
    assert_int_equal(sfd_picture_wrap(&p, &pixels, &released, count_release, NULL), SFD_OK);
    sfd_picture *second = sfd_picture_ref(p);
    assert_int_equal(sfd_picture_make_writable(&second, NULL), SFD_OK);
    assert_ptr_not_equal(second->rgb, p->rgb);
    assert_memory_equal(second->rgb, row, 3);
    sfd_picture *same = second;
    assert_int_equal(sfd_picture_make_writable(&second, NULL), SFD_OK);
    assert_ptr_equal(same, second);
    sfd_picture_unref(second);
    assert_int_equal(released, 0);
    sfd_picture_unref(p);
    assert_int_equal(released, 1);
    sfd_picture_unref(NULL);
}

static void test_bad_size(void **state)
{
    (void)state;
    sfd_picture *p;
    sfd_error err;
    assert_int_equal(sfd_picture_create(&p, 0, 5, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_picture_create(&p, 5, 1 << 20, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "1048576"));
    assert_null(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opencv),     cmocka_unit_test(test_pillow),
        cmocka_unit_test(test_floats),     cmocka_unit_test(test_random_sizes),
        cmocka_unit_test(test_references), cmocka_unit_test(test_bad_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
