/* SPDX-License-Identifier: Apache-2.0 */
/* Plate placement, drawing inside the picture, hostile text, fonts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/draw.h"
#include "media/font.h"
#include "media/layout.h"
#include "support/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_BOXES 50

static bool inside(const sfd_rect *r, int width, int height)
{
    return r->x >= 0 && r->y >= 0 && r->x + r->width <= width && r->y + r->height <= height;
}

static void test_plates_inside(void **state)
{
    (void)state;
    test_random r = {2};
    for (int round = 0; round < 200; round++) {
        int width = random_int(&r, 40, 500), height = random_int(&r, 40, 300);
        sfd_rect boxes[MAX_BOXES], plates[MAX_BOXES];
        size_t n = (size_t)random_int(&r, 1, round % 10 ? 6 : MAX_BOXES);
        for (size_t i = 0; i < n; i++) {
            int x = random_int(&r, 0, width - 1), y = random_int(&r, 0, height - 1);
            boxes[i] =
                (sfd_rect){x, y, random_int(&r, 1, width - x), random_int(&r, 1, height - y)};
            plates[i] = (sfd_rect){0, 0, random_int(&r, 1, width), random_int(&r, 1, height)};
        }
        int64_t shared = sfd_place_plates(plates, boxes, n, width, height), sum = 0;
        for (size_t i = 0; i < n; i++) {
            assert_true(inside(&plates[i], width, height));
            for (size_t k = 0; k < i; k++)
                sum += sfd_rect_overlap(&plates[i], &plates[k]);
        }
        assert_int_equal(shared, sum);
    }
}

/* Where the plates fill at most a quarter of the picture and are not bulky, there is room. */
static void test_plates_apart(void **state)
{
    (void)state;
    test_random r = {3};
    for (int round = 0; round < 200; round++) {
        sfd_rect boxes[5], plates[5];
        for (size_t i = 0; i < 5; i++) {
            int x = random_int(&r, 0, 330), y = random_int(&r, 0, 140);
            boxes[i] = (sfd_rect){x, y, random_int(&r, 30, 90), random_int(&r, 50, 100)};
            plates[i] = (sfd_rect){0, 0, 100, random_int(&r, 15, 50)};
        }
        assert_int_equal(sfd_place_plates(plates, boxes, 5, 426, 240), 0);
    }
}

static void test_lone_plate_above(void **state)
{
    (void)state;
    sfd_rect box = {100, 100, 60, 120}, plate = {0, 0, 80, 30};
    sfd_place_plates(&plate, &box, 1, 426, 240);
    assert_int_equal(plate.x, 100);
    assert_int_equal(plate.y, 70);
}

/* A picture whose rows are followed by guard bytes. */
#define GUARD 0xA5

static sfd_picture *guarded(int width, int height)
{
    size_t stride = (size_t)width * 3 + 32, n = stride * (size_t)height;
    uint8_t *rgb = malloc(n);
    sfd_picture pixels = {width, height, stride, rgb}, *p;
    assert_non_null(rgb);
    memset(rgb, GUARD, n);
    assert_int_equal(sfd_picture_wrap(&p, &pixels, rgb, free, NULL), SFD_OK);
    for (int y = 0; y < height; y++)
        memset(rgb + (size_t)y * stride, 90, (size_t)width * 3);
    return p;
}

static void check_guard(const sfd_picture *p)
{
    for (int y = 0; y < p->height; y++)
        for (size_t x = (size_t)p->width * 3; x < p->stride_bytes; x++)
            assert_int_equal(p->rgb[(size_t)y * p->stride_bytes + x], GUARD);
}

static const sfd_label_line lines[] = {
    {"stand 0.97"},
    {"carry/hold (an object) 0.93"},
    {"watch (a person) 0.88"},
    {""},
    {"\xFF\xC0\x80\xE2\x82 \xF4\x90\x80\x80\x1B[31m\xED\xA0\x80\xF0\x9F"},
    {"\xE2\x9C\x93 na\xC3\xAFve \xE6\xBC\xA2\xE5\xAD\x97 0.51"},
    {"a line that is very much longer than any picture in this test is wide, and that goes on and "
     "on and on and on and on and on and on and on and on and on and on and on and on and on and "
     "on and on and on and on and on and on and on and on and on and on and on and on and on 0.5"},
};

static void draw_all_kinds(const sfd_font *font)
{
    static const int sizes[][2] = {{1, 1}, {3, 200}, {200, 3}, {40, 30}, {426, 240}, {801, 450}};
    const sfd_box_norm boxes[] = {
        {0, 0, 1, 1},         {-5, -5, 9, 9},       {0.5, 0.5, 0.5, 0.5},        {0.9, 0.9, 1, 1},
        {NAN, NAN, NAN, NAN}, {0.7, 0.7, 0.2, 0.1}, {1e300, -1e300, INFINITY, 1}};
    sfd_annotation list[MAX_BOXES];
    for (size_t i = 0; i < MAX_BOXES; i++)
        list[i] = (sfd_annotation){boxes[i % 7], i % 2 ? sfd_colour_truth : sfd_colour_prediction,
                                   i % 8, lines};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t n = 0; n <= MAX_BOXES; n += n < 8 ? 1 : 21) {
            sfd_picture *a = guarded(sizes[i][0], sizes[i][1]);
            sfd_picture *b = guarded(sizes[i][0], sizes[i][1]);
            assert_int_equal(sfd_draw_annotations(a, font, list, n, NULL), SFD_OK);
            assert_int_equal(sfd_draw_annotations(b, font, list, n, NULL), SFD_OK);
            check_guard(a);
            assert_memory_equal(a->rgb, b->rgb, a->stride_bytes * (size_t)a->height);
            sfd_picture_unref(a);
            sfd_picture_unref(b);
        }
}

static void test_installed_font(void **state)
{
    (void)state;
    sfd_font *font;
    assert_int_equal(sfd_font_open(&font, NULL, NULL), SFD_OK);
    draw_all_kinds(font);
    sfd_font_close(font);
}

static void test_builtin_font(void **state)
{
    (void)state;
    sfd_font *font;
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    draw_all_kinds(font);
    sfd_font_close(font);
    sfd_font_close(NULL);
}

static void test_bad_font_file(void **state)
{
    (void)state;
    sfd_font *font;
    sfd_error err = {0};
    assert_int_equal(sfd_font_open(&font, "absent.ttf", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "absent.ttf"));
    assert_int_equal(sfd_font_open(&font, "resize/one.in.ppm", &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "TrueType"));
    assert_null(font);
}

/* A box and its plate show, in the annotation's colour; the rest of the picture stays. */
static void test_box_shows(void **state)
{
    (void)state;
    sfd_font *font;
    sfd_picture *p = guarded(426, 240);
    const sfd_annotation a = {{0.5, 0.5, 0.75, 0.9}, sfd_colour_prediction, 1, lines};
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    assert_int_equal(sfd_draw_annotations(p, font, &a, 1, NULL), SFD_OK);
    const uint8_t *side = p->rgb + 160 * p->stride_bytes + 3 * 213;
    assert_int_equal(side[0], sfd_colour_prediction.r);
    assert_int_equal(side[1], sfd_colour_prediction.g);
    const uint8_t *above = p->rgb + 115 * p->stride_bytes + 3 * 214;
    assert_true(above[1] > above[0] && above[1] > 90);
    const uint8_t *corner = p->rgb, *middle = p->rgb + 180 * p->stride_bytes + 3 * 260;
    assert_int_equal(corner[0] + corner[1] + corner[2], 270);
    assert_int_equal(middle[0] + middle[1] + middle[2], 270);
    sfd_font_close(font);
    sfd_picture_unref(p);
}

/* Any number of boxes takes no more than its share of time: 20,000 on one picture, as far apart as
 * they fit, all over each other, and all alike. */
static void test_many_boxes(void **state)
{
    (void)state;
    enum { n = 20000 };
    sfd_font *font;
    test_random r = {8};
    sfd_annotation *list = calloc(n, sizeof *list);
    assert_non_null(list);
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < n; i++) {
            double x = random_int(&r, 0, 950) / 1e3, y = random_int(&r, 0, 900) / 1e3;
            sfd_box_norm apart = {x, y, x + 0.05, y + 0.1}, large = {x / 9, y / 9, 1 - y / 9, 0.9};
            list[i] = (sfd_annotation){kind == 0   ? apart
                                       : kind == 1 ? large
                                                   : (sfd_box_norm){0.1, 0.1, 0.9, 0.9},
                                       sfd_colour_prediction, 2, lines};
        }
        sfd_picture *p = guarded(854, 480);
        clock_t start = clock();
        assert_int_equal(sfd_draw_annotations(p, font, list, n, NULL), SFD_OK);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 20) /* one, and with sanitizers four; before, hours */
            fail_msg("kind %d: %.1f s", kind, seconds);
        check_guard(p);
        sfd_picture_unref(p);
    }
    free(list);
    sfd_font_close(font);
}

/* Plates beyond those that are placed with care lie in the picture, at their boxes. */
static void test_plates_of_a_crowd(void **state)
{
    (void)state;
    enum { n = 3 * SFD_CAREFUL_PLATES };
    static sfd_rect boxes[n], plates[n];
    test_random r = {9};
    for (size_t i = 0; i < n; i++) {
        boxes[i] = (sfd_rect){random_int(&r, 0, 420), random_int(&r, 0, 230), 6, 10};
        plates[i] = (sfd_rect){0, 0, random_int(&r, 1, 100), random_int(&r, 1, 40)};
    }
    sfd_place_plates(plates, boxes, n, 426, 240);
    for (size_t i = 0; i < n; i++) {
        assert_true(inside(&plates[i], 426, 240));
        if (i >= SFD_CAREFUL_PLATES)
            assert_true(sfd_rect_distance(&plates[i], &boxes[i]) <= 100);
    }
}

static void test_utf8(void **state)
{
    (void)state;
    const char *text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xC0\xAF\xED\xA0\x80\x07\xE2\x82";
    static const uint32_t expected[] = {'a',    0xE9,   0x20AC, 0x1F600, 0xFFFD, 0xFFFD, 0xFFFD,
                                        0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD,  0xFFFD, 0};
    size_t i = 0;
    for (; *text; i++)
        assert_int_equal(sfd_utf8_next(&text), expected[i]);
    assert_int_equal(i, sizeof expected / sizeof *expected - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plates_inside),    cmocka_unit_test(test_plates_apart),
        cmocka_unit_test(test_lone_plate_above), cmocka_unit_test(test_installed_font),
        cmocka_unit_test(test_builtin_font),     cmocka_unit_test(test_bad_font_file),
        cmocka_unit_test(test_box_shows),        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_many_boxes),       cmocka_unit_test(test_plates_of_a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
