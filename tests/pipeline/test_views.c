/* SPDX-License-Identifier: Apache-2.0 */
/* Scores and features averaged over scales and mirrored pictures, against the reference's
 * (tests/data/views/make.py). */
#include <sfdet/detect.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "input/json_support.h"

#define GOLDEN     "golden/sf_r50"
#define TOLERANCE  1e-5
#define N_FRAMES   8
#define N_BOXES    3
#define N_CLASSES  80
#define N_FEATURES 320
#define RELATIVE   1e-5 /* of features: to the largest */

static const sfd_box_norm boxes[N_BOXES] = {
    {0.1, 0.2, 0.5, 0.9}, {0.3, 0.0, 1.0, 1.0}, {0.62, 0.41, 0.77, 0.68}};

static sfd_model *open_model(void)
{
    sfd_error err;
    sfd_model *model;
    sfd_model_settings s;
    sfd_model_settings_defaults(&s);
    s.weights = GOLDEN "/weights.safetensors";
    s.config = GOLDEN "/config.yaml";
    if (sfd_model_open(&model, &s, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return model;
}

static sfd_image make_picture(int f, int width, int height)
{
    uint8_t *rgb = malloc((size_t)(3 * width * height)), *at = rgb;
    assert_non_null(rgb);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                *at++ =
                    (uint8_t)((x * (3 + c) + y * (5 - c) + f * 7 * (c + 1) + (x * y >> 4)) & 255);
    return (sfd_image){width, height, (size_t)(3 * width), rgb};
}

/* features: NULL, not wanted */
static void run(sfd_detector *d, int width, int height, float *scores, float *features)
{
    sfd_error err;
    sfd_image pictures[N_FRAMES];
    const sfd_image *frames[N_FRAMES];
    for (int f = 0; f < N_FRAMES; f++) {
        pictures[f] = make_picture(f, width, height);
        frames[f] = &pictures[f];
    }
    if (sfd_detector_run_features(d, frames, N_FRAMES, boxes, N_BOXES, scores, features, &err) !=
        SFD_OK)
        fail_msg("%s", err.message);
    for (int f = 0; f < N_FRAMES; f++)
        free((void *)pictures[f].rgb);
}

static int read_sides(const cJSON *c, int sides[8])
{
    const cJSON *list = cJSON_GetObjectItem(c, "sides");
    for (int i = 0; i < cJSON_GetArraySize(list); i++)
        sides[i] = cJSON_GetArrayItem(list, i)->valueint;
    return cJSON_GetArraySize(list);
}

/* The largest difference, and the largest recorded value. */
static double compare(const cJSON *rows, const float *values, int width, double *largest)
{
    double worst = 0;
    *largest = 0;
    for (int i = 0; i < N_BOXES; i++)
        for (int k = 0; k < width; k++) {
            const double want = cJSON_GetArrayItem(cJSON_GetArrayItem(rows, i), k)->valuedouble;
            const double difference = fabs((double)values[i * width + k] - want);
            worst = difference <= worst ? worst : difference;
            *largest = fmax(*largest, fabs(want));
        }
    return worst;
}

static void check_case(sfd_detector *d, const cJSON *c)
{
    int sides[8];
    float scores[N_BOXES * N_CLASSES], features[N_BOXES * N_FEATURES];
    double largest;
    const int n = read_sides(c, sides);
    assert_int_equal(sfd_detector_set_views(d, sides, (size_t)n,
                                            cJSON_IsTrue(cJSON_GetObjectItem(c, "mirrored")), NULL),
                     SFD_OK);
    run(d, number(c, "width"), number(c, "height"), scores, features);
    const double worst = compare(cJSON_GetObjectItem(c, "scores"), scores, N_CLASSES, &largest);
    const double of_features =
        compare(cJSON_GetObjectItem(c, "features"), features, N_FEATURES, &largest) / largest;
    print_message("%d scales: largest difference %.1e, of features %.1e\n", n, worst, of_features);
    assert_true(worst <= TOLERANCE);
    assert_true(of_features <= RELATIVE);
}

static void test_averages(void **state)
{
    (void)state;
    sfd_model *model = open_model();
    sfd_detector *d;
    cJSON *cases = read_json("views/scores.json");
    const cJSON *c;
    assert_int_equal(sfd_detector_create(&d, model, 2, NULL), SFD_OK);
    cJSON_ArrayForEach(c, cases) check_case(d, c);
    cJSON_Delete(cases);
    sfd_detector_free(d);
    sfd_model_free(model);
}

/* The configured scale alone, and none at all, are what there was without views. */
static void test_default(void **state)
{
    (void)state;
    static const int own = 64;
    float plain[N_BOXES * N_CLASSES], again[N_BOXES * N_CLASSES];
    sfd_model *model = open_model();
    sfd_detector *d;
    assert_int_equal(sfd_detector_create(&d, model, 2, NULL), SFD_OK);
    run(d, 90, 67, plain, NULL);
    assert_int_equal(sfd_detector_set_views(d, &own, 1, false, NULL), SFD_OK);
    run(d, 90, 67, again, NULL);
    assert_memory_equal(plain, again, sizeof plain);
    assert_int_equal(sfd_detector_set_views(d, &own, 1, true, NULL), SFD_OK);
    run(d, 90, 67, again, NULL);
    assert_memory_not_equal(plain, again, sizeof plain);
    assert_int_equal(sfd_detector_set_views(d, NULL, 0, false, NULL), SFD_OK);
    run(d, 90, 67, again, NULL);
    assert_memory_equal(plain, again, sizeof plain);
    sfd_detector_free(d);
    sfd_model_free(model);
}

static void test_refused(void **state)
{
    (void)state;
    static const int many[9] = {64, 65, 66, 67, 68, 69, 70, 71, 72}, low = 31, high = 4097,
                     twice[2] = {64, 64};
    sfd_model *model = open_model();
    sfd_detector *d;
    assert_int_equal(sfd_detector_create(&d, model, 1, NULL), SFD_OK);
    assert_int_equal(sfd_detector_set_views(d, many, 9, false, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_detector_set_views(d, many, 8, false, NULL), SFD_OK);
    assert_int_equal(sfd_detector_set_views(d, &low, 1, false, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_detector_set_views(d, &high, 1, false, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_detector_set_views(d, twice, 2, false, NULL), SFD_ERR_ARG);
    sfd_detector_free(d);
    sfd_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_averages),
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
