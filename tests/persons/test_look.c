/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of persons in small painted scenes. */
#include "persons/look.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WIDTH  100
#define HEIGHT 80

static uint8_t rgb[HEIGHT][WIDTH][3];

static void paint(int x1, int y1, int x2, int y2, uint32_t colour)
{
    for (int y = y1; y < y2; y++)
        for (int x = x1; x < x2; x++)
            for (int c = 0; c < 3; c++)
                rgb[y][x][c] = (uint8_t)(colour >> (16 - 8 * c));
}

static sfd_look_scene scene_of(const sfd_box_norm *boxes, size_t n)
{
    sfd_look_scene s = {.rgb = &rgb[0][0][0],
                        .width = WIDTH,
                        .height = HEIGHT,
                        .stride_bytes = sizeof *rgb,
                        .boxes = boxes,
                        .n = n};
    sfd_look_weigh_colours(&s);
    return s;
}

static void check_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-3))
        fail_msg("%g instead of %g", value, expected);
}

/* Red over blue, twice; red over green; on grey ground. */
static void halves_are_compared(void **state)
{
    (void)state;
    const sfd_box_norm boxes[3] = {
        {0.1, 0.1, 0.3, 0.9}, {0.4, 0.1, 0.6, 0.9}, {0.7, 0.1, 0.9, 0.9}};
    sfd_look looks[3];
    paint(0, 0, WIDTH, HEIGHT, 0x808080);
    for (int i = 0; i < 3; i++) {
        paint(10 + 30 * i, 8, 30 + 30 * i, 40, 0xff0000);
        paint(10 + 30 * i, 40, 30 + 30 * i, 72, i < 2 ? 0x0000ff : 0x00ff00);
    }
    const sfd_look_scene s = scene_of(boxes, 3);
    for (int i = 0; i < 3; i++) {
        sfd_look_at(&looks[i], &s, &boxes[i]);
        assert_true(looks[i].known);
    }
    check_near(sfd_look_alike(&looks[0], &looks[1]), 1);
    check_near(sfd_look_alike(&looks[0], &looks[2]), 0.5);
    sfd_look_learn(&looks[2], &looks[0], 0.5); /* half blue, half green */
    check_near(sfd_look_alike(&looks[0], &looks[2]), 0.5 + sqrt(0.5) / 2);
}

/* Whose feet are lower stands before the other. */
static void hidden_parts_do_not_count(void **state)
{
    (void)state;
    const sfd_box_norm boxes[2] = {{0.2, 0.1, 0.6, 0.7}, {0.45, 0.1, 0.9, 0.9}};
    const sfd_box_norm behind = {0.5, 0.1, 0.7, 0.8};
    sfd_look whole, part, none;
    paint(0, 0, WIDTH, HEIGHT, 0x808080);
    paint(20, 8, 60, 56, 0xff0000);
    sfd_look_scene s = scene_of(boxes, 1);
    sfd_look_at(&whole, &s, &boxes[0]);
    paint(45, 8, 90, 72, 0x00ff00);
    s = scene_of(boxes, 2);
    sfd_look_at(&part, &s, &boxes[0]);
    assert_true(whole.known && part.known);
    check_near(sfd_look_alike(&whole, &part), 1);
    sfd_look_at(&none, &s, &behind);
    assert_false(none.known);
}

/* A box of half sky: what is sky everywhere says little about a person. A colour between the shades
 * is shared out among up to eight, of which each may say as much as a rare one. */
static void background_says_little(void **state)
{
    (void)state;
    const sfd_box_norm boxes[2] = {{0.1, 0.1, 0.3, 0.9}, {0.6, 0.1, 0.8, 0.9}};
    const struct {
        uint32_t sky;
        double most_alike;
    } cases[] = {{0x00ffff, 0.02}, {0x3399ff, 0.05}};
    sfd_look a, b;
    for (int i = 0; i < 2; i++) {
        paint(0, 0, WIDTH, HEIGHT, cases[i].sky);
        paint(10, 8, 20, 72, 0xff0000);
        paint(60, 8, 70, 72, 0x00ff00);
        sfd_look_scene s = scene_of(boxes, 2);
        sfd_look_at(&a, &s, &boxes[0]);
        sfd_look_at(&b, &s, &boxes[1]);
        assert_true(sfd_look_alike(&a, &b) < cases[i].most_alike);
        for (int k = 0; k < SFD_LOOK_BINS; k++)
            s.worth[k] = 1;
        sfd_look_at(&a, &s, &boxes[0]);
        sfd_look_at(&b, &s, &boxes[1]);
        assert_true(sfd_look_alike(&a, &b) > 0.4);
    }
}

static void odd_boxes_are_not_known(void **state)
{
    (void)state;
    const sfd_box_norm odd[] = {{2, 2, 3, 3},           {-1, -1, 0, 0},
                                {0.5, 0.5, 0.5, 0.5},   {0.99, 0.5, 1.5, 0.9},
                                {-1e9, -1e9, 1e9, 1e9}, {0.999, 0.999, 1, 1}};
    sfd_look look;
    paint(0, 0, WIDTH, HEIGHT, 0x123456);
    const sfd_look_scene s = scene_of(odd, sizeof odd / sizeof *odd);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        sfd_look_at(&look, &s, &odd[i]);
    sfd_look_at(&look, &s, &odd[0]);
    assert_false(look.known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_compared),
        cmocka_unit_test(hidden_parts_do_not_count),
        cmocka_unit_test(background_says_little),
        cmocka_unit_test(odd_boxes_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
