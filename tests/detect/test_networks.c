/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of other code, small and with random weights under its own tensors' names, against what
 * a reference in PyTorch gave (data/networks/make.py): the file is written, opened by its names and
 * its configuration, and shown pictures. */
#include "base/file.h"
#include "detect/model.h"
#include "support/made_weights.h"
#include "weights/formats/safetensors.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SCORE_TOLERANCE   1e-5
#define FEATURE_TOLERANCE 1e-4 /* of the largest one */
#define MAX_FRAMES        64
#define MAX_BOXES         8

typedef struct recording {
    cJSON *json;
    int frames, width, height;
    sfd_box_px boxes[MAX_BOXES];
    size_t n_boxes, n_classes;
} recording;

static void must(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

static int number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valueint;
}

static void open_recording(recording *r, const char *name)
{
    char path[128], *text;
    size_t n;
    sfd_error err;
    *r = (recording){0};
    snprintf(path, sizeof path, "networks/%s.json", name);
    must(sfd_read_text(&text, &n, path, 1 << 22, &err), &err);
    r->json = cJSON_ParseWithLength(text, n);
    free(text);
    assert_non_null(r->json);
    r->frames = number(r->json, "frames");
    r->width = number(r->json, "width");
    r->height = number(r->json, "height");
    r->n_classes = (size_t)number(r->json, "classes");
    assert_true(r->frames <= MAX_FRAMES);
    const cJSON *box, *boxes = cJSON_GetObjectItemCaseSensitive(r->json, "boxes");
    cJSON_ArrayForEach(box, boxes)
    {
        float corner[4];
        assert_true(r->n_boxes < MAX_BOXES);
        for (int i = 0; i < 4; i++)
            corner[i] = (float)cJSON_GetArrayItem(box, i)->valuedouble;
        r->boxes[r->n_boxes++] = (sfd_box_px){corner[0], corner[1], corner[2], corner[3]};
    }
}

/* ------------------------------------------------------------------ what reference.py makes, too
 */

/* Those of the recording whose names begin with `only`. */
static void write_weights(const recording *r, const char *only, const char *path)
{
    sfd_weights *weights;
    sfd_error err;
    uint64_t seed = 0;
    const cJSON *tensor, *tensors = cJSON_GetObjectItemCaseSensitive(r->json, "tensors");
    must(sfd_weights_create(&weights, "made", &err), &err);
    cJSON_ArrayForEach(tensor, tensors)
    {
        const char *name = cJSON_GetArrayItem(tensor, 0)->valuestring;
        const cJSON *shape = cJSON_GetArrayItem(tensor, 1);
        const int n_dims = cJSON_GetArraySize(shape);
        size_t dims[5];
        float *w;
        seed++;
        if (strncmp(name, only, strlen(only)) != 0)
            continue;
        assert_true(n_dims <= 5);
        for (int i = 0; i < n_dims; i++)
            dims[i] = (size_t)cJSON_GetArrayItem(shape, i)->valueint;
        must(sfd_weights_add(weights, name, n_dims, dims, &w, &err), &err);
        make_weights(w, name, n_dims, dims, seed);
    }
    must(sfd_weights_write(weights, path, SFD_F32, &err), &err);
    sfd_weights_close(weights);
}

static uint8_t *make_picture(int t, int width, int height)
{
    uint8_t *rgb = malloc((size_t)width * (size_t)height * 3), *p = rgb;
    assert_non_null(rgb);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                const int wave = (x * (7 + 2 * c) + y * (11 - 3 * c) + t * (17 + 5 * c)) & 511;
                *p++ = (uint8_t)(wave < 256 ? wave : 511 - wave);
            }
    return rgb;
}

/* ------------------------------------------------------------------ comparison */

static double worst(const recording *r, const char *key, const float *got, size_t n, bool relative)
{
    const cJSON *want, *list = cJSON_GetObjectItemCaseSensitive(r->json, key);
    double difference = 0, size = 0;
    size_t i = 0;
    assert_int_equal(cJSON_GetArraySize(list), n);
    cJSON_ArrayForEach(want, list)
    {
        const double d = fabs(want->valuedouble - (double)got[i++]);
        difference = d <= difference ? difference : isnan(d) ? INFINITY : d;
        size = fmax(size, fabs(want->valuedouble));
    }
    return relative ? difference / size : difference;
}

/* NULL where the network does not listen. */
static float *make_sound(const sfd_model_info *info)
{
    sfd_random random = {.state = 77};
    float *sound = info->n_sound ? malloc(info->n_sound * sizeof *sound) : NULL;
    for (size_t i = 0; i < info->n_sound; i++)
        sound[i] = sfd_random_unit_f32(&random) - 0.5f;
    return sound;
}

static void expect(sfd_state *s, const sfd_clip_input *clip, const recording *r, float *scores,
                   sfd_status status, const char *message)
{
    sfd_error err = {SFD_OK, ""};
    assert_int_equal(sfd_state_run_clip(s, clip, r->boxes, r->n_boxes, scores, &err), status);
    if (!strstr(err.message, message))
        fail_msg("no \"%s\" in \"%s\"", message, err.message);
}

/* What is no sound ends in an error and not in scores. */
static void check_bad_sound(sfd_state *s, sfd_clip_input *clip, const recording *r, size_t n,
                            float *scores)
{
    float *sound = calloc(n, sizeof *sound);
    assert_non_null(sound);
    expect(s, clip, r, scores, SFD_ERR_ARG, "the network listens");
    clip->sound = sound;
    sound[n - 1] = NAN;
    expect(s, clip, r, scores, SFD_ERR_ARG, "of the sound is not a number");
    sound[n - 1] = -INFINITY;
    expect(s, clip, r, scores, SFD_ERR_ARG, "of the sound is not a number");
    free(sound);
    clip->sound = NULL;
}

static void check_bad_box(sfd_state *s, const sfd_clip_input *clip, const recording *r,
                          float *scores)
{
    recording bad = *r;
    bad.boxes[r->n_boxes - 1].x2 = NAN;
    expect(s, clip, &bad, scores, SFD_ERR_ARG, "has a corner that is not a number");
}

static void run(const recording *r, const sfd_model *m, float *scores, float *features)
{
    uint8_t *pictures[MAX_FRAMES];
    sfd_clip_input clip;
    sfd_state *s;
    sfd_error err;
    must(sfd_state_create(&s, m, r->width, r->height, 2, &err), &err);
    for (int t = 0; t < r->frames; t++)
        pictures[t] = make_picture(t, r->width, r->height);
    sfd_clip_input_defaults(&clip);
    clip.frames = (const uint8_t *const *)pictures;
    clip.stride_bytes = (size_t)r->width * 3;
    if (sfd_model_get_info(m)->n_sound > 0)
        check_bad_sound(s, &clip, r, sfd_model_get_info(m)->n_sound, scores);
    float *sound = make_sound(sfd_model_get_info(m));
    clip.sound = sound;
    if (r->n_boxes > 0)
        check_bad_box(s, &clip, r, scores);
    must(sfd_state_run_clip(s, &clip, r->boxes, r->n_boxes, scores, &err), &err);
    sfd_state_features(s, features);
    free(sound);
    for (int t = 0; t < r->frames; t++)
        free(pictures[t]);
    sfd_state_free(s);
}

/* `config` is the name of a file beside the recording, or NULL: what the tensors tell. */
static void check_network(const char *name, const char *config)
{
    recording r;
    sfd_model *m;
    sfd_error err;
    char path[] = "/tmp/sfdet-test-XXXXXX", beside[128];
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    open_recording(&r, name);
    write_weights(&r, "", path);
    snprintf(beside, sizeof beside, "networks/%s", config ? config : "");
    const sfd_model_settings settings = {
        .struct_size = sizeof settings, .weights = path, .config = config ? beside : NULL};
    must(sfd_model_open(&m, &settings, &err), &err);
    unlink(path);
    const sfd_model_info *info = sfd_model_get_info(m);
    assert_int_equal(info->n_frames, r.frames);
    assert_int_equal(info->n_classes, r.n_classes);
    assert_int_equal(info->detection, r.n_boxes > 0);
    const size_t rows = r.n_boxes > 0 ? r.n_boxes : 1, n = (size_t)info->n_features;
    float *scores = malloc(rows * r.n_classes * sizeof *scores),
          *features = malloc(rows * n * sizeof *features);
    assert_true(scores && features);
    run(&r, m, scores, features);
    const double by = worst(&r, "scores", scores, rows * r.n_classes, false);
    const double features_by = worst(&r, "features", features, n, true);
    print_message("%-28s scores within %.1e, features within %.1e\n", name, by, features_by);
    if (!(by <= SCORE_TOLERANCE) || !(features_by <= FEATURE_TOLERANCE))
        fail_msg("%s: scores differ by %g, features by %g", name, by, features_by);
    free(scores);
    free(features);
    sfd_model_free(m);
    cJSON_Delete(r.json);
}

static void test_i3d_and_c2d(void **state)
{
    (void)state;
    check_network("i3d", "i3d.yaml");
    check_network("i3d_nln", "i3d_nln.yaml");
    check_network("slow_i3d", "slow_i3d.yaml");
    check_network("c2d", "c2d.yaml");
    check_network("c2d_nopool", "c2d_nopool.yaml");
}

static void test_reversed_channels(void **state)
{
    (void)state;
    check_network("ssv2", "ssv2.yaml");
}

/* Without a configuration: all that shapes tell, so that every tensor has its place. */
static void check_tensors_tell(const char *name, int n_pathways)
{
    recording r;
    sfd_model *m;
    sfd_error err;
    char path[] = "/tmp/sfdet-test-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    open_recording(&r, name);
    write_weights(&r, "", path);
    const sfd_model_settings settings = {.struct_size = sizeof settings, .weights = path};
    must(sfd_model_open(&m, &settings, &err), &err);
    unlink(path);
    assert_int_equal(sfd_model_get_info(m)->n_pathways, n_pathways);
    assert_int_equal(sfd_model_get_info(m)->sound_rate, 16000);
    assert_int_equal(sfd_model_get_info(m)->n_classes, r.n_classes);
    sfd_model_free(m);
    cJSON_Delete(r.json);
}

/* The authors' network, and the fusions that their paper tells of. */
static void test_audiovisual(void **state)
{
    (void)state;
    check_network("av_joint", "av_joint.yaml");
    check_network("av_joint_boxes", "av_joint_boxes.yaml");
    check_network("av_chain_boxes", "av_chain_boxes.yaml");
    check_network("av_nonlocal_boxes", "av_nonlocal_boxes.yaml");
    check_tensors_tell("av_joint", 2);
    check_tensors_tell("av_chain_boxes", 2);
    check_tensors_tell("av_nonlocal_boxes", 2);
}

static void test_mmaction2_recognisers(void **state)
{
    (void)state;
    check_network("mm_recogniser_slowfast", "mm_recogniser_slowfast.py");
    check_network("mm_recogniser_slowonly", "mm_recogniser_slowonly.py");
    check_network("mm_recogniser_slowfast", NULL);
}

/* A tensor of one channel more is refused by the name that the file has. */
static void check_misshapen(const char *name, const char *tensor)
{
    recording r;
    sfd_model *m;
    sfd_error err = {0};
    char path[] = "/tmp/sfdet-test-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    open_recording(&r, name);
    cJSON *item, *tensors = cJSON_GetObjectItemCaseSensitive(r.json, "tensors");
    bool found = false;
    cJSON_ArrayForEach(item, tensors)
    {
        cJSON *size = cJSON_GetArrayItem(cJSON_GetArrayItem(item, 1), 0);
        if (strcmp(cJSON_GetArrayItem(item, 0)->valuestring, tensor) != 0)
            continue;
        cJSON_SetNumberValue(size, size->valueint + 1);
        found = true;
    }
    assert_true(found);
    write_weights(&r, "", path);
    const sfd_model_settings settings = {.struct_size = sizeof settings, .weights = path};
    assert_int_equal(sfd_model_open(&m, &settings, &err), SFD_ERR_MISMATCH);
    if (!strstr(err.message, tensor))
        fail_msg("%s: \"%s\"", tensor, err.message);
    unlink(path);
    cJSON_Delete(r.json);
}

/* Of sound, with their configurations and without. */
static void test_mmaction2_listeners(void **state)
{
    (void)state;
    check_network("mm_audioonly", "mm_audioonly.py");
    check_network("mm_audioonly", NULL);
    check_network("mm_tsn_audio_r18", "mm_tsn_audio_r18.py");
    check_network("mm_tsn_audio_r50", "mm_tsn_audio_r50.py");
    check_network("mm_tsn_audio_r50", NULL);
    check_tensors_tell("mm_audioonly", 0);
    check_tensors_tell("mm_tsn_audio_r18", 0);
    check_misshapen("mm_audioonly", "backbone.conv1.conv.conv_2.conv.weight");
    check_misshapen("mm_audioonly", "backbone.conv1.bn.running_var");
    check_misshapen("mm_audioonly", "backbone.layer2.1.conv2.conv.conv_1.conv.weight");
    check_misshapen("mm_audioonly", "backbone.layer3.0.conv2.conv.weight");
    check_misshapen("mm_tsn_audio_r18", "backbone.layer4.0.downsample.conv.weight");
}

static void test_mmaction2_detectors(void **state)
{
    (void)state;
    check_network("mm_ava_kinetics", "mm_ava_kinetics.py");
    check_network("mm_slowonly_r101", NULL);
    check_network("mm_acrn", "mm_acrn.py");
    check_network("mm_acrn", NULL);
    check_network("mm_acrn_deep", NULL);
    check_network("mm_multisports_slowonly", "mm_multisports_slowonly.py");
    check_network("mm_multisports_slowfast", "mm_multisports_slowfast.py");
}

/* What the contrastive loss had of its own is left out; without a classifier that is told. */
static void test_contrastive(void **state)
{
    (void)state;
    recording r;
    sfd_model *m;
    sfd_error err;
    char path[] = "/tmp/sfdet-test-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    check_network("contrastive", "contrastive.yaml");
    open_recording(&r, "contrastive");
    write_weights(&r, "backbone", path);
    const sfd_model_settings settings = {
        .struct_size = sizeof settings, .weights = path, .config = "networks/contrastive.yaml"};
    assert_int_equal(sfd_model_open(&m, &settings, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "a backbone alone"));
    unlink(path);
    cJSON_Delete(r.json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i3d_and_c2d),         cmocka_unit_test(test_reversed_channels),
        cmocka_unit_test(test_contrastive),         cmocka_unit_test(test_mmaction2_recognisers),
        cmocka_unit_test(test_mmaction2_detectors), cmocka_unit_test(test_audiovisual),
        cmocka_unit_test(test_mmaction2_listeners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
