/* SPDX-License-Identifier: Apache-2.0 */
/* What each pathway is shown: which frames, against figures of PyTorch; which values. */
#include "input/input.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_support.h"
#include "support/random.h"

static sfd_input input;

static const sfd_pathway_input *make_slow(const sfd_net_config *c)
{
    sfd_input_make(&input, c);
    assert_int_equal(input.n_pathways, 2);
    return &input.pathways[0];
}

static void test_slow_frames(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/sampling.json"), *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "slow"))
    {
        const sfd_net_config c = {.num_frames = number(item, "num_frames"),
                                  .alpha = number(item, "alpha")};
        int i = 0;
        const cJSON *expected = cJSON_GetObjectItem(item, "indices"), *e;
        const sfd_pathway_input *slow = make_slow(&c);
        assert_int_equal(slow->n_frames, cJSON_GetArraySize(expected));
        cJSON_ArrayForEach(e, expected) assert_int_equal(slow->frames[i++], e->valueint);
    }
    cJSON_Delete(json);
}

/* Lengths at which PyTorch's float32 linspace, truncated, is one below the exact floor. */
static void test_slow_frames_float32(void **state)
{
    (void)state;
    static const struct {
        int num_frames, alpha, entry, index;
    } cases[] = {
        {107, 2, 26, 52},  {119, 2, 29, 58},  {66, 4, 9, 38},    {85, 4, 15, 62},
        {106, 4, 15, 62},  {127, 4, 15, 62},  {172, 4, 28, 113}, {197, 4, 36, 146},
        {206, 4, 30, 122}, {213, 4, 26, 105}, {215, 4, 26, 106}, {237, 4, 29, 117},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const sfd_net_config c = {.num_frames = cases[i].num_frames, .alpha = cases[i].alpha};
        assert_int_equal(make_slow(&c)->frames[cases[i].entry], cases[i].index);
    }
}

static void test_slow_frames_stride(void **state)
{
    (void)state;
    const sfd_net_config c = {.num_frames = 32, .alpha = 8, .slow_sampling = SFD_SLOW_STRIDE};
    const sfd_pathway_input *slow = make_slow(&c);
    assert_int_equal(slow->n_frames, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(slow->frames[i], 8 * i);
}

static void test_fast_frames(void **state)
{
    (void)state;
    const sfd_net_config c = {.num_frames = 32, .alpha = 8};
    make_slow(&c);
    assert_int_equal(input.pathways[1].n_frames, 32);
    for (int i = 0; i < 32; i++)
        assert_int_equal(input.pathways[1].frames[i], i);
}

/* ------------------------------------------------------------------ values */

#define WIDTH  300 /* more than is worked out at once */
#define HEIGHT 4

static const sfd_net_config one_frame = {
    .arch = SFD_ARCH_SLOW, .num_frames = 1, .mean = {0.5f, 0.25f, 0}, .std = {0.5f, 0.25f, 2}};

static float expected_value(uint8_t v, int c)
{
    return ((float)v / 255.0f - one_frame.mean[c]) / one_frame.std[c];
}

static void fill_noise(uint8_t *rgb, size_t n)
{
    test_random r = {1};
    for (size_t i = 0; i < n; i++)
        rgb[i] = (uint8_t)random_int(&r, 0, 255);
}

/* A crop that starts on a pixel takes the picture's own values, mirrored where it is flipped. */
static void test_plain(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT + 1][WIDTH + 2][3];
    static float out[HEIGHT][WIDTH][3];
    const uint8_t *frame = &rgb[0][0][0];
    const sfd_clip_pictures clip = {&frame, WIDTH + 2, HEIGHT + 1, sizeof rgb[0], NULL};
    fill_noise(&rgb[0][0][0], sizeof rgb);
    sfd_input_make(&input, &one_frame);
    for (int flip = 0; flip < 2; flip++) {
        const sfd_view v = {HEIGHT + 1, 2, 1, WIDTH, HEIGHT, flip};
        sfd_input_fill(&input.pathways[0], 0, &clip, &v, NULL, &out[0][0][0]);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                for (int c = 0; c < 3; c++)
                    assert_true(out[y][x][c] ==
                                expected_value(rgb[y + 1][2 + (flip ? WIDTH - 1 - x : x)][c], c));
    }
}

/* The same values, the last channel first. */
static void test_bgr(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT][WIDTH][3];
    static float out[HEIGHT][WIDTH][3];
    const uint8_t *frame = &rgb[0][0][0];
    const sfd_clip_pictures clip = {&frame, WIDTH, HEIGHT, sizeof rgb[0], NULL};
    const sfd_view v = {.short_side = HEIGHT, .width = WIDTH, .height = HEIGHT};
    sfd_net_config reversed = one_frame;
    reversed.bgr = true;
    fill_noise(&rgb[0][0][0], sizeof rgb);
    sfd_input_make(&input, &reversed);
    sfd_input_fill(&input.pathways[0], 0, &clip, &v, NULL, &out[0][0][0]);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                assert_true(out[y][x][2 - c] == expected_value(rgb[y][x][c], c));
}

static void to_bytes(uint8_t *restrict y, const float *restrict x, float factor, float zero,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (uint8_t)lrintf(fminf(fmaxf(x[i] * factor + zero, 0), 255));
}

/* Tensors of bytes have the bytes that their floats would become: the picture's own where mean and
 * deviation are all channels' (as they are in one view), others elsewhere. */
static void test_bytes(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT + 1][WIDTH + 2][3], wanted[HEIGHT][WIDTH][3], out[HEIGHT][WIDTH][3];
    static float floats[HEIGHT][WIDTH][3];
    const uint8_t *frame = &rgb[0][0][0];
    const sfd_clip_pictures clip = {&frame, WIDTH + 2, HEIGHT + 1, sizeof rgb[0], NULL};
    const sfd_net_config alike = {.arch = SFD_ARCH_SLOW,
                                  .num_frames = 1,
                                  .mean = {0.45f, 0.45f, 0.45f},
                                  .std = {0.225f, 0.225f, 0.225f}};
    const sfd_net_config *const configs[] = {&alike, &one_frame};
    const sfd_input_bytes bytes[] = {{to_bytes, 57.375f, 115}, {to_bytes, 63.75f, 100}};
    const sfd_view views[] = {{HEIGHT + 1, 2, 1, WIDTH, HEIGHT, false},
                              {HEIGHT + 1, 2, 1, WIDTH, HEIGHT, true},
                              {HEIGHT + 1, 1.5, 0.25, WIDTH, HEIGHT, false}};
    fill_noise(&rgb[0][0][0], sizeof rgb);
    for (size_t i = 0; i < 2 * 3; i++) {
        const sfd_view *v = &views[i % 3];
        sfd_input_make(&input, configs[i / 3]);
        sfd_input_fill(&input.pathways[0], 0, &clip, v, NULL, floats);
        to_bytes(&wanted[0][0][0], &floats[0][0][0], bytes[i / 3].factor, bytes[i / 3].zero,
                 sizeof wanted);
        sfd_input_fill(&input.pathways[0], 0, &clip, v, &bytes[i / 3], out);
        assert_memory_equal(out, wanted, sizeof out);
        for (int y = 0; i == 0 && y < HEIGHT; y++)
            assert_memory_equal(out[y], &rgb[y + 1][2], sizeof out[y]);
    }
}

/* The value at a place between pixels, linear in both directions; outside, that of the border. */
static double value_at(const uint8_t *rgb, double x, double y, int c)
{
    x = x < 0 ? 0 : x > WIDTH - 1 ? WIDTH - 1 : x;
    y = y < 0 ? 0 : y > HEIGHT - 1 ? HEIGHT - 1 : y;
    double sum = 0;
    for (int j = 0; j < HEIGHT; j++)
        for (int i = 0; i < WIDTH; i++)
            if (i > x - 1 && i < x + 1 && j > y - 1 && j < y + 1)
                sum += (1 - (x > i ? x - i : i - x)) * (1 - (y > j ? y - j : j - y)) *
                       (double)expected_value(rgb[(j * WIDTH + i) * 3 + c], c);
    return sum;
}

static void test_scaled(void **state)
{
    (void)state;
    static uint8_t rgb[HEIGHT][WIDTH][3];
    static float out[6][420][3];
    const uint8_t *frame = &rgb[0][0][0];
    const sfd_clip_pictures clip = {&frame, WIDTH, HEIGHT, sizeof rgb[0], NULL};
    fill_noise(&rgb[0][0][0], sizeof rgb);
    sfd_input_make(&input, &one_frame);
    for (int flip = 0; flip < 2; flip++) {
        const sfd_view v = {6, 3.25, 0.125, 420, 5, flip}; /* 1.5 times as large */
        sfd_input_fill(&input.pathways[0], 0, &clip, &v, NULL, &out[0][0][0]);
        for (int y = 0; y < v.height; y++)
            for (int x = 0; x < v.width; x++)
                for (int c = 0; c < 3; c++) {
                    const double at = flip ? v.width - 1 - x : x;
                    const double want = value_at(frame, v.x + (at + 0.5) / 1.5 - 0.5,
                                                 v.y + (y + 0.5) / 1.5 - 0.5, c);
                    assert_float_equal(out[y][x][c], want, 1e-4);
                }
    }
}

/* ------------------------------------------------------------------ weaker fast pathways */

/* Two frames of a fast pathway, which is shown what `c` says. */
static const sfd_pathway_input *make_fast(sfd_net_config c)
{
    c.num_frames = 2;
    c.alpha = 2;
    memcpy(c.mean, one_frame.mean, sizeof c.mean);
    memcpy(c.std, one_frame.std, sizeof c.std);
    sfd_input_make(&input, &c);
    assert_int_equal(input.n_pathways, 2);
    assert_int_equal(input.pathways[0].channels, 3);
    assert_int_equal(input.pathways[0].shrink, 1);
    return &input.pathways[1];
}

static uint8_t two[2][HEIGHT][WIDTH][3];
static const uint8_t *const two_frames[2] = {&two[0][0][0][0], &two[1][0][0][0]};
static const sfd_clip_pictures two_clip = {two_frames, WIDTH, HEIGHT, sizeof two[0][0], NULL};
static const sfd_view whole = {HEIGHT, 0, 0, WIDTH, HEIGHT, false};

static void test_gray(void **state)
{
    (void)state;
    static float out[HEIGHT][WIDTH];
    const sfd_pathway_input *in =
        make_fast((sfd_net_config){.fast_input = SFD_FAST_INPUT_GRAY, .fast_shrink = 1});
    assert_int_equal(in->channels, 1);
    fill_noise(&two[0][0][0][0], sizeof two);
    sfd_input_fill(in, 1, &two_clip, &whole, NULL, &out[0][0]);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const uint8_t *p = two[1][y][x];
            const double gray = (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]) / 255;
            const double mean = 0.299 * 0.5 + 0.587 * 0.25, std = mean + 0.114 * 2;
            assert_float_equal(out[y][x], (gray - mean) / std, 1e-5);
        }
}

static void test_time_difference(void **state)
{
    (void)state;
    static float out[2][HEIGHT][WIDTH][3];
    const sfd_pathway_input *in =
        make_fast((sfd_net_config){.fast_input = SFD_FAST_INPUT_TIME_DIFFERENCE, .fast_shrink = 1});
    assert_int_equal(in->channels, 3);
    fill_noise(&two[0][0][0][0], sizeof two);
    for (int i = 0; i < 2; i++)
        sfd_input_fill(in, i, &two_clip, &whole, NULL, &out[i][0][0][0]);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                const double step = (double)two[1][y][x][c] - two[0][y][x][c];
                assert_float_equal(out[1][y][x][c], step / 255 / (double)one_frame.std[c], 1e-5);
            }
    assert_memory_equal(out[0], out[1], sizeof out[0]); /* the first frame has none before it */
}

/* Means of 2 x 2, mirrored or not; what is left over of odd sizes is not shown. */
static void test_half(void **state)
{
    (void)state;
    static float full[HEIGHT][WIDTH][3], out[HEIGHT / 2][WIDTH / 2][3];
    const sfd_pathway_input *in = make_fast((sfd_net_config){.fast_shrink = 2});
    assert_int_equal(in->shrink, 2);
    fill_noise(&two[0][0][0][0], sizeof two);
    for (int odd = 0; odd < 2; odd++)
        for (int flip = 0; flip < 2; flip++) {
            const int width = WIDTH - odd, height = HEIGHT - odd;
            const sfd_view v = {HEIGHT, 0, 0, width, height, flip};
            sfd_input_fill(&input.pathways[0], 0, &two_clip, &v, NULL, &full[0][0][0]);
            sfd_input_fill(in, 0, &two_clip, &v, NULL, &out[0][0][0]);
            const float(*f)[3] = (const float(*)[3])full, (*o)[3] = (const float(*)[3])out;
            for (int y = 0; y < height / 2; y++)
                for (int x = 0; x < width / 2; x++)
                    for (int c = 0; c < 3; c++) {
                        const int p = 2 * y * width + 2 * x;
                        const double sum = (double)f[p][c] + (double)f[p + 1][c] +
                                           (double)f[p + width][c] + (double)f[p + width + 1][c];
                        assert_float_equal(o[y * (width / 2) + x][c], sum / 4, 1e-5);
                    }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_frames),
        cmocka_unit_test(test_slow_frames_float32),
        cmocka_unit_test(test_slow_frames_stride),
        cmocka_unit_test(test_fast_frames),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_bgr),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_scaled),
        cmocka_unit_test(test_gray),
        cmocka_unit_test(test_time_difference),
        cmocka_unit_test(test_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
