/* SPDX-License-Identifier: Apache-2.0 */
/* Videos with sound through networks that listen: what is heard of each clip is what the ffmpeg
 * program gives for its time. The features of the sound's own pathway depend on nothing else, so
 * that clips of black pictures tell them. */
#include "classify/views.h"
#include "detect/model.h"
#include "media/clips.h"

#include <sfdet/classify.h>
#include <sfdet/detect.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define RATE      16000
#define MAX_TOTAL (RATE * 8)
#define FRAMES    8
#define HALF      32 /* pictures of 30 a second from a clip's first one to its keyframe */
#define SIDE      64
#define HEARD     256 /* features */
#define MAX_SEEN  8

#define PICTURES "-f lavfi -i testsrc2=size=64x64:rate=25:duration=4 "
#define NOISE    "-f lavfi -i anoisesrc=r=48000:d=4:seed=5:a=0.4 "
#define TONE     "-f lavfi -i 'aevalsrc=0.5*sin(2000*t*t)|0.3*sin(700*t):d=1.5:s=44100' "
#define X264     "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "

static const clip_recipe recipes[] = {
    {"noise.mp4", PICTURES NOISE X264 "-c:a aac", 30},
    {"shorter.mkv", PICTURES TONE X264 "-c:a flac", 30},
    {"longer.mp4", PICTURES NOISE "-vf trim=end=2.5 " X264 "-c:a aac", 30},
    {"eight.mkv",
     PICTURES "-f lavfi -i "
              "'aevalsrc=sin(900*t)|0.2|cos(50*t)|0|0.1*t|sin(t)|0|-0.1:d=4:s=192000' " X264
              "-c:a pcm_s24le",
     30},
    {"two.mkv", PICTURES TONE NOISE "-map 0 -map 2 -map 1 " X264 "-c:a flac", 30},
    {"mute.mp4", PICTURES X264, 30},
    {"broken.mkv", PICTURES NOISE X264 "-c:a aac -bsf:a noise=amount=4000", 30},
    {"only.m4a", NOISE "-c:a aac", 30},
};
#define N_RECIPES (sizeof recipes / sizeof *recipes)

static sfd_model *boxes_model, *clips_model;
static bool made[N_RECIPES];
static const double times[] = {0, 1.4, 1.44, 2.2};
#define N_TIMES (sizeof times / sizeof *times)

/* ------------------------------------------------------------------ what is right */

/* Silence where there is no sound. */
static void read_reference(const char *file, float samples[MAX_TOTAL])
{
    char command[256];
    snprintf(command, sizeof command, "ffmpeg -nostdin -v quiet -i %s -ac 1 -ar %d -f f32le -",
             file, RATE);
    memset(samples, 0, MAX_TOTAL * sizeof *samples);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    assert_true(fread(samples, sizeof *samples, MAX_TOTAL, f) < MAX_TOTAL);
    pclose(f);
}

static void hear(const sfd_model *m, const float samples[MAX_TOTAL], int64_t first,
                 float heard[HEARD])
{
    static const uint8_t black[SIDE * SIDE * 3];
    const uint8_t *frames[FRAMES];
    const size_t n = sfd_model_get_info(m)->n_sound,
                 n_features = (size_t)sfd_model_get_info(m)->n_features;
    const sfd_box_px box = {0, 0, SIDE, SIDE};
    float *sound = calloc(n, sizeof *sound), *features = malloc(n_features * sizeof *features);
    float scores[16];
    sfd_state *s;
    sfd_clip_input clip;
    assert_true(sound && features);
    for (int i = 0; i < FRAMES; i++)
        frames[i] = black;
    for (size_t i = 0; i < n; i++)
        if (first + (int64_t)i >= 0 && first + (int64_t)i < MAX_TOTAL)
            sound[i] = samples[first + (int64_t)i];
    sfd_clip_input_defaults(&clip);
    clip.frames = frames;
    clip.stride_bytes = SIDE * 3;
    clip.sound = sound;
    const bool boxes = sfd_model_get_info(m)->detection;
    assert_int_equal(sfd_state_create(&s, m, SIDE, SIDE, 1, NULL), SFD_OK);
    assert_int_equal(sfd_state_run_clip(s, &clip, boxes ? &box : NULL, boxes, scores, NULL),
                     SFD_OK);
    sfd_state_features(s, features);
    memcpy(heard, features + n_features - HEARD, HEARD * sizeof *heard);
    sfd_state_free(s);
    free(sound);
    free(features);
}

/* Different machines' codecs decode alike; the same network gives the same bits. */
static void compare(const char *what, const float got[HEARD], const float want[HEARD])
{
    float size = 0, worst = 0;
    for (int i = 0; i < HEARD; i++) {
        size = fmaxf(size, fabsf(want[i]));
        worst = fmaxf(worst, fabsf(got[i] - want[i]));
    }
    if (!(size > 0) || !(worst <= 1e-5f * size))
        fail_msg("%s: features of the sound differ by %g of %g", what, (double)worst, (double)size);
}

/* ------------------------------------------------------------------ boxes */

typedef struct seen {
    float heard[MAX_SEEN][HEARD];
    size_t n;
    char warnings[512];
} seen;

static sfd_status keep(void *user, const sfd_keyframe *k, sfd_error *err)
{
    seen *s = user;
    (void)err;
    assert_true(s->n < MAX_SEEN && k->n_persons == 1);
    memcpy(s->heard[s->n++], k->persons[0].features + k->n_features - HEARD, sizeof s->heard[0]);
    return SFD_OK;
}

static void warn(void *user, const char *message)
{
    seen *s = user;
    const size_t n = strlen(s->warnings);
    snprintf(s->warnings + n, sizeof s->warnings - n, "%s\n", message);
}

static sfd_status detect(seen *s, const char *file, int n_jobs, sfd_error *err)
{
    sfd_detector *d;
    sfd_proposals *p;
    sfd_proposal boxes[N_TIMES];
    sfd_detect_settings settings;
    *s = (seen){.n = 0};
    for (size_t i = 0; i < N_TIMES; i++)
        boxes[i] = (sfd_proposal){times[i], {0.1, 0.1, 0.9, 0.9}, 1, 0, false};
    sfd_detect_settings_defaults(&settings);
    settings.user = s;
    settings.on_keyframe = keep;
    settings.on_warning = warn;
    settings.features = true;
    settings.n_jobs = n_jobs;
    assert_int_equal(sfd_proposals_make(&p, "clip", boxes, N_TIMES, NULL), SFD_OK);
    assert_int_equal(sfd_detector_create(&d, boxes_model, 1, NULL), SFD_OK);
    const sfd_status status = sfd_detector_run_video(d, file, "clip", p, &settings, NULL, err);
    sfd_detector_free(d);
    sfd_proposals_free(p);
    return status;
}

static void check_boxes(size_t recipe, int n_jobs)
{
    static float samples[MAX_TOTAL], want[HEARD];
    static seen s;
    sfd_error err;
    const char *file = recipes[recipe].file;
    if (!made[recipe])
        return;
    if (detect(&s, file, n_jobs, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(s.n, N_TIMES);
    assert_string_equal(s.warnings, "");
    read_reference(file, samples);
    for (size_t i = 0; i < N_TIMES; i++) {
        const long centre = lround(times[i] * 30);
        hear(boxes_model, samples, llround((double)(centre - HALF) / 30 * RATE), want);
        compare(file, s.heard[i], want);
    }
}

static void test_keyframes_hear_their_time(void **state)
{
    (void)state;
    if (!have_ffmpeg)
        skip();
    for (size_t i = 0; i < 5; i++)
        check_boxes(i, 1);
    check_boxes(0, 2);
}

/* Said once; what there is of it is heard. */
static void test_bad_sound_is_told(void **state)
{
    (void)state;
    static seen s;
    static float silence[MAX_TOTAL], want[HEARD];
    sfd_error err;
    if (!have_ffmpeg)
        skip();
    assert_int_equal(detect(&s, "mute.mp4", 1, &err), SFD_OK);
    assert_string_equal(s.warnings, "mute.mp4: has no sound\n");
    hear(boxes_model, silence, 0, want);
    compare("mute.mp4", s.heard[1], want);
    assert_int_equal(detect(&s, "broken.mkv", 1, &err), SFD_OK);
    assert_int_equal(s.n, N_TIMES);
    assert_non_null(strstr(s.warnings, "damaged parts of its sound"));
    assert_int_equal(detect(&s, "only.m4a", 1, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "has no video stream"));
}

/* Clips from memory: with sound, and without, which is silence. */
static void test_clips_from_memory(void **state)
{
    (void)state;
    static uint8_t black[SIDE * SIDE * 3];
    static float samples[MAX_TOTAL], want[HEARD];
    const sfd_image image = {SIDE, SIDE, SIDE * 3, black};
    const sfd_image *frames[FRAMES];
    const sfd_box_norm box = {0.1, 0.1, 0.9, 0.9};
    const size_t n = (size_t)sfd_model_get_info(boxes_model)->n_features;
    float scores[16], *features = malloc(n * sizeof *features);
    sfd_detector *d;
    sfd_shown_clip clip;
    assert_non_null(features);
    for (int i = 0; i < FRAMES; i++)
        frames[i] = &image;
    for (int i = 0; i < MAX_TOTAL; i++)
        samples[i] = sinf((float)i * (float)i * 1e-6f);
    sfd_shown_clip_defaults(&clip);
    clip.frames = frames;
    clip.n_frames = FRAMES;
    clip.sound = samples;
    assert_int_equal(sfd_detector_create(&d, boxes_model, 1, NULL), SFD_OK);
    assert_int_equal(sfd_detector_run_clip(d, &clip, &box, 1, scores, features, NULL), SFD_OK);
    hear(boxes_model, samples, 0, want);
    compare("clip", features + n - HEARD, want);
    assert_int_equal(sfd_detector_run_features(d, frames, FRAMES, &box, 1, scores, features, NULL),
                     SFD_OK);
    hear(boxes_model, samples, MAX_TOTAL, want);
    compare("clip without sound", features + n - HEARD, want);
    sfd_detector_free(d);
    free(features);
}

/* ------------------------------------------------------------------ whole videos */

/* The first clip begins with the video, the second one of two at half of what room there is. */
static void test_clips_of_videos_hear_their_time(void **state)
{
    (void)state;
    static float samples[MAX_TOTAL], want[HEARD];
    static seen s;
    sfd_classify_settings settings;
    sfd_video_classifier *c;
    sfd_view_rows shape;
    sfd_error err;
    if (!have_ffmpeg)
        skip();
    sfd_classify_settings_defaults(&settings);
    settings.n_clips = 2;
    settings.n_crops = 1;
    settings.short_side_px = settings.crop_px = SIDE;
    settings.user = &s;
    settings.on_warning = warn;
    s.warnings[0] = '\0';
    if (sfd_video_classifier_create(&c, clips_model, 1, &settings, &err) != SFD_OK ||
        sfd_video_classifier_rows(&shape, c, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(shape.n_views * shape.n_rows, 2);
    float scores[16], *rows = malloc(2 * shape.n_features * sizeof *rows);
    assert_non_null(rows);
    const sfd_listed_video video = {.path = "noise.mp4"};
    if (sfd_video_classifier_run_rows(c, &video, scores, rows, &err) != SFD_OK)
        fail_msg("%s", err.message);
    read_reference("noise.mp4", samples);
    /* 100 frames of 25 a second, clips of 64 / 30 s: 46.67 frames of room */
    const int64_t firsts[2] = {0, (int64_t)(46.667 / 2) * RATE / 25};
    for (size_t k = 0; k < 2; k++) {
        hear(clips_model, samples, firsts[k], want);
        compare("whole video", rows + (k + 1) * shape.n_features - HEARD, want);
    }
    assert_string_equal(s.warnings, "");
    const sfd_listed_video mute = {.path = "mute.mp4"};
    assert_int_equal(sfd_video_classifier_run(c, &mute, scores, &err), SFD_OK);
    assert_string_equal(s.warnings, "mute.mp4: has no sound\n");
    sfd_video_classifier_free(c);
    free(rows);
}

/* ------------------------------------------------------------------ */

static sfd_model *open_model(const char *config)
{
    sfd_model *m;
    sfd_error err;
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.config = config;
    settings.seed = 5;
    if (sfd_model_open(&m, &settings, &err) != SFD_OK) {
        fprintf(stderr, "%s\n", err.message);
        return NULL;
    }
    return m;
}

static int set_up(void **state)
{
    boxes_model = open_model("networks/av_joint_boxes.yaml");
    clips_model = open_model("networks/av_joint.yaml");
    clips_begin(state);
    if (have_ffmpeg)
        clips_make_all(recipes, N_RECIPES, made);
    return boxes_model && clips_model && (!have_ffmpeg || made[0]) ? 0 : 1;
}

static int tear_down(void **state)
{
    sfd_model_free(boxes_model);
    sfd_model_free(clips_model);
    return clips_end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyframes_hear_their_time),
        cmocka_unit_test(test_bad_sound_is_told),
        cmocka_unit_test(test_clips_from_memory),
        cmocka_unit_test(test_clips_of_videos_hear_their_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
