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
#include "media/paint.h"
#include "media/plates.h"
#include "support/random.h"
#include "support/sanitized.h"

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
    for (int round = 0; round < (SANITIZED ? 40 : 200); round++) {
        int width = random_int(&r, 40, 500), height = random_int(&r, 40, 300);
        sfd_rect boxes[MAX_BOXES], plates[MAX_BOXES];
        size_t n = (size_t)random_int(&r, 1, round % 10 ? 6 : MAX_BOXES);
        for (size_t i = 0; i < n; i++) {
            int x = random_int(&r, 0, width - 1), y = random_int(&r, 0, height - 1);
            boxes[i] =
                (sfd_rect){x, y, random_int(&r, 1, width - x), random_int(&r, 1, height - y)};
            plates[i] = (sfd_rect){0, 0, random_int(&r, 1, width), random_int(&r, 1, height)};
        }
        int64_t shared = sfd_place_plates(plates, boxes, n, width, height, true), sum = 0;
        for (size_t i = 0; i < n; i++) {
            assert_true(inside(&plates[i], width, height));
            for (size_t k = 0; k < i; k++)
                sum += sfd_rect_overlap(&plates[i], &plates[k]);
            for (size_t k = 0; k < n; k++) {
                const sfd_rect head = sfd_head_of(&boxes[k]);
                sum += sfd_rect_overlap(&plates[i], &head);
            }
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
        assert_int_equal(sfd_place_plates(plates, boxes, 5, 426, 240, true), 0);
    }
}

static void test_lone_plate_above(void **state)
{
    (void)state;
    sfd_rect box = {100, 100, 60, 120}, plate = {0, 0, 80, 30};
    sfd_place_plates(&plate, &box, 1, 426, 240, true);
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
                                   i % 8, lines, false};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t n = 0; n <= MAX_BOXES; n += n < 8 ? 1 : 21) {
            sfd_picture *a = guarded(sizes[i][0], sizes[i][1]);
            sfd_picture *b = guarded(sizes[i][0], sizes[i][1]);
            assert_int_equal(sfd_draw_annotations(a, font, list, n, NULL, NULL), SFD_OK);
            assert_int_equal(sfd_draw_annotations(b, font, list, n, NULL, NULL), SFD_OK);
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
    const sfd_annotation a = {{0.5, 0.5, 0.75, 0.9}, sfd_colour_prediction, 1, lines, false};
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    assert_int_equal(sfd_draw_annotations(p, font, &a, 1, NULL, NULL), SFD_OK);
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

/* Any number of boxes takes no more than its share of time: 100,000 on one picture, as far apart as
 * they fit, all over each other, and all alike. */
static void test_many_boxes(void **state)
{
    (void)state;
    enum { n = SANITIZED ? 20000 : 100000 };
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
                                       sfd_colour_prediction, 2, lines, false};
        }
        sfd_picture *p = guarded(854, 480);
        clock_t start = clock();
        assert_int_equal(sfd_draw_annotations(p, font, list, n, NULL, NULL), SFD_OK);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds > 20) /* one; before, hours */
            fail_msg("kind %d: %.1f s", kind, seconds);
        check_guard(p);
        sfd_picture_unref(p);
    }
    free(list);
    sfd_font_close(font);
}

/* Of a crowd those who are nearest have labels. */
static void test_labels_of_a_crowd(void **state)
{
    (void)state;
    enum { n = 3 * SFD_CAREFUL_PLATES };
    sfd_font *font;
    sfd_plates *plates;
    static sfd_annotation list[n];
    test_random r = {9};
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    for (size_t i = 0; i < n; i++) {
        const double x = random_int(&r, 0, 900) / 1e3, y = random_int(&r, 0, 900) / 1e3;
        const double size = (double)(i % 3 + 1) / 30;
        list[i] = (sfd_annotation){
            {x, y, x + size, y + size}, sfd_colour_prediction, 1 + i % 3, lines, false};
    }
    assert_int_equal(sfd_plates_place(&plates, 1280, 720, font, list, n, NULL), SFD_OK);
    size_t n_large = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(inside(&plates->plates[i], 1280, 720));
        if (plates->plates[i].width > 0)
            n_large += i % 3 == 2;
    }
    assert_in_range(n_large, SFD_CAREFUL_PLATES - 10, SFD_CAREFUL_PLATES); /* some are cut off */
    sfd_plates_free(plates);
    sfd_plates_free(NULL);
    sfd_font_close(font);
}

static sfd_rect pixels(double x, double y, double width, double height)
{
    return (sfd_rect){(int)x, (int)y, (int)width, (int)height};
}

/* A row of standing people whose usual places are all on somebody's head: there is room above. */
static void test_heads_stay_free(void **state)
{
    (void)state;
    enum { n = 8 };
    sfd_rect boxes[n], plates[n];
    for (int shift = 0; shift < 40; shift++) {
        for (int i = 0; i < n; i++) {
            boxes[i] = pixels(10 + 44 * i, 90 + (i * 7 + shift) % 40, 60, 120);
            plates[i] = pixels(0, 0, 90, 20);
        }
        assert_int_equal(sfd_place_plates(plates, boxes, n, 426, 240, true), 0);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n; k++) {
                const sfd_rect head = sfd_head_of(&boxes[k]);
                assert_int_equal(sfd_rect_overlap(&plates[i], &head), 0);
            }
    }
}

/* Where heads cannot stay free with all labels, there are fewer and smaller ones; the best stay. */
static void test_fewer_labels_in_a_crowd(void **state)
{
    (void)state;
    enum { n = 14 };
    sfd_font *font;
    sfd_plates *few, *many;
    sfd_annotation list[n];
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    for (int i = 0; i < n; i++) {
        const double x = (i % 7) / 7.0, y = i / 7 / 2.0;
        list[i] =
            (sfd_annotation){{x, y, x + 0.14, y + 0.5}, sfd_colour_prediction, 5, lines, false};
    }
    assert_int_equal(sfd_plates_place(&few, 426, 240, font, list, 1, NULL), SFD_OK);
    assert_int_equal(sfd_plates_place(&many, 426, 240, font, list, n, NULL), SFD_OK);
    assert_true(many->text_px < few->text_px && many->max_lines < few->max_lines);
    sfd_plates_free(few);
    sfd_plates_free(many);
    sfd_font_close(font);
}

/* Two people one before the other: the plate that found no room at its box is tied to it. */
static void test_ties(void **state)
{
    (void)state;
    sfd_font *font;
    sfd_plates *plates;
    sfd_picture *p = guarded(426, 240);
    const sfd_colour blue = sfd_colour_of_person(6);
    const sfd_annotation far = {{0.4, 0.05, 0.6, 0.45}, blue, 1, lines, false};
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    assert_int_equal(sfd_plates_place(&plates, 426, 240, font, &far, 1, NULL), SFD_OK);
    plates->plates[0].x = 0;
    plates->plates[0].y = 220;
    assert_int_equal(sfd_draw_annotations(p, font, &far, 1, plates, NULL), SFD_OK);
    size_t n_blue = 0;
    for (int y = 115; y < 215; y++) /* between box and plate */
        for (int x = 0; x < 426; x++) {
            const uint8_t *c = p->rgb + (size_t)y * p->stride_bytes + 3 * (size_t)x;
            n_blue += c[0] == blue.r && c[1] == blue.g && c[2] == blue.b;
        }
    assert_true(n_blue >= 100);
    sfd_plates_free(plates);
    sfd_picture_unref(p);
    sfd_font_close(font);
}

/* A plate goes along with its box, and stops at the picture's edge. */
static void test_plates_go_along(void **state)
{
    (void)state;
    sfd_font *font;
    sfd_plates *plates;
    sfd_annotation a = {{0.1, 0.5, 0.2, 0.9}, sfd_colour_prediction, 1, lines, false};
    assert_int_equal(sfd_font_open_builtin(&font, NULL), SFD_OK);
    assert_int_equal(sfd_plates_place(&plates, 426, 240, font, &a, 1, NULL), SFD_OK);
    for (int step = 0; step < 5; step++) {
        sfd_picture *p = guarded(426, 240);
        const double x = 0.1 + 0.2 * step;
        a.box = (sfd_box_norm){x, 0.5, x + 0.1, 0.9};
        assert_int_equal(sfd_draw_annotations(p, font, &a, 1, plates, NULL), SFD_OK);
        check_guard(p);
        const int at = (int)(426 * x) + 4;
        const uint8_t *above = p->rgb + 117 * p->stride_bytes + 3 * (size_t)at;
        assert_true(above[1] > above[0] && above[1] > 90);
        sfd_picture_unref(p);
    }
    sfd_plates_free(plates);
    sfd_font_close(font);
}

static double luminance(sfd_colour c)
{
    const uint8_t v[3] = {c.r, c.g, c.b};
    const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum += weights[i] *
               (v[i] <= 10 ? v[i] / 255.0 / 12.92 : pow((v[i] / 255.0 + 0.055) / 1.055, 2.4));
    return sum;
}

static int difference(sfd_colour a, sfd_colour b)
{
    return abs(a.r - b.r) + abs(a.g - b.g) + abs(a.b - b.b);
}

/* Ids count from 0 or 1 and may be anything: the same one has the same colour, neighbours differ
 * much, none is the truth's red, text is readable on all (WCAG's 4.5). */
static void test_colours_of_persons(void **state)
{
    (void)state;
    static const int64_t odd[] = {INT64_MIN, -1, 0, INT64_MAX};
    for (int64_t id = -20; id < 40; id++) {
        const sfd_colour c = sfd_colour_of_person(id);
        const double y = luminance(c);
        const double contrast = sfd_colour_is_light(c) ? (y + 0.05) / 0.05 : 1.05 / (y + 0.05);
        assert_true(contrast >= 4.5);
        assert_int_equal(difference(c, sfd_colour_of_person(id)), 0);
        for (int64_t other = id + 1; other < id + 8; other++)
            assert_true(difference(c, sfd_colour_of_person(other)) > 60);
        assert_true(difference(c, sfd_colour_of_person(id + 1)) > 150);
        assert_true(difference(c, sfd_colour_truth) > 150);
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_true(difference(sfd_colour_of_person(odd[i]), sfd_colour_truth) > 150);
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
        cmocka_unit_test(test_plates_inside),
        cmocka_unit_test(test_plates_apart),
        cmocka_unit_test(test_lone_plate_above),
        cmocka_unit_test(test_installed_font),
        cmocka_unit_test(test_builtin_font),
        cmocka_unit_test(test_bad_font_file),
        cmocka_unit_test(test_box_shows),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_many_boxes),
        cmocka_unit_test(test_labels_of_a_crowd),
        cmocka_unit_test(test_heads_stay_free),
        cmocka_unit_test(test_fewer_labels_in_a_crowd),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_plates_go_along),
        cmocka_unit_test(test_colours_of_persons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
