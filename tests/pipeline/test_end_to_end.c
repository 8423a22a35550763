/* SPDX-License-Identifier: Apache-2.0 */
/* Real decoding, a real (small) network: threads, seeking and repetition do not change results. */
#include "media/video_reader.h"
#include "support/test_clip.h"

#include <sfdet/codecs.h>
#include <sfdet/detect.h>

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N_FRAMES  1220 /* of the video: 40.67 s */
#define N_CLASSES 80
#define MAX_T     64
#define MAX_ROWS  16

static char folder[] = "/tmp/sfdet-end-to-end-XXXXXX";
static char clip[64];
static sfd_model *model;
static sfd_model_info info;

/* Far apart, so that seeking pays, but also overlapping, and at both ends. */
static const sfd_proposal boxes[] = {
    {0, {0.1, 0.1, 0.6, 0.9}, 1, 0, false},
    {1, {0.2, 0.2, 0.5, 0.8}, 1, 0, false},
    {1, {0, 0, 1, 1}, 1, 0, false},
    {1.5, {0.5, 0.3, 0.9, 0.95}, 1, 0, false},
    {30, {0.3, 0.1, 0.7, 0.9}, 1, 0, false},
    {40.63, {0.3, 0.1, 0.7, 0.9}, 1, 0, false},
    {40.7, {0.3, 0.1, 0.7, 0.9}, 1, 0, false}, /* past the end */
};
#define N_BOXES (sizeof boxes / sizeof *boxes)

static int set_up(void **state)
{
    (void)state;
    sfd_error err = {SFD_OK, ""};
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.weights = "golden/sf_r50/weights.safetensors";
    settings.config = "golden/sf_r50/config.yaml";
    sfd_quiet_codecs();
    if (!mkdtemp(folder))
        return 1;
    snprintf(clip, sizeof clip, "%s/clip.mp4", folder);
    if (write_test_clip(clip, 96, 72, N_FRAMES, 30, &err) != SFD_OK ||
        sfd_model_open(&model, &settings, &err) != SFD_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    info = *sfd_model_get_info(model);
    return info.n_classes == N_CLASSES && info.n_frames <= MAX_T ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    sfd_model_free(model);
    unlink(clip);
    return rmdir(folder);
}

typedef struct results {
    float rows[MAX_ROWS][N_CLASSES];
    double timestamps[MAX_ROWS];
    sfd_box_norm boxes[MAX_ROWS];
    size_t n;
} results;

static sfd_status collect(void *user, const sfd_keyframe *k, sfd_error *err)
{
    results *r = user;
    (void)err;
    for (size_t i = 0; i < k->n_persons; i++) {
        assert_true(r->n < MAX_ROWS);
        r->timestamps[r->n] = k->timestamp_s;
        r->boxes[r->n] = k->persons[i].box;
        memcpy(r->rows[r->n++], k->persons[i].scores, sizeof r->rows[0]);
    }
    return SFD_OK;
}

static void detect(results *r, int n_threads)
{
    sfd_detector *d;
    sfd_proposals *p;
    sfd_detect_settings settings;
    sfd_detect_summary summary;
    sfd_error err = {SFD_OK, ""};
    *r = (results){.n = 0};
    sfd_detect_settings_defaults(&settings);
    settings.user = r;
    settings.on_keyframe = collect;
    assert_int_equal(sfd_proposals_make(&p, "clip", boxes, N_BOXES, NULL), SFD_OK);
    assert_int_equal(sfd_detector_create(&d, model, n_threads, NULL), SFD_OK);
    if (sfd_detector_run_video(d, clip, "clip", p, &settings, &summary, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(summary.n_keyframes, 6);
    assert_int_equal(summary.n_failed, 1);
    assert_int_equal(r->n, 6);
    sfd_detector_free(d);
    sfd_proposals_free(p);
}

static void test_repeated_run(void **state)
{
    (void)state;
    static results a, b;
    detect(&a, 1);
    detect(&b, 1);
    assert_memory_equal(a.rows, b.rows, sizeof a.rows);
}

static void test_thread_counts(void **state)
{
    (void)state;
    static results a, b;
    detect(&a, 1);
    detect(&b, 2);
    for (size_t i = 0; i < a.n; i++)
        for (size_t c = 0; c < N_CLASSES; c++)
            assert_true(fabsf(a.rows[i][c] - b.rows[i][c]) <= 1e-5f);
}

static void *detect_on_thread(void *user)
{
    detect(user, 1);
    return NULL;
}

/* Two detectors of one model at the same time. */
static void test_shared_model(void **state)
{
    (void)state;
    static results here, there[2];
    pthread_t threads[2];
    detect(&here, 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, detect_on_thread, &there[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 2; i++)
        assert_memory_equal(here.rows, there[i].rows, sizeof here.rows);
}

/* All frames, read one after the other without seeking. */
static sfd_picture **read_all(int64_t *n_frames)
{
    sfd_video_reader *v;
    sfd_picture **all = calloc(N_FRAMES + 10, sizeof *all);
    int64_t index;
    *n_frames = 0;
    assert_int_equal(sfd_video_open(&v, clip, &(sfd_video_options){.fps = 30}, NULL), SFD_OK);
    while (*n_frames < N_FRAMES + 10 && sfd_video_next(v, &all[*n_frames], &index, NULL) == SFD_OK)
        ++*n_frames;
    sfd_video_close(v);
    return all;
}

/* sfd_detector_run_frames on frames read in order gives what sfd_detector_run_video gives. */
static void test_seeking_and_frames_in_hand(void **state)
{
    (void)state;
    static results r;
    int64_t total, numbers[MAX_T], centre;
    sfd_picture **all = read_all(&total);
    sfd_detector *d;
    assert_int_equal(total, N_FRAMES);
    detect(&r, 1);
    assert_int_equal(sfd_detector_create(&d, model, 1, NULL), SFD_OK);
    for (size_t i = 0; i < r.n; i++) {
        sfd_image images[MAX_T];
        const sfd_image *frames[MAX_T];
        float scores[N_CLASSES];
        sfd_model_clip_frames(model, r.timestamps[i], total, numbers, &centre);
        for (int f = 0; f < info.n_frames; f++) {
            const sfd_picture *p = all[numbers[f]];
            images[f] = (sfd_image){p->width, p->height, p->stride_bytes, p->rgb};
            frames[f] = f > 0 && numbers[f] == numbers[f - 1] ? frames[f - 1] : &images[f];
        }
        assert_int_equal(
            sfd_detector_run_frames(d, frames, (size_t)info.n_frames, &r.boxes[i], 1, scores, NULL),
            SFD_OK);
        for (size_t c = 0; c < N_CLASSES; c++)
            assert_true(fabsf(scores[c] - r.rows[i][c]) <= 1e-6f);
    }
    sfd_detector_free(d);
    for (int64_t i = 0; i < total; i++)
        sfd_picture_unref(all[i]);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeated_run),
        cmocka_unit_test(test_thread_counts),
        cmocka_unit_test(test_shared_model),
        cmocka_unit_test(test_seeking_and_frames_in_hand),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
