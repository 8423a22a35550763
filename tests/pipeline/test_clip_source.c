/* SPDX-License-Identifier: Apache-2.0 */
/* The decoding thread: every clip gets its frames, every frame is decoded once, memory is bounded.
 */
#include "base/timeline.h"
#include "fake_model.h"
#include "fake_video.h"
#include "input/sampling.h"
#include "pipeline/clip_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_T 128

static double list_time_s(const void *timestamps, size_t k)
{
    return ((const double *)timestamps)[k];
}

static const sfd_net_config slowfast = {.num_frames = 32, .sampling_rate = 2, .test_crop_size = 24};

static sfd_clip_plan plan_of(const sfd_model *model, const double *timestamps, size_t n,
                             bool pictures, size_t n_clips)
{
    return (sfd_clip_plan){.model = model,
                           .time_s = list_time_s,
                           .keyframes = timestamps,
                           .n_keyframes = n,
                           .pictures = pictures,
                           .n_clips = n_clips};
}

static sfd_clip_source *open_source(const sfd_clip_plan *plan)
{
    sfd_clip_source *s;
    sfd_error err = {SFD_OK, ""};
    if (sfd_clip_source_open(&s, "fake", plan, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return s;
}

static void check_clip(const sfd_net_config *c, double timestamp_s, const sfd_clip *clip,
                       bool pictures)
{
    int64_t expected[MAX_T], centre;
    sfd_clip_frames(c, timestamp_s, fake.n_frames, expected, &centre);
    assert_int_equal(clip->centre, centre);
    assert_int_equal(clip->exists, centre >= 0 && centre < fake.n_frames);
    if (!clip->exists)
        return;
    for (int i = 0; i < c->num_frames; i++)
        assert_int_equal(fake_number(clip->frames[i]), expected[i] / fake.repeat * fake.repeat);
    if (pictures)
        assert_int_equal(fake_number(clip->picture->rgb), centre / fake.repeat * fake.repeat);
    else
        assert_null(clip->picture);
}

static void check_reads(const sfd_net_config *c, const double *timestamps, size_t n)
{
    static bool wanted[FAKE_MAX_FRAMES];
    int64_t frames[MAX_T], centre;
    memset(wanted, 0, sizeof wanted);
    for (size_t k = 0; k < n; k++) {
        sfd_clip_frames(c, timestamps[k], 0, frames, &centre);
        for (int i = 0; i < c->num_frames && centre >= 0; i++)
            if (frames[i] < fake.n_frames)
                wanted[frames[i]] = true;
        if (centre >= 0 && centre < fake.n_frames)
            wanted[centre] = true;
    }
    for (int64_t i = 0; i < fake.n_frames; i++) {
        bool near_end = i >= fake.n_frames - c->sampling_rate;
        assert_in_range(fake.n_reads[i], wanted[i], wanted[i] || near_end ? 1 : 0);
    }
}

static void run_plan(const sfd_net_config *c, const double *timestamps, size_t n, bool pictures)
{
    sfd_model *model = fake_model_create(c);
    const sfd_clip_plan plan = plan_of(model, timestamps, n, pictures, 1);
    sfd_clip_source *s = open_source(&plan);
    sfd_clip clip;
    for (size_t k = 0; k < n; k++) {
        assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, NULL), SFD_OK);
        check_clip(c, timestamps[k], &clip, pictures);
    }
    assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, NULL), SFD_ERR_END);
    sfd_clip_source_close(s);
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(fake.n_denied, 0);
    check_reads(c, timestamps, n);
    sfd_model_free(model);
}

static void test_every_second(void **state)
{
    (void)state;
    const double timestamps[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    fake_video_reset(300);
    run_plan(&slowfast, timestamps, 10, true);
}

static void test_ends(void **state)
{
    (void)state;
    /* before, at the start, at the end, past it; lengths that put the last frame on and off the
     * clips' raster */
    const double timestamps[] = {-1, 0, 0.1, 9.7, 9.9, 9.96, 10, 11, 1e6};
    for (int64_t length = 295; length < 305; length++) {
        fake_video_reset(length);
        run_plan(&slowfast, timestamps, 9, true);
    }
    fake_video_reset(1);
    run_plan(&slowfast, timestamps, 9, false);
}

static void test_long_gaps(void **state)
{
    (void)state;
    const double timestamps[] = {10, 300, 301, 600};
    fake_video_reset(18200);
    run_plan(&slowfast, timestamps, 4, false);
    assert_true(fake.n_read < 4 * 32 + 4);
}

static void test_dense(void **state)
{
    (void)state;
    double timestamps[120];
    for (int i = 0; i < 120; i++)
        timestamps[i] = 1 + i / 30.0;
    fake_video_reset(200);
    run_plan(&slowfast, timestamps, 120, true);
}

static void test_repeated_frames(void **state)
{
    (void)state;
    const double timestamps[] = {1, 2, 3, 4};
    fake_video_reset(115);
    fake.repeat = 3;
    run_plan(&slowfast, timestamps, 4, true);
}

static void test_other_networks(void **state)
{
    (void)state;
    const sfd_net_config networks[] = {
        {.num_frames = 1, .sampling_rate = 1, .test_crop_size = 24},
        {.num_frames = 4, .sampling_rate = 16, .test_crop_size = 24},
        {.num_frames = 64, .sampling_rate = 2, .test_crop_size = 24},
        {.num_frames = 5, .sampling_rate = 3, .test_crop_size = 24},
        {.num_frames = 32, .sampling_rate = 2, .centre_offset_frames = 1, .test_crop_size = 24},
        {.num_frames = 8, .sampling_rate = 8, .centre_offset_frames = 1, .test_crop_size = 24},
    };
    srand(1);
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        for (int trial = 0; trial < 30; trial++) {
            double timestamps[20], t = rand() % 3 - 1;
            for (int k = 0; k < 20; k++)
                timestamps[k] = t += (rand() % 1000) / 400.0;
            fake_video_reset(1 + rand() % 1000);
            run_plan(&networks[i], timestamps, 20, trial % 2);
        }
}

/* A caller that does not ask stops the decoder after a bounded number of frames. */
static void test_bounded(void **state)
{
    (void)state;
    double timestamps[600];
    for (int i = 0; i < 600; i++)
        timestamps[i] = i;
    fake_video_reset(18000);
    sfd_model *model = fake_model_create(&slowfast);
    const sfd_clip_plan plan = plan_of(model, timestamps, 600, false, 1);
    sfd_clip_source *s = open_source(&plan);
    usleep(200000);
    sfd_clip_source_close(s);
    assert_in_range(fake.n_read, 1, 4 * 32);
    sfd_model_free(model);
}

/* Several clips in use at once keep their frames, however their windows lie. */
static void test_clips_in_use(void **state)
{
    (void)state;
    enum { N = 40, IN_USE = 3 };
    double timestamps[N];
    sfd_clip clips[N];
    for (int i = 0; i < N; i++)
        timestamps[i] = i < 20 ? 0.1 * i - 0.5 : i;
    fake_video_reset(1180);
    sfd_model *model = fake_model_create(&slowfast);
    const sfd_clip_plan plan = plan_of(model, timestamps, N, true, IN_USE);
    sfd_clip_source *s = open_source(&plan);
    for (int i = 0; i < N; i++) {
        assert_int_equal(sfd_clip_source_next(s, &clips[i], NULL, NULL, NULL), SFD_OK);
        for (int k = i < IN_USE ? 0 : i - IN_USE + 1; k <= i; k++)
            check_clip(&slowfast, timestamps[k], &clips[k], true);
    }
    sfd_clip_source_close(s);
    check_reads(&slowfast, timestamps, N);
    sfd_model_free(model);
}

/* Beyond the clip that the caller has, one clip's frames are read ahead. */
static void test_reads_one_clip_ahead(void **state)
{
    (void)state;
    const double timestamps[] = {2, 3, 4, 5, 6, 7, 8, 9};
    sfd_model *model = fake_model_create(&slowfast);
    const sfd_clip_plan plan = plan_of(model, timestamps, 8, false, 1);
    sfd_clip clip;
    fake_video_reset(300);
    sfd_clip_source *s = open_source(&plan);
    for (int i = 0; i < 2; i++) {
        const int64_t in_clips =
            33 + 15 * i; /* wanted up to the end of clip i: every other frame */
        assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, NULL), SFD_OK);
        usleep(100000);
        assert_in_range(fake.n_read, in_clips, in_clips + 32 + 1); /* one is in hand */
    }
    sfd_clip_source_close(s);
    sfd_model_free(model);
}

/* A picture of 100 s, another of 100 s: each stands too long after 30 s. */
static void test_holes(void **state)
{
    (void)state;
    const double timestamps[] = {0, 30, 30.02, 30.04, 99, 100, 129, 131, 199};
    const bool stands[] = {false, false, true, true, true, false, false, true, true};
    sfd_model *model = fake_model_create(&slowfast);
    const sfd_clip_plan plan = plan_of(model, timestamps, 9, false, 1);
    sfd_clip clip;
    fake_video_reset(6000);
    fake.repeat = 3000;
    sfd_clip_source *s = open_source(&plan);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, NULL), SFD_OK);
        assert_true(clip.exists);
        assert_int_equal(clip.stands, stands[i]);
    }
    sfd_clip_source_close(s);
    sfd_model_free(model);
}

static double every_second_s(const void *keyframes, size_t k)
{
    (void)keyframes;
    return (double)k;
}

/* Moments and clips in order of time, every frame read once; behind a clip come those moments that
 * are more than the delay away. */
static void check_moments(const sfd_clip_plan *plan, double fps)
{
    sfd_clip_source *s = open_source(plan);
    size_t n_moments = 0, n_clips = 0;
    bool ended = false;
    sfd_clip clip;
    for (;;) {
        assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, NULL), SFD_OK);
        if (clip.event == SFD_CLIP_MOMENT) {
            assert_false(ended);
            assert_int_equal(clip.index, n_moments);
            assert_int_equal(clip.centre, sfd_timeline_frame((double)n_moments++ / fps));
            assert_int_equal(fake_number(clip.picture->rgb), clip.centre);
            assert_true(n_clips == 0 ||
                        clip.centre > 30 * ((int64_t)n_clips - 1) + plan->delay_frames);
        } else if (clip.event == SFD_CLIP_END) {
            assert_true(sfd_clip_source_end_s(s) * 30 == (double)fake.n_frames);
            ended = true;
        } else if (clip.exists) {
            assert_int_equal(clip.index, n_clips);
            if (plan->model)
                check_clip(&slowfast, (double)n_clips, &clip, plan->pictures);
            const double last = 30 * (double)n_clips++ + (double)plan->delay_frames;
            assert_true(ended || (double)(n_moments + 1) / fps * 30 > last);
        } else {
            break;
        }
    }
    assert_true(ended);
    assert_int_equal(n_clips, (fake.n_frames + 29) / 30);
    assert_true(sfd_timeline_frame((double)n_moments / fps) >= fake.n_frames);
    sfd_clip_source_close(s);
    assert_int_equal(fake.n_denied, 0);
    for (int64_t i = 0; i < fake.n_frames; i++)
        assert_in_range(fake.n_reads[i], 0, 1);
}

static void test_moments(void **state)
{
    (void)state;
    const double rates[] = {5, 1, 7, 30};
    sfd_model *model = fake_model_create(&slowfast);
    for (int i = 0; i < 16; i++) {
        sfd_clip_plan plan = {.model = i & 1 ? model : NULL,
                              .time_s = every_second_s,
                              .n_keyframes = SIZE_MAX,
                              .pictures = i & 2,
                              .n_clips = 1 + (size_t)(i % 3),
                              .moments = {1 / rates[i / 4], 0},
                              .delay_frames = 20 * (i % 5)};
        fake_video_reset(i == 7 ? 1 : 211 + i);
        check_moments(&plan, rates[i / 4]);
    }
    sfd_model_free(model);
}

/* A caller that does not ask for them stops the decoder. */
static void test_moments_wait(void **state)
{
    (void)state;
    const sfd_clip_plan plan = {
        .time_s = every_second_s, .n_keyframes = SIZE_MAX, .moments = {0.2, 0}};
    fake_video_reset(18000);
    sfd_clip_source *s = open_source(&plan);
    usleep(100000);
    sfd_clip_source_close(s);
    assert_in_range(fake.n_read, 1, 4);
}

/* A picture of 100 s, another of 100 s: nobody is looked for in their holes, and whoever passes
 * over them goes on behind. */
static void test_moments_in_holes(void **state)
{
    (void)state;
    const sfd_clip_plan plan = {
        .time_s = every_second_s, .n_keyframes = SIZE_MAX, .moments = {0.2, 0}, .delay_frames = 43};
    size_t n_moments = 0, n_clips = 0, n_passed = 0;
    sfd_clip clip;
    fake_video_reset(6000);
    fake.repeat = 3000;
    sfd_clip_source *s = open_source(&plan);
    do {
        assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, NULL), SFD_OK);
        n_moments += clip.event == SFD_CLIP_MOMENT;
        if (clip.event != SFD_CLIP_KEYFRAME || !clip.exists)
            continue;
        n_clips += !clip.stands;
        if (!clip.stands)
            continue;
        assert_int_equal(clip.still_until, clip.centre < 3000 ? 3000 : 6000);
        n_passed += (size_t)clip.still_until / 30 - clip.index;
        sfd_clip_source_pass(s, (size_t)clip.still_until / 30);
    } while (clip.event != SFD_CLIP_KEYFRAME || clip.exists);
    assert_int_equal(n_moments, 2 * 151);
    assert_int_equal(n_clips, 2 * 31);
    assert_int_equal(n_passed, 2 * 69);
    sfd_clip_source_close(s);
}

static void test_errors(void **state)
{
    (void)state;
    const double timestamps[] = {1, 2, 3};
    fake_video_reset(300);
    fake.broken_at = 80;
    sfd_model *model = fake_model_create(&slowfast);
    const sfd_clip_plan plan = plan_of(model, timestamps, 3, false, 1);
    sfd_clip_source *s = open_source(&plan);
    sfd_clip clip;
    sfd_error err;
    assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, &err), SFD_OK);
    check_clip(&slowfast, 1, &clip, false);
    assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, &err), SFD_ERR_FORMAT);
    assert_string_equal(err.message, "frame 80 is broken");
    sfd_clip_source_close(s);

    assert_int_equal(sfd_clip_source_open(&s, "missing", &plan, &err), SFD_ERR_IO);
    assert_null(s);
    fake_video_reset(0);
    s = open_source(&plan);
    assert_int_equal(sfd_clip_source_next(s, &clip, NULL, NULL, &err), SFD_ERR_FORMAT);
    assert_string_equal(err.message, "fake: the video has no frames");
    sfd_clip_source_close(s);
    assert_int_equal(fake.n_open, 0);
    assert_int_equal(fake.n_denied, 0);
    sfd_model_free(model);
}

static bool stop_at_third_question(void *user)
{
    return ++*(int *)user == 3;
}

static void test_cancel(void **state)
{
    (void)state;
    const double timestamps[] = {100};
    fake_video_reset(6000);
    fake.delay_us = 50000;
    sfd_model *model = fake_model_create(&slowfast);
    const sfd_clip_plan plan = plan_of(model, timestamps, 1, false, 1);
    sfd_clip_source *s = open_source(&plan);
    sfd_clip clip;
    int n_asked = 0;
    assert_int_equal(sfd_clip_source_next(s, &clip, stop_at_third_question, &n_asked, NULL),
                     SFD_ERR_CANCELLED);
    sfd_clip_source_close(s);
    sfd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_second),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_long_gaps),
        cmocka_unit_test(test_dense),
        cmocka_unit_test(test_repeated_frames),
        cmocka_unit_test(test_other_networks),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_clips_in_use),
        cmocka_unit_test(test_reads_one_clip_ahead),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_moments_wait),
        cmocka_unit_test(test_moments_in_holes),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
