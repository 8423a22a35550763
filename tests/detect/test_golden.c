/* SPDX-License-Identifier: Apache-2.0 */
/* Whole networks against recorded outputs of the reference: every stage, RoI features, logits,
 * scores, for every instruction set of this machine, with and without transforming algorithms. */
#include "kernels/roi/roi_align.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "kernels/sets.h"
#include "support/golden.h"
#include "support/sanitized.h"
#include "weights/open.h"

#define STAGE_TOLERANCE    1e-4 /* max |a - b| / max |b| */
#define FEATURES_TOLERANCE 1e-5 /* of what the scores are computed from */
#define EXACT_TOLERANCE    1e-5 /* of scores, absolute */
#define FAST_TOLERANCE     2e-5
#define BF16_TOLERANCE     5e-2 /* rounding differs from one algorithm to the next as from float32 */

typedef struct golden {
    const char *name;
    sfd_net_config config;
    sfd_weights *weights, *io;
    double worst_stage, worst_score;
    size_t n_stages;
} golden;

static void open_golden(golden *g, const char *name)
{
    sfd_error err;
    char path[256];
    *g = (golden){.name = name};
    snprintf(path, sizeof path, "golden/%s/config.yaml", name);
    must(sfd_net_config_load(&g->config, path, NULL, &err), &err);
    snprintf(path, sizeof path, "golden/%s/weights.safetensors", name);
    must(sfd_weights_open(&g->weights, path, &err), &err);
    snprintf(path, sizeof path, "golden/%s/io.safetensors", name);
    must(sfd_weights_open(&g->io, path, &err), &err);
}

static void close_golden(golden *g)
{
    sfd_weights_close(g->weights);
    sfd_weights_close(g->io);
}

static void check_stage(golden *g, const char *prefix, const char *name, const float *got, size_t n)
{
    const sfd_tensor_info *info;
    float *want = read_recorded(g->io, prefix, name, &info);
    if (!want)
        fail_msg("%s: no recorded %s%s", g->name, prefix, name);
    assert_int_equal(info->n_elements, n);
    const double d = distance(want, got, n, true);
    if (!(d <= (strcmp(name, "roi_features") == 0 ? FEATURES_TOLERANCE : STAGE_TOLERANCE)))
        fail_msg("%s %s%s: relative difference %g", g->name, prefix, name, d);
    g->worst_stage = fmax(g->worst_stage, d);
    g->n_stages++;
    free(want);
}

static void check_map(golden *g, const char *prefix, const char *name, const float *x,
                      size_t positions, size_t channels, size_t ld)
{
    float *got = channels_first(x, positions, channels, ld);
    check_stage(g, prefix, name, got, positions * channels);
    free(got);
}

static void check_backbone(golden *g, const char *prefix, const sfd_state *s)
{
    const sfd_net *net = &s->model->net;
    for (size_t i = 0; i < net->graph.n_stages; i++) {
        const sfd_map m = sfd_executor_map(&s->executor, net->graph.stages[i].tensor), *t = &m;
        const size_t positions = (size_t)t->size[0] * (size_t)t->size[1] * (size_t)t->size[2];
        char full[64];
        snprintf(full, sizeof full, "%s%s", prefix, net->graph.stages[i].name);
        if (!sfd_weights_find(g->io, full)) {
            assert_true(*prefix); /* only extra clips are recorded in part */
            continue;
        }
        check_map(g, prefix, net->graph.stages[i].name, t->data, positions, (size_t)t->channels,
                  t->ld);
    }
}

/* RoIAlign's cells [boxes][cells][C] as recorded: [boxes][C][cells]. */
static void check_roi_cells(golden *g, const sfd_state *s, int pathway, const float *pooled,
                            const sfd_box_px *boxes, size_t n_boxes)
{
    const sfd_map m = sfd_executor_map(&s->executor, s->model->net.graph.outputs[pathway].tensor),
                  *t = &m;
    const size_t channels = (size_t)t->channels;
    const size_t cells = (size_t)g->config.roi_resolution * (size_t)g->config.roi_resolution;
    const sfd_roi_map map = {pooled, t->size[1], t->size[2], t->channels, channels};
    const sfd_roi_settings settings = {
        .scale = 1.0f / 16, .cells = g->config.roi_resolution, .aligned = g->config.aligned};
    float *all = malloc(n_boxes * cells * channels * sizeof *all);
    float *one = malloc(cells * channels * sizeof *one), *max = malloc(channels * sizeof *max);
    float *acc = malloc(channels * sizeof *acc);
    assert_true(all && one && max && acc);
    for (size_t i = 0; i < n_boxes; i++) {
        sfd_roi_align_max(s->model->executable.kernels, &map, &settings, &boxes[i], max, one, acc);
        float *turned = channels_first(one, cells, channels, channels);
        memcpy(all + i * cells * channels, turned, cells * channels * sizeof *all);
        free(turned);
    }
    char name[32];
    snprintf(name, sizeof name, "roi_align.pathway%d", pathway);
    check_stage(g, "", name, all, n_boxes * cells * channels);
    free(all);
    free(one);
    free(max);
    free(acc);
}

/* Of the last run's features. */
static void check_logits(golden *g, const char *prefix, const sfd_state *s, size_t n,
                         size_t classes)
{
    float *logits = malloc(n * classes * sizeof *logits);
    assert_non_null(logits);
    sfd_classifier_project(&s->model->head.classifier, s->features, n, NULL, logits);
    check_stage(g, prefix, "logits", logits, n * classes);
    free(logits);
}

static void check_detection(golden *g, sfd_state *s, double tolerance)
{
    const sfd_tensor_info *info, *wanted;
    const size_t classes = (size_t)g->config.num_classes;
    sfd_error err;
    float *corners = read_recorded(g->io, "", "boxes", &info),
          *want = read_recorded(g->io, "", "scores", &wanted);
    assert_non_null(corners);
    assert_non_null(want);
    const size_t n = info->dims[0];
    sfd_box_px *boxes = malloc(n * sizeof *boxes);
    float *scores = malloc(n * classes * sizeof *scores);
    assert_true(boxes && scores);
    memcpy(boxes, corners, n * sizeof *boxes);
    must(sfd_state_run_filled(s, boxes, n, scores, NULL, &err), &err);
    check_backbone(g, "", s);
    const float *pooled = s->shared;
    for (int p = 0; p < s->model->net.n_pathways; p++) {
        const sfd_map m = sfd_executor_map(&s->executor, s->model->net.graph.outputs[p].tensor),
                      *t = &m;
        char name[32];
        snprintf(name, sizeof name, "tpool.pathway%d", p);
        const size_t positions = (size_t)t->size[1] * (size_t)t->size[2];
        check_map(g, "", name, pooled, positions, (size_t)t->channels, (size_t)t->channels);
        check_roi_cells(g, s, p, pooled, boxes, n);
        pooled += positions * (size_t)t->channels;
    }
    float *features = malloc(n * s->model->head.desc.n_features * sizeof *features);
    assert_non_null(features);
    sfd_state_features(s, features);
    check_stage(g, "", "roi_features", features, n * s->model->head.desc.n_features);
    free(features);
    check_logits(g, "", s, n, classes);
    g->worst_score = fmax(g->worst_score, distance(want, scores, n * classes, false));
    if (!(g->worst_score <= tolerance))
        fail_msg("%s: scores differ by %g", g->name, g->worst_score);
    free(corners);
    free(want);
    free(boxes);
    free(scores);
}

static void check_classification(golden *g, const char *prefix, sfd_state *s, double tolerance)
{
    const sfd_tensor_info *info;
    const size_t classes = (size_t)g->config.num_classes;
    sfd_error err;
    float *scores = malloc(classes * sizeof *scores),
          *want = read_recorded(g->io, prefix, "scores", &info);
    assert_non_null(scores);
    assert_non_null(want);
    must(sfd_state_run_filled(s, NULL, 0, scores, NULL, &err), &err);
    check_backbone(g, prefix, s);
    const size_t features = s->model->head.desc.n_features;
    check_map(g, prefix, "pooled", s->features, s->n_rows, features, features);
    check_logits(g, prefix, s, s->n_rows, classes);
    g->worst_score = fmax(g->worst_score, distance(want, scores, classes, false));
    if (!(g->worst_score <= tolerance))
        fail_msg("%s: scores differ by %g", g->name, g->worst_score);
    free(scores);
    free(want);
}

static void check_clip(golden *g, const char *prefix, const sfd_model *m, sfd_plan_mode mode,
                       int threads, double tolerance)
{
    const sfd_tensor_info *info;
    sfd_state *s;
    sfd_error err;
    float *frames = read_recorded(g->io, prefix, "frames", &info);
    if (!frames)
        return;
    must(sfd_state_create_mode(&s, m, (int)info->dims[3], (int)info->dims[2], threads, mode, &err),
         &err);
    fill_inputs(s, frames);
    if (g->config.detection)
        check_detection(g, s, tolerance);
    else
        check_classification(g, prefix, s, tolerance);
    sfd_state_free(s);
    free(frames);
}

static void check_set(golden *g, const sfd_kernels *set, bool exact)
{
    static const char *const prefixes[] = {"", "wide.", "tall."};
    const double tolerance = exact ? EXACT_TOLERANCE : FAST_TOLERANCE;
    sfd_model *m;
    sfd_error err;
    g->worst_stage = g->worst_score = 0;
    g->n_stages = 0;
    const sfd_prepare_settings settings = {g->weights, set, exact, SFD_PRECISION_F32};
    must(sfd_model_create(&m, &g->config, &settings, &err), &err);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        check_clip(g, prefixes[i], m, SFD_PLAN_KEEP_ALL, 2, tolerance);
    sfd_model_free(m);
    assert_true(g->n_stages >= 8);
    print_message("%-16s %-7s %-6s %3zu stages within %.1e, scores within %.1e\n", g->name,
                  sfd_cpu_name(set->needs), exact ? "exact" : "fast", g->n_stages, g->worst_stage,
                  g->worst_score);
}

/* Scores of the recorded clip on maps of bfloat16: they move, but little. */
static void check_bf16(golden *g, const sfd_kernels *set, bool exact)
{
    const sfd_tensor_info *info;
    sfd_error err;
    sfd_model *m;
    sfd_state *s;
    float *want = read_recorded(g->io, "", "scores", &info), *scores, *frames;
    const size_t n = info->n_elements, classes = (size_t)g->config.num_classes;
    const sfd_prepare_settings settings = {g->weights, set, exact, SFD_PRECISION_BF16};
    must(sfd_model_create(&m, &g->config, &settings, &err), &err);
    frames = read_recorded(g->io, "", "frames", &info);
    must(sfd_state_create(&s, m, (int)info->dims[3], (int)info->dims[2], 2, &err), &err);
    fill_inputs(s, frames);
    scores = malloc(n * sizeof *scores);
    assert_non_null(scores);
    float *corners = g->config.detection ? read_recorded(g->io, "", "boxes", &info) : NULL;
    sfd_box_px *boxes = corners ? malloc(n / classes * sizeof *boxes) : NULL;
    for (size_t i = 0; boxes && i < n / classes; i++)
        boxes[i] = (sfd_box_px){corners[4 * i], corners[4 * i + 1], corners[4 * i + 2],
                                corners[4 * i + 3]};
    must(sfd_state_run_filled(s, boxes, boxes ? n / classes : 0, scores, NULL, &err), &err);
    const double d = distance(want, scores, n, false);
    print_message("%-16s %-11s %-6s bf16: scores within %.1e\n", g->name, sfd_cpu_name(set->needs),
                  exact ? "exact" : "fast", d);
    if (!(d > 1e-6 && d < BF16_TOLERANCE))
        fail_msg("%s: scores differ by %g", g->name, d);
    sfd_state_free(s);
    sfd_model_free(m);
    free(want);
    free(scores);
    free(frames);
    free(corners);
    free(boxes);
}

static void check_case(const char *name)
{
    golden g;
    open_golden(&g, name);
    const sfd_kernels *set;
    for (size_t i = 0; (set = next_float_set(&i));)
        for (int exact = 0; exact < 2; exact++) {
            if (EMULATED && (exact || set != sfd_kernels_get(sfd_cpu_detect())))
                continue;
            check_set(&g, set, exact);
            check_bf16(&g, set, exact);
        }
    close_golden(&g);
}

/* Sharing memory between tensors changes no score, and neither does the number of threads. */
static void test_shared_memory(void **state)
{
    (void)state;
    golden g;
    open_golden(&g, "sf_r50");
    const sfd_tensor_info *info, *box_info;
    sfd_error err;
    float *frames = read_recorded(g.io, "", "frames", &info),
          *boxes = read_recorded(g.io, "", "boxes", &box_info);
    const size_t n = box_info->dims[0] * (size_t)g.config.num_classes;
    float *scores[4];
    sfd_model *m;
    const sfd_prepare_settings settings = {.weights = g.weights,
                                           .kernels = sfd_kernels_get(sfd_cpu_detect())};
    must(sfd_model_create(&m, &g.config, &settings, &err), &err);
    for (int i = 0; i < 4; i++) {
        sfd_state *s;
        scores[i] = malloc(n * sizeof **scores);
        assert_non_null(scores[i]);
        must(sfd_state_create_mode(&s, m, (int)info->dims[3], (int)info->dims[2], 1 + i % 2,
                                   i / 2 ? SFD_PLAN_SHARE : SFD_PLAN_KEEP_ALL, &err),
             &err);
        fill_inputs(s, frames);
        must(sfd_state_run_filled(s, (const sfd_box_px *)(const void *)boxes, box_info->dims[0],
                                  scores[i], NULL, &err),
             &err);
        sfd_state_free(s);
        assert_memory_equal(scores[i], scores[0], n * sizeof **scores);
    }
    for (int i = 0; i < 4; i++)
        free(scores[i]);
    sfd_model_free(m);
    free(frames);
    free(boxes);
    close_golden(&g);
}

#define CASE(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        check_case(#name);                                                                         \
    }

CASE(sf_r50)
CASE(sf_r101_nl)
CASE(slow_r50)
CASE(kinetics_sf_r50)
CASE(kinetics_nln)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sf_r50),       cmocka_unit_test(test_sf_r101_nl),
        cmocka_unit_test(test_slow_r50),     cmocka_unit_test(test_kinetics_sf_r50),
        cmocka_unit_test(test_kinetics_nln), cmocka_unit_test(test_shared_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
