/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of clips, and scores over views, against what PySlowFast's functions and the reference
 * network gave (tests/data/classify/make.py). */
#include "base/text.h"
#include "config/yaml.h"
#include "detect/model.h"
#include "input/clips.h"
#include "media/image_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "input/json_support.h"

#include <sfdet/classify.h>

#define GOLDEN    "golden/kinetics_sf_r50"
#define TOLERANCE 1e-5
#define N_CLASSES 17

static const char *const rules[] = {"uniform", "offset", "spread", "segments"};

static double real(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_non_null(item);
    return item->valuedouble;
}

static const char *word(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_true(cJSON_IsString(item));
    return item->valuestring;
}

static int rule_number(const cJSON *object)
{
    int i = 0;
    while (strcmp(rules[i], word(object, "rule")) != 0)
        i++;
    return i;
}

static void test_choices(void **state)
{
    (void)state;
    cJSON *cases = read_json("classify/choices.json");
    const cJSON *c;
    cJSON_ArrayForEach(c, cases)
    {
        int64_t frames[64];
        const sfd_clip_choice choice = {(sfd_clip_rule)rule_number(c), number(c, "clips"),
                                        number(c, "num_frames"), number(c, "rate"), false};
        sfd_clip_choose(&choice, number(c, "n"), real(c, "fps"), number(c, "k"), frames);
        const cJSON *want = cJSON_GetObjectItem(c, "frames");
        assert_int_equal(cJSON_GetArraySize(want), choice.num_frames);
        for (int i = 0; i < choice.num_frames; i++)
            if (frames[i] != cJSON_GetArrayItem(want, i)->valueint)
                fail_msg("%s, %d of %d frames: entry %d is %lld, wanted %d", word(c, "rule"),
                         number(c, "k"), number(c, "n"), i, (long long)frames[i],
                         cJSON_GetArrayItem(want, i)->valueint);
    }
    assert_true(cJSON_GetArraySize(cases) > 200);
    cJSON_Delete(cases);
}

/* ------------------------------------------------------------------ scores */

static sfd_picture *make_picture(int f, int width, int height)
{
    sfd_picture *p;
    assert_int_equal(sfd_picture_create(&p, width, height, NULL), SFD_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                p->rgb[(size_t)y * p->stride_bytes + (size_t)(3 * x + c)] =
                    (uint8_t)((x * (3 + c) + y * (5 - c) + f * 7 * (c + 1) + (x * y >> 4)) & 255);
    return p;
}

static void make_folder(char *folder, int n, int width, int height)
{
    strcpy(folder, "/tmp/sfd_classify_XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (int f = 0; f < n; f++) {
        char path[64];
        sfd_picture *p = make_picture(f, width, height);
        snprintf(path, sizeof path, "%s/img%d.png", folder, f); /* img10 follows img9 */
        assert_int_equal(sfd_image_write(p, path, SFD_IMAGE_PNG, NULL), SFD_OK);
        sfd_picture_unref(p);
    }
}

static void remove_folder(const char *folder, int n)
{
    char path[64];
    for (int f = 0; f < n; f++) {
        snprintf(path, sizeof path, "%s/img%d.png", folder, f);
        unlink(path);
    }
    rmdir(folder);
}

/* The golden network with the case's activation and protocol, in a YAML file. */
static sfd_model *open_model(const cJSON *c)
{
    char path[] = "/tmp/sfd_classify_XXXXXX", *text;
    size_t n;
    sfd_error err;
    sfd_model *model;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_int_equal(sfd_read_text(&text, &n, GOLDEN "/config.yaml", 1 << 16, &err), SFD_OK);
    char *classes = strstr(text, "  NUM_CLASSES"), *crop = strstr(text, "  TEST_CROP_SIZE");
    fprintf(f, "%.*s  HEAD_ACT: %s\n%.*s", (int)(classes - text), text, word(c, "act"),
            (int)(crop - classes), classes);
    fprintf(f, "  ENSEMBLE_METHOD: %s\n  USE_OFFSET_SAMPLING: %s\n  REVERSE_INPUT_CHANNEL: %s\n",
            strcmp(word(c, "average"), "max") == 0 ? "max" : "sum",
            rule_number(c) == SFD_CLIPS_OFFSET ? "True" : "False",
            rule_number(c) >= SFD_CLIPS_SPREAD && !cJSON_IsTrue(cJSON_GetObjectItem(c, "bgr"))
                ? "True"
                : "False");
    fprintf(f, "%s\nTEST: {DATASET: %s, NUM_ENSEMBLE_VIEWS: %d, NUM_SPATIAL_CROPS: %d}\n", crop,
            rule_number(c) == SFD_CLIPS_SPREAD     ? "charades"
            : rule_number(c) == SFD_CLIPS_SEGMENTS ? "ssv2"
                                                   : "kinetics",
            number(c, "clips"), number(c, "crops"));
    fclose(f);
    free(text);
    sfd_model_settings s;
    sfd_model_settings_defaults(&s);
    s.weights = GOLDEN "/weights.safetensors";
    s.config = path;
    if (sfd_model_open(&model, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    unlink(path);
    return model;
}

static void run_case(const cJSON *c, double *worst)
{
    char folder[32];
    sfd_error err;
    sfd_classify_settings s;
    sfd_video_classifier *classifier;
    float scores[N_CLASSES];
    const int n = number(c, "n");
    sfd_model *model = open_model(c);
    make_folder(folder, n, number(c, "width"), number(c, "height"));
    sfd_classify_settings_defaults(&s); /* clips, crops, sampling and average are configured */
    s.crop_px = number(c, "crop");
    s.short_side_px = number(c, "side");
    s.picture_fps = real(c, "fps");
    if (sfd_video_classifier_create(&classifier, model, 2, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    const sfd_listed_video video = {.path = folder};
    if (sfd_video_classifier_run(classifier, &video, scores, &err) != SFD_OK)
        fail_msg("%s", err.message);
    const cJSON *want = cJSON_GetObjectItem(c, "scores");
    for (int k = 0; k < N_CLASSES; k++) {
        const double d = fabs((double)scores[k] - cJSON_GetArrayItem(want, k)->valuedouble);
        *worst = d <= *worst ? *worst : d;
    }
    sfd_video_classifier_free(classifier);
    sfd_model_free(model);
    remove_folder(folder, n);
}

static void test_scores(void **state)
{
    (void)state;
    cJSON *cases = read_json("classify/scores.json");
    const cJSON *c;
    int i = 0;
    cJSON_ArrayForEach(c, cases)
    {
        double worst = 0;
        run_case(c, &worst);
        print_message("case %d: largest difference %.1e\n", i, worst);
        if (!(worst <= TOLERANCE))
            fail_msg("case %d: largest difference %.1e", i, worst);
        i++;
    }
    cJSON_Delete(cases);
}

static void check_frames(int n_clips, int k, int64_t n, int rate, const int64_t want[4])
{
    int64_t frames[4];
    const sfd_clip_choice choice = {SFD_CLIPS_SPREAD, n_clips, 4, rate, true};
    sfd_clip_choose(&choice, n, 25, k, frames);
    assert_memory_equal(frames, want, sizeof frames);
}

/* Worked by hand from SampleFrames (test_mode) and ThreeCrop. */
static void test_mmaction2_views(void **state)
{
    (void)state;
    check_frames(10, 1, 100, 8, (const int64_t[]){8, 16, 24, 32});  /* 75 / 9 = 8.33 */
    check_frames(10, 5, 100, 8, (const int64_t[]){42, 50, 58, 66}); /* 41.67 */
    check_frames(10, 9, 100, 8, (const int64_t[]){75, 83, 91, 99});
    check_frames(1, 0, 100, 8, (const int64_t[]){37, 45, 53, 61}); /* 75 // 2 */
    check_frames(10, 3, 10, 8, (const int64_t[]){0, 8, 6, 4});     /* 16, 24 mod 10 */
    static const double left[] = {0, 42, 84};
    for (int i = 0; i < 3; i++) {
        const sfd_view v = sfd_view_of_crop(341, 256, 256, i, SFD_VIDEO_MMACTION2);
        assert_true(v.x == left[i] && v.y == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mmaction2_views),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
