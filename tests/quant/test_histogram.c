/* SPDX-License-Identifier: Apache-2.0 */
/* Scales of bytes from what maps were like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "quant/histogram.h"

#include "support/random.h"

#include <math.h>

#define POSITIONS 500
#define CHANNELS  24
#define N         (POSITIONS * CHANNELS)

/* Of 16 clips' maps, shaped as ReLU leaves them, one has values so many times as large. */
#define CLIPS 16
#define LARGE 100

static void fill(float x[N], uint64_t seed)
{
    test_random rng = {seed};
    random_fill_reals(&rng, x, N);
    for (int i = 0; i < N; i++)
        x[i] = fmaxf(x[i], 0) * (seed % CLIPS == 3 ? LARGE : 1);
}

static sfd_byte_scale scale_of(int step, double *noise)
{
    static float x[N];
    static sfd_histogram h;
    const sfd_map map = {
        .size = {1, 1, POSITIONS}, .channels = CHANNELS, .ld = CHANNELS, .data = x};
    h = (sfd_histogram){0};
    for (int i = 0; i < CLIPS; i++) {
        fill(x, (uint64_t)(step * i + CLIPS) % CLIPS);
        sfd_histogram_add(&h, &map);
    }
    assert_false(h.broken);
    return sfd_histogram_scale(&h, noise);
}

/* Mean square of what becoming bytes does to a clip's map, as a share of its own. */
static double noise_of(uint64_t seed, sfd_byte_scale s)
{
    static float x[N];
    double lost = 0, square = 0;
    fill(x, seed);
    for (int i = 0; i < N; i++) {
        const double v = (double)x[i], step = (double)s.scale;
        const double rest = v - step * (fmin(fmax(rint(v / step) + s.zero, 0), 255) - s.zero);
        lost += rest * rest;
        square += v * v;
    }
    return lost / square;
}

/* Steps for the large values would be 0.39 wide, and leave of the other clips' values, which are up
 * to 1, a seventh part lost. */
static void every_clip_weighs_the_same(void **state)
{
    double noise, sum = 0;
    const sfd_byte_scale s = scale_of(1, &noise);
    (void)state;
    for (uint64_t i = 0; i < CLIPS; i++)
        sum += noise_of(i, s) / CLIPS;
    const double coarse = noise_of(0, (sfd_byte_scale){LARGE / 255.0F, 0});
    assert_int_equal(s.zero, 0);
    assert_true(sum < coarse / 2);
    assert_true(fabs(noise - sum) < 0.1 * sum); /* bins are a sixteenth wide */
}

static void clips_may_come_in_any_order(void **state)
{
    double noise, other;
    const sfd_byte_scale s = scale_of(1, &noise), t = scale_of(5, &other);
    (void)state;
    assert_float_equal(s.scale, t.scale, 0);
    assert_int_equal(s.zero, t.zero);
    assert_true(fabs(noise - other) < 1e-12);
}

static void maps_of_zeros_and_broken_ones(void **state)
{
    static float x[N];
    static sfd_histogram h;
    const sfd_map map = {
        .size = {1, 1, POSITIONS}, .channels = CHANNELS, .ld = CHANNELS, .data = x};
    double noise;
    (void)state;
    sfd_histogram_add(&h, &map);
    assert_false(h.broken);
    assert_float_equal(sfd_histogram_scale(&h, &noise).scale, 1, 0);
    assert_float_equal(noise, 0, 0);
    x[N - 1] = NAN;
    sfd_histogram_add(&h, &map);
    assert_true(h.broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_clip_weighs_the_same),
        cmocka_unit_test(clips_may_come_in_any_order),
        cmocka_unit_test(maps_of_zeros_and_broken_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
