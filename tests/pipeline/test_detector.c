/* SPDX-License-Identifier: Apache-2.0 */
/* The detector between a fake video and a fake network: what reaches the network, what comes out.
 */
#include "base/team.h"
#include "fake_model.h"
#include "fake_video.h"
#include "input/sampling.h"
#include "input/view.h"
#include "pipeline/job_share.h"

#include <sfdet/detect.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const sfd_net_config network = {.num_frames = 8,
                                       .sampling_rate = 4,
                                       .test_crop_size = 24,
                                       .detection = true,
                                       .label_offset = 1};
static const sfd_view view = {.short_side = 24};

typedef struct collected {
    size_t n_keyframes, n_failures, n_progress;
    double timestamps[16];
    size_t n_persons[16];
    float first_scores[16][FAKE_CLASSES]; /* of the first person */
    int64_t pictures[16];                 /* number of the picture, -1 for none */
    char texts[16][64];
    char failure[256];
    size_t settled[16], n_settled;
    size_t fail_at, stop_at; /* keyframe at which the callback fails, or stops; 0: never */
} collected;

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    collected *c = user;
    size_t n = c->n_keyframes++;
    assert_true(n < 16);
    assert_int_equal(k->n_classes, FAKE_CLASSES);
    assert_int_equal(k->class_ids[0], 1);
    c->timestamps[n] = k->timestamp_s;
    c->n_persons[n] = k->n_persons;
    memcpy(c->first_scores[n], k->persons[0].scores, sizeof c->first_scores[n]);
    c->pictures[n] = k->picture ? fake_number(k->picture->rgb) : -1;
    strcpy(c->texts[n], k->persons[0].timestamp_text);
    strcat(c->texts[n], "|");
    strcat(c->texts[n], k->persons[k->n_persons - 1].box_text);
    (void)err;
    return c->n_keyframes == c->fail_at ? SFD_ERR_IO : SFD_OK;
}

static void on_failure(void *user, const char *message)
{
    collected *c = user;
    c->n_failures++;
    strcpy(c->failure, message);
}

static void on_progress(void *user, size_t n_done, size_t n_total)
{
    collected *c = user;
    assert_int_equal(n_done, ++c->n_progress);
    assert_true(n_done <= n_total);
}

static bool should_stop(void *user)
{
    const collected *c = user;
    return c->stop_at && c->n_keyframes >= c->stop_at;
}

typedef struct setup {
    sfd_model *model;
    sfd_detector *detector;
    sfd_proposals *proposals;
    sfd_detect_settings settings;
    collected collected;
} setup;

static void begin(setup *s, const sfd_proposal *list, size_t n)
{
    memset(s, 0, sizeof *s);
    s->model = fake_model_create(&network);
    assert_int_equal(sfd_detector_create(&s->detector, s->model, 1, NULL), SFD_OK);
    assert_int_equal(sfd_proposals_make(&s->proposals, "clip", list, n, NULL), SFD_OK);
    sfd_detect_settings_defaults(&s->settings);
    s->settings.user = &s->collected;
    s->settings.on_keyframe = on_keyframe;
    s->settings.on_failure = on_failure;
    s->settings.on_progress = on_progress;
    s->settings.should_stop = should_stop;
}

static sfd_status run(setup *s, sfd_detect_summary *summary, sfd_error *err)
{
    return sfd_detector_run_video(s->detector, "clip.mp4", "clip", s->proposals, &s->settings,
                                  summary, err);
}

static void end(setup *s)
{
    sfd_detector_free(s->detector);
    sfd_proposals_free(s->proposals); /* lent until then for a video that was begun ahead */
    sfd_model_free(s->model);
    assert_int_equal(fake_states, 0);
    assert_int_equal(fake.n_open, 0);
}

static const sfd_proposal boxes[] = {
    {902, {0.1, 0.2, 0.3, 0.4}, 0.9, 0, false},
    {901, {0.5, 0.25, 0.75, 1}, 0.9, 0, false},
    {902, {0, 0, 1, 1}, 0.9, 0, false},
};

static void expect_scores(const float *scores, double timestamp_s, const sfd_box_norm *box,
                          size_t n_boxes)
{
    int64_t frames[8], centre;
    sfd_box_px px;
    sfd_clip_frames(&network, timestamp_s, fake.n_frames, frames, &centre);
    sfd_view_boxes(&view, &network, 64, 48, box, 1, &px);
    assert_true(scores[0] == fake_frames_score(frames, 8));
    assert_true(scores[1] == fake_box_score(&px));
    assert_true(scores[2] == (float)n_boxes / 100);
}

static sfd_status on_settled(void *user, size_t index, sfd_error *err)
{
    collected *c = user;
    (void)err;
    c->settled[c->n_settled++] = index;
    return SFD_OK;
}

/* From any keyframe on, and so many; the scores are those of the whole. */
static void test_range(void **state)
{
    (void)state;
    static const struct {
        size_t first, n, wanted_first, n_wanted;
    } cases[] = {{0, 0, 0, 2}, {0, 1, 0, 1}, {1, 0, 1, 1}, {1, 1, 1, 1},
                 {1, 9, 1, 1}, {2, 0, 0, 0}, {7, 3, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup s;
        sfd_detect_summary summary;
        fake_video_reset(100);
        begin(&s, boxes, 3);
        s.settings.timestamp_offset_s = 900;
        s.settings.first_keyframe = cases[i].first;
        s.settings.n_keyframes = cases[i].n;
        s.settings.on_settled = on_settled;
        assert_int_equal(run(&s, &summary, NULL), SFD_OK);
        assert_int_equal(summary.n_keyframes, cases[i].n_wanted);
        assert_int_equal(s.collected.n_keyframes, cases[i].n_wanted);
        assert_int_equal(s.collected.n_settled, cases[i].n_wanted);
        for (size_t k = 0; k < cases[i].n_wanted; k++)
            assert_int_equal(s.collected.settled[k], cases[i].wanted_first + k);
        end(&s);
    }
}

static void test_results(void **state)
{
    (void)state;
    setup s;
    sfd_detect_summary summary;
    fake_video_reset(100);
    begin(&s, boxes, 3);
    s.settings.timestamp_offset_s = 900;
    s.settings.pictures = true;
    assert_int_equal(run(&s, &summary, NULL), SFD_OK);
    assert_int_equal(summary.n_keyframes, 2);
    assert_int_equal(summary.n_done, 2);
    assert_int_equal(summary.n_failed, 0);
    assert_int_equal(s.collected.n_progress, 2);
    assert_true(s.collected.timestamps[0] == 901 && s.collected.timestamps[1] == 902);
    assert_string_equal(s.collected.texts[0], "901|0.5,0.25,0.75,1");
    assert_string_equal(s.collected.texts[1], "902|0,0,1,1");
    assert_int_equal(s.collected.pictures[0], 30);
    assert_int_equal(s.collected.pictures[1], 60);
    expect_scores(s.collected.first_scores[0], 1, &boxes[1].box, 1);
    expect_scores(s.collected.first_scores[1], 2, &boxes[0].box, 2);
    end(&s);
}

/* The same state serves further videos of the same size. */
static void test_state_is_kept(void **state)
{
    (void)state;
    setup s;
    fake_video_reset(100);
    fake_states_made = 0;
    begin(&s, boxes, 3);
    s.settings.timestamp_offset_s = 900;
    assert_int_equal(run(&s, NULL, NULL), SFD_OK);
    s.collected.n_progress = 0;
    assert_int_equal(run(&s, NULL, NULL), SFD_OK);
    assert_int_equal(s.collected.n_keyframes, 4);
    assert_int_equal(s.collected.pictures[0], -1);
    assert_memory_equal(s.collected.first_scores[0], s.collected.first_scores[2],
                        2 * sizeof s.collected.first_scores[0]);
    assert_int_equal(fake_states_made, 1);
    end(&s);
}

static void test_outside_the_video(void **state)
{
    (void)state;
    static const sfd_proposal list[] = {{-1, {0, 0, 1, 1}, 1, 0, false},
                                        {0, {0, 0, 1, 1}, 1, 0, false},
                                        {3.3, {0, 0, 1, 1}, 1, 0, false},
                                        {12, {0, 0, 1, 1}, 1, 0, false}};
    setup s;
    sfd_detect_summary summary;
    fake_video_reset(100);
    begin(&s, list, 4);
    assert_int_equal(run(&s, &summary, NULL), SFD_OK);
    assert_int_equal(summary.n_done, 2);
    assert_int_equal(summary.n_failed, 2);
    assert_int_equal(s.collected.n_progress, 4);
    assert_string_equal(s.collected.failure,
                        "clip: timestamp 12 (frame 360) lies past the end of the video of 3.33 s");
    expect_scores(s.collected.first_scores[0], 0, &list[0].box, 1);
    expect_scores(s.collected.first_scores[1], 3.3, &list[0].box, 1);
    end(&s);
}

static void test_ends_early(void **state)
{
    (void)state;
    setup s;
    sfd_detect_summary summary;
    sfd_error err;
    fake_video_reset(100);
    begin(&s, boxes, 3);
    s.settings.timestamp_offset_s = 900;
    s.collected.fail_at = 1;
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_IO);
    assert_int_equal(summary.n_done, 0);
    s.collected = (collected){.stop_at = 1};
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_CANCELLED);
    assert_int_equal(summary.n_done, 1);
    s.collected = (collected){0};
    fake.broken_at = 68;
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_FORMAT);
    assert_int_equal(summary.n_done, 1);
    assert_string_equal(err.message, "frame 68 is broken");
    end(&s);
}

/* Keyframes of a video of 10 s: some outside it, some with two boxes. */
static size_t many_boxes(sfd_proposal list[16])
{
    size_t n = 0;
    for (int i = -1; i < 12; i++)
        list[n++] = (sfd_proposal){i, {0.01 * (i + 1), 0.1, 0.5, 1}, 0.9, 0, false};
    list[n++] = (sfd_proposal){3, {0.2, 0.2, 0.9, 0.9}, 0.9, 0, false};
    return n;
}

static void test_jobs_give_the_same(void **state)
{
    (void)state;
    static const int jobs[] = {1, 2, 3, 7, 20};
    sfd_proposal list[16];
    const size_t n = many_boxes(list);
    collected one;
    fake_run_us = 2000;
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        setup s;
        sfd_detect_summary summary;
        fake_video_reset(300);
        begin(&s, list, n);
        s.settings.pictures = true;
        s.settings.n_jobs = jobs[i];
        fake_states_made = 0;
        assert_int_equal(run(&s, &summary, NULL), SFD_OK);
        assert_int_equal(fake_states_made, jobs[i] < 13 ? jobs[i] : 13); /* keyframes */
        assert_int_equal(summary.n_done, 10);
        assert_int_equal(summary.n_failed, 3);
        if (i == 0)
            one = s.collected;
        assert_memory_equal(&one, &s.collected, sizeof one);
        end(&s);
    }
    fake_run_us = 0;
}

/* Of keyframes that take 0, 1 and 2 units, by two jobs of a thread each: whose job has nothing to
 * do helps the other's, also where there is one keyframe alone or a run is stopped. */
static void test_idle_jobs_help(void **state)
{
    (void)state;
    sfd_proposal list[16];
    const size_t n = many_boxes(list);
    setup s;
    sfd_detect_summary summary;
    if (sfd_usable_cores() < 2)
        skip();
    fake_run_us = 20000;
    fake_video_reset(300);
    begin(&s, list, n);
    sfd_detector_free(s.detector);
    assert_int_equal(sfd_detector_create(&s.detector, s.model, 2, NULL), SFD_OK);
    for (int n_jobs = 0; n_jobs <= 2; n_jobs += 2) { /* two are also what is chosen */
        atomic_store(&fake_helped, 0);
        fake_states_made = 0;
        s.settings.n_jobs = n_jobs;
        s.collected = (collected){0};
        assert_int_equal(run(&s, &summary, NULL), SFD_OK);
        assert_int_equal(summary.n_done, 10);
        assert_int_equal(fake_states_made, n_jobs == 0 ? 2 : 0);
        assert_in_range(atomic_load(&fake_helped), 4, 10 * 16);
    }
    s.settings.n_keyframes = 1;
    s.settings.first_keyframe = 2;
    s.collected = (collected){0};
    atomic_store(&fake_helped, 0);
    assert_int_equal(run(&s, &summary, NULL), SFD_OK);
    assert_int_equal(summary.n_done, 1);
    assert_true(atomic_load(&fake_helped) >= 4);
    s.settings.n_keyframes = s.settings.first_keyframe = 0;
    s.collected = (collected){.stop_at = 2};
    assert_int_equal(run(&s, &summary, NULL), SFD_ERR_CANCELLED);
    fake_run_us = 0;
    end(&s);
}

static void test_shares(void **state)
{
    (void)state;
    const int cores = sfd_usable_cores();
    const size_t chosen = sfd_jobs_of_cores(0);
    assert_int_equal(sfd_jobs_of_cores(1), 1);
    assert_int_equal(chosen, cores <= 4 ? cores : cores < 16 ? 4 : cores / 4);
    const sfd_job_share alone = sfd_share_of_job(0, 1, 0), two = sfd_share_of_job(1, 2, 1);
    assert_int_equal(alone.n_threads, 0);
    assert_int_equal(alone.n_places, 0);
    assert_int_equal(two.n_threads, 1); /* more jobs than threads take turns */
    assert_int_equal(two.n_places, 0);
    size_t total = 0;
    for (size_t i = 0; i < chosen; i++) {
        const sfd_job_share s = sfd_share_of_job(0, chosen, i);
        total += (size_t)s.n_threads;
        assert_true(s.n_threads >= 1 && s.n_threads + s.n_places <= cores);
    }
    assert_int_equal(total, cores);
    assert_int_equal(sfd_jobs_in_memory(7, 1), 7);
    assert_int_equal(sfd_jobs_in_memory(7, SIZE_MAX), 1);
    assert_int_equal(sfd_jobs_in_memory(7, 0), 7);
}

/* A regular file is opened ahead, once, and with the same results; one that is not what follows is
 * forgotten. */
static void test_next_video(void **state)
{
    (void)state;
    static const char first[] = "views/make.py", second[] = "views/scores.json";
    const sfd_next_video next = {.path = second, .video_id = "clip"},
                         other = {.path = second, .video_id = "clip", .timestamp_offset_s = 1},
                         none = {.path = "/dev/zero", .video_id = "clip"};
    const struct {
        const sfd_next_video *next;
        int n_opened;
    } cases[] = {{NULL, 2}, {&next, 2}, {&other, 3}, {&none, 2}};
    sfd_proposal list[16];
    const size_t n = many_boxes(list);
    collected one;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        setup s;
        sfd_error err;
        fake_video_reset(300);
        begin(&s, list, n);
        s.settings.pictures = true;
        s.settings.n_jobs = i % 2 ? 3 : 1;
        s.settings.next = cases[i / 2].next;
        assert_int_equal(
            sfd_detector_run_video(s.detector, first, "clip", s.proposals, &s.settings, NULL, &err),
            SFD_OK);
        s.collected = (collected){0};
        if (cases[i / 2].next == &none)
            s.settings.next = &next; /* begun, and never done */
        else
            s.settings.next = NULL;
        assert_int_equal(sfd_detector_run_video(s.detector, second, "clip", s.proposals,
                                                &s.settings, NULL, &err),
                         SFD_OK);
        if (i == 0)
            one = s.collected;
        assert_memory_equal(&one, &s.collected, sizeof one);
        if (cases[i / 2].next != &none)
            assert_int_equal(fake.n_opened, cases[i / 2].n_opened);
        end(&s);
    }
}

static void test_next_video_that_fails(void **state)
{
    (void)state;
    const sfd_next_video missing = {.path = "missing", .video_id = "clip"},
                         nobody = {.path = "views/make.py", .video_id = "nobody"},
                         next = {.path = "views/make.py", .video_id = "clip"};
    const sfd_next_video *const all[] = {&missing, &nobody, &next};
    sfd_proposal list[16];
    const size_t n = many_boxes(list);
    setup s;
    sfd_error err;
    fake_video_reset(300);
    begin(&s, list, n);
    for (size_t i = 0; i < 3; i++) {
        s.settings.next = all[i];
        s.collected = (collected){0};
        assert_int_equal(run(&s, NULL, &err), SFD_OK);
    }
    /* what it meets is told by whose turn it is */
    fake.broken_at = 194;
    s.collected = (collected){0};
    s.settings.next = NULL;
    assert_int_equal(sfd_detector_run_video(s.detector, "views/make.py", "clip", s.proposals,
                                            &s.settings, NULL, &err),
                     SFD_ERR_FORMAT);
    assert_string_equal(err.message, "frame 194 is broken");
    end(&s);
}

static void test_jobs_end_early(void **state)
{
    (void)state;
    sfd_proposal list[16];
    const size_t n = many_boxes(list);
    setup s;
    sfd_detect_summary summary;
    sfd_error err;
    fake_video_reset(300);
    begin(&s, list, n);
    s.settings.n_jobs = 3;
    fake_run_us = 1000;
    s.collected.fail_at = 2;
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_IO);
    assert_int_equal(summary.n_done, 1);
    s.collected = (collected){.stop_at = 2};
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_CANCELLED);
    assert_in_range(summary.n_done, 2, 2 + 3);
    assert_int_equal(s.collected.n_keyframes, summary.n_done);
    s.collected = (collected){0};
    fake.broken_at = 194; /* first of the clip around 7 s */
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_FORMAT);
    assert_int_equal(summary.n_done, 7);
    assert_string_equal(err.message, "frame 194 is broken");
    s.settings.n_jobs = -1;
    assert_int_equal(run(&s, &summary, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "-1 jobs wanted, 0 to 256 possible");
    fake_run_us = 0;
    end(&s);
}

static void test_refused(void **state)
{
    (void)state;
    setup s;
    sfd_error err;
    sfd_detector *d;
    fake_video_reset(100);
    begin(&s, boxes, 3);
    assert_int_equal(sfd_detector_run_video(s.detector, "clip.mp4", "other", s.proposals,
                                            &s.settings, NULL, &err),
                     SFD_ERR_MISMATCH);
    assert_int_equal(
        sfd_detector_run_video(s.detector, "missing", "clip", s.proposals, &s.settings, NULL, &err),
        SFD_ERR_IO);
    const sfd_net_config classifier = {.num_frames = 8, .sampling_rate = 4, .test_crop_size = 24};
    sfd_model *m = fake_model_create(&classifier);
    assert_int_equal(sfd_detector_create(&d, m, 1, &err), SFD_ERR_MISMATCH);
    assert_null(d);
    sfd_model_free(m);
    end(&s);
}

static void test_frames_in_hand(void **state)
{
    (void)state;
    static uint8_t pixels[8][48][64][3];
    sfd_image images[8];
    const sfd_image *frames[8];
    int64_t numbers[8] = {0, 0, 0, 2, 6, 10, 14, 18};
    float scores[2][FAKE_CLASSES];
    sfd_error err;
    setup s;
    fake_video_reset(100);
    begin(&s, boxes, 3);
    for (int i = 0; i < 8; i++) {
        for (int p = 0; p < 48 * 64; p++)
            pixels[i][p / 64][p % 64][2] = (uint8_t)numbers[i];
        images[i] = (sfd_image){64, 48, sizeof pixels[i][0], &pixels[i][0][0][0]};
        frames[i] = i == 1 || i == 2 ? &images[0] : &images[i];
    }
    const sfd_box_norm two[2] = {boxes[0].box, boxes[1].box};
    assert_int_equal(sfd_detector_run_frames(s.detector, frames, 8, two, 2, &scores[0][0], &err),
                     SFD_OK);
    for (int i = 0; i < 2; i++) {
        sfd_box_px px;
        sfd_view_boxes(&view, &network, 64, 48, &two[i], 1, &px);
        assert_true(scores[i][0] == fake_frames_score(numbers, 8));
        assert_true(scores[i][1] == fake_box_score(&px));
    }
    assert_int_equal(sfd_detector_run_frames(s.detector, frames, 7, two, 2, &scores[0][0], &err),
                     SFD_ERR_ARG);
    assert_string_equal(err.message, "7 frames, the network takes 8");
    const sfd_box_norm nan = {0, 0, NAN, 1};
    assert_int_equal(sfd_detector_run_frames(s.detector, frames, 8, &nan, 1, &scores[0][0], &err),
                     SFD_ERR_ARG);
    assert_string_equal(err.message, "box 0 has a corner that is not a number");
    const sfd_detect_settings nowhere = {.struct_size = sizeof nowhere,
                                         .timestamp_offset_s = (double)NAN};
    assert_int_equal(
        sfd_detector_run_video(s.detector, "clip.mp4", "clip", s.proposals, &nowhere, NULL, &err),
        SFD_ERR_ARG);
    assert_string_equal(err.message, "the first frame at nan s: out of range");
    images[5].height = 47;
    assert_int_equal(sfd_detector_run_frames(s.detector, frames, 8, two, 2, &scores[0][0], &err),
                     SFD_ERR_ARG);
    assert_string_equal(err.message, "frame 5 is 64 x 47, frame 0 is 64 x 48");
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_state_is_kept),
        cmocka_unit_test(test_outside_the_video),
        cmocka_unit_test(test_ends_early),
        cmocka_unit_test(test_jobs_give_the_same),
        cmocka_unit_test(test_jobs_end_early),
        cmocka_unit_test(test_idle_jobs_help),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_frames_in_hand),
        cmocka_unit_test(test_next_video),
        cmocka_unit_test(test_next_video_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
