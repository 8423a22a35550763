/* SPDX-License-Identifier: Apache-2.0 */
/* The 8x8 R50 AVA network at full size, random weights, against figures recorded from the PyTorch
 * reference by data/full_size/make.py: samples of every stage within 1e-4 of the stage's largest
 * value. */
#include "detect/model.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"

#define TOLERANCE       1e-4
#define SCORE_TOLERANCE 1e-5
#define MAX_BOXES       8

typedef struct recording {
    cJSON *json;
    int width, height;
    sfd_box_px boxes[MAX_BOXES];
    size_t n_boxes;
    double worst;
} recording;

static void must(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void open_recording(recording *r, const char *path)
{
    char *text;
    size_t n;
    sfd_error err;
    *r = (recording){0};
    must(sfd_read_text(&text, &n, path, 1 << 24, &err), &err);
    r->json = cJSON_ParseWithLength(text, n);
    free(text);
    assert_non_null(r->json);
    r->width = (int)number(r->json, "width");
    r->height = (int)number(r->json, "height");
    const cJSON *box, *boxes = cJSON_GetObjectItemCaseSensitive(r->json, "boxes");
    cJSON_ArrayForEach(box, boxes)
    {
        assert_true(r->n_boxes < MAX_BOXES && cJSON_GetArraySize(box) == 4);
        float corner[4];
        for (int i = 0; i < 4; i++)
            corner[i] = (float)cJSON_GetArrayItem(box, i)->valuedouble;
        r->boxes[r->n_boxes++] = (sfd_box_px){corner[0], corner[1], corner[2], corner[3]};
    }
}

/* The pictures of make.py's frames(). */
static uint8_t *make_frame(int t, int width, int height)
{
    uint8_t *rgb = malloc((size_t)width * (size_t)height * 3), *p = rgb;
    assert_non_null(rgb);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            for (int64_t c = 0; c < 3; c++) {
                const int64_t wave = (x * (3 + c) + y * (5 - c) + t * 9) & 511;
                const int64_t triangle = wave < 256 ? wave : 511 - wave;
                const int64_t noise =
                    ((x * 7919 + y * 104729 + t * (int64_t)1299709 + c * 15485863) >> 3) & 15;
                *p++ = (uint8_t)((triangle * 15 >> 4) + noise);
            }
    return rgb;
}

/* got(user, i) gives element i of the stage in the reference's order, [C, T, H, W]. */
typedef float (*element_fn)(const void *user, size_t i);

static void check_stage(recording *r, const char *name, element_fn got, const void *user)
{
    const cJSON *stages = cJSON_GetObjectItemCaseSensitive(r->json, "stages");
    const cJSON *stage = cJSON_GetObjectItemCaseSensitive(stages, name), *want;
    if (!stage)
        fail_msg("no recorded stage %s", name);
    const size_t size = (size_t)number(stage, "size");
    const double scale = strcmp(name, "scores") == 0 ? 1 : number(stage, "max");
    const double tolerance = strcmp(name, "scores") == 0 ? SCORE_TOLERANCE : TOLERANCE;
    size_t n = 0;
    cJSON_ArrayForEach(want, cJSON_GetObjectItemCaseSensitive(stage, "values"))
    {
        const size_t i = n++ * 1000003 % size;
        const double d = fabs(got(user, i) - want->valuedouble) / scale;
        if (!(d <= tolerance))
            fail_msg("%s[%zu] is %g, recorded %g", name, i, got(user, i), want->valuedouble);
        r->worst = fmax(r->worst, d);
    }
    assert_true(n >= 100);
}

typedef struct map_view {
    const float *x;
    const sfd_map *t;
} map_view;

static float map_element(const void *user, size_t i)
{
    const map_view *m = user;
    const size_t positions = (size_t)m->t->size[0] * (size_t)m->t->size[1] * (size_t)m->t->size[2];
    return m->x[i % positions * m->t->ld + i / positions];
}

static float array_element(const void *user, size_t i)
{
    return ((const float *)user)[i];
}

static void check_all(recording *r, sfd_state *s)
{
    const sfd_net *net = &s->model->net;
    sfd_error err;
    uint8_t *frames[64];
    float *scores = malloc(r->n_boxes * (size_t)net->config.num_classes * sizeof *scores);
    assert_non_null(scores);
    for (int t = 0; t < net->config.num_frames; t++)
        frames[t] = make_frame(t, r->width, r->height);
    must(sfd_state_run(s, (const uint8_t *const *)frames, (size_t)r->width * 3, r->boxes,
                       r->n_boxes, scores, &err),
         &err);
    for (size_t i = 0; i < net->graph.n_stages; i++) {
        const sfd_map m = sfd_executor_map(&s->executor, net->graph.stages[i].tensor), *t = &m;
        const map_view view = {t->data, t};
        check_stage(r, net->graph.stages[i].name, map_element, &view);
    }
    check_stage(r, "roi_features", array_element, s->features);
    check_stage(r, "scores", array_element, scores);
    for (int t = 0; t < net->config.num_frames; t++)
        free(frames[t]);
    free(scores);
}

static void check_mode(bool exact)
{
    recording r;
    sfd_error err;
    sfd_model *m;
    sfd_state *s;
    open_recording(&r, "full_size/slowfast_r50_8x8_ava.json");
    const sfd_model_settings settings = {.struct_size = sizeof settings,
                                         .config = "slowfast_r50_8x8_ava",
                                         .seed = 7,
                                         .exact = exact};
    must(sfd_model_open(&m, &settings, &err), &err);
    must(sfd_state_create_mode(&s, m, r.width, r.height, 0, SFD_PLAN_KEEP_ALL, &err), &err);
    check_all(&r, s);
    print_message("%s: all stages within %.1e\n", exact ? "exact" : "fast", r.worst);
    sfd_state_free(s);
    sfd_model_free(m);
    cJSON_Delete(r.json);
}

static void test_fast(void **state)
{
    (void)state;
    check_mode(false);
}

static void test_exact(void **state)
{
    (void)state;
    check_mode(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fast), cmocka_unit_test(test_exact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
