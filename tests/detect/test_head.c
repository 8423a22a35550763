/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of small networks: which runs they refuse, and the features behind the scores. */
#include "detect/params.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "support/golden.h"
#include "support/random.h"

#define SIDE   64
#define FRAMES 2

/* A network of 8 channels and random weights, with 5 classes. */
static sfd_model *small_model(bool detection)
{
    sfd_net_config c;
    sfd_net net;
    sfd_weights *weights;
    sfd_model *m;
    sfd_error err;
    sfd_net_config_defaults(&c);
    sfd_net_config_set_depth(&c, 18);
    c.arch = SFD_ARCH_SLOW;
    c.width_per_group = 8;
    c.num_frames = FRAMES;
    c.num_classes = 5;
    c.train_crop_size = c.test_crop_size = SIDE;
    c.head_act = detection ? SFD_HEAD_SIGMOID : SFD_HEAD_SOFTMAX;
    c.detection = detection;
    must(sfd_net_build(&net, &c, &err), &err);
    must(sfd_random_weights(&weights, &net, 1, &err), &err);
    const sfd_prepare_settings settings = {.weights = weights,
                                           .kernels = sfd_kernels_get(sfd_cpu_detect())};
    must(sfd_model_create(&m, &c, &settings, &err), &err);
    sfd_weights_close(weights);
    sfd_net_free(&net);
    return m;
}

/* A clip of noise, wide enough for two windows. */
static sfd_status run(sfd_state *s, const sfd_box_px *boxes, size_t n_boxes, float *scores,
                      sfd_error *err)
{
    static uint8_t pixels[FRAMES][SIDE][2 * SIDE][3];
    const uint8_t *frames[FRAMES];
    for (size_t i = 0; i < sizeof pixels; i++)
        (&pixels[0][0][0][0])[i] = (uint8_t)(i * 2654435761u >> 13);
    for (int i = 0; i < FRAMES; i++)
        frames[i] = &pixels[i][0][0][0];
    return sfd_state_run(s, frames, sizeof pixels[0][0], boxes, n_boxes, scores, err);
}

static const sfd_box_px boxes[2] = {{3, 5, 40, 60}, {60, 0, 127, 63}};

static void test_boxes(void **state)
{
    (void)state;
    float scores[10], *features;
    sfd_model_info info;
    sfd_state *s;
    sfd_error err;
    sfd_model *m = small_model(true);
    must(sfd_state_create(&s, m, 2 * SIDE, SIDE, 2, &err), &err);
    info = *sfd_model_get_info(m);
    assert_int_equal(info.n_features, 8 * 4 << 3);
    features = malloc(2 * (size_t)info.n_features * sizeof *features);
    must(run(s, boxes, 2, scores, &err), &err);
    sfd_state_features(s, features);

    /* the scores follow from the features */
    float logits[10];
    sfd_classifier_project(&m->head.classifier, features, 2, NULL, logits);
    for (int i = 0; i < 10; i++)
        assert_float_equal(scores[i], 1 / (1 + exp(-(double)logits[i])), 1e-6);

    /* without a run that had boxes there are none */
    features[0] = -7;
    must(run(s, NULL, 0, scores, &err), &err);
    sfd_state_features(s, features);
    assert_true(features[0] == -7);
    assert_int_equal(run(s, NULL, 2, scores, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "boxes are missing"));
    sfd_state_features(s, features);
    assert_true(features[0] == -7);
    free(features);
    sfd_state_free(s);
    sfd_model_free(m);
}

static void test_clip(void **state)
{
    (void)state;
    float scores[5], *features;
    sfd_model_info info;
    sfd_state *s;
    sfd_error err;
    sfd_model *m = small_model(false);
    info = *sfd_model_get_info(m);
    assert_int_equal(sfd_state_create(&s, m, SIDE, SIDE / 2, 1, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "(DATA.TRAIN_CROP_SIZE)"));
    must(sfd_state_create(&s, m, 2 * SIDE, SIDE, 2, &err), &err);
    const size_t n = (size_t)info.n_features;
    features = malloc(n * sizeof *features);
    must(run(s, NULL, 0, scores, &err), &err);
    assert_int_equal(s->n_rows, 3); /* maps of 2 x 4 positions, windows of 2 x 2 */
    sfd_state_features(s, features);
    for (size_t i = 0; i < n; i++)
        assert_float_equal(
            features[i], (s->features[i] + s->features[n + i] + s->features[2 * n + i]) / 3, 1e-5);
    assert_int_equal(run(s, boxes, 2, scores, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "takes no boxes"));
    free(features);
    sfd_state_free(s);
    sfd_model_free(m);
}

#define MAP_FRAMES   3
#define MAP_CHANNELS 8

/* Features of both boxes (or of the clip) from some frames of a map of noise. */
static void map_features(const sfd_net_config *c, const sfd_box_px *rois, int shrink, int first,
                         int n_frames, float *features)
{
    static float values[MAP_FRAMES][6][5][MAP_CHANNELS + 4];
    const sfd_head_kind *kind = c->detection ? &sfd_roi_head : &sfd_clip_head;
    const sfd_map map = {.size = {n_frames, 6, 5},
                         .channels = MAP_CHANNELS,
                         .ld = MAP_CHANNELS + 4,
                         .data = values[first]};
    const sfd_head_desc d = {.kind = kind,
                             .config = c,
                             .n_pathways = 1,
                             .shrink = {shrink},
                             .n_features = kind->n_features(c, MAP_CHANNELS)};
    const sfd_head_memory m = kind->memory(&d, &map);
    sfd_team *team;
    sfd_error err;
    size_t n_rows;
    for (size_t i = 0; i < sizeof values / sizeof(float); i++)
        (&values[0][0][0][0])[i] = (float)(uint8_t)(i * 2654435761u >> 13) - 128;
    must(sfd_team_create(&team, 1, &err), &err);
    sfd_head_run r = {.maps = &map,
                      .boxes = rois,
                      .n_boxes = c->detection ? 2 : 0,
                      .kernels = sfd_kernels_get(sfd_cpu_detect()),
                      .team = team,
                      .shared = calloc(m.shared + 1, sizeof(float)),
                      .scratch = calloc(m.per_thread + 1, sizeof(float)),
                      .scratch_floats = m.per_thread};
    must(kind->n_rows(&n_rows, &d, &map, rois, r.n_boxes, &err), &err);
    assert_int_equal(n_rows, c->detection ? 2 : 1);
    kind->features(&d, &r, features);
    free(r.shared);
    free(r.scratch);
    sfd_team_destroy(team);
}

/* A maximum over time behind RoIAlign is the largest of what the frames give by themselves. */
static void test_time_behind_roi(void **state)
{
    (void)state;
    sfd_net_config c;
    float all[2 * 2 * MAP_CHANNELS], one[MAP_FRAMES][2 * 2 * MAP_CHANNELS];
    sfd_net_config_defaults(&c);
    c.detection = true;
    c.roi_resolution = 3;
    for (int context = 0; context < 2; context++) {
        const int n = 2 * MAP_CHANNELS * (1 + context);
        c.global_context = context;
        c.temporal_max_roi = false;
        for (int t = 0; t < MAP_FRAMES; t++)
            map_features(&c, boxes, 1, t, 1, one[t]);
        c.temporal_max_roi = true;
        map_features(&c, boxes, 1, 0, MAP_FRAMES, all);
        for (int i = 0; i < n; i++)
            assert_true(all[i] == fmaxf(one[0][i], fmaxf(one[1][i], one[2][i])));
    }
}

/* MULTIGRID.SHORT_CYCLE: one window, whatever the training crop's size was. */
static void test_global_pool(void **state)
{
    (void)state;
    sfd_net_config c;
    float whole[MAP_CHANNELS], frame[MAP_FRAMES][MAP_CHANNELS];
    sfd_net_config_defaults(&c);
    c.global_pool = true;
    map_features(&c, boxes, 1, 0, MAP_FRAMES, whole);
    for (int t = 0; t < MAP_FRAMES; t++)
        map_features(&c, boxes, 1, t, 1, frame[t]);
    for (int i = 0; i < MAP_CHANNELS; i++)
        assert_float_equal(whole[i], (frame[0][i] + frame[1][i] + frame[2][i]) / 3, 1e-4);
}

/* A window covers those positions of a smaller map that it touches. */
static void test_smaller_maps(void **state)
{
    (void)state;
    float slow[1][4][4][1], fast[1][2][2][1], features[2 * 2][2];
    const sfd_net_config c = {.train_crop_size = 3 * 32};
    const sfd_map maps[2] = {{.size = {1, 4, 4}, .channels = 1, .ld = 1, .data = slow},
                             {.size = {1, 2, 2}, .channels = 1, .ld = 1, .data = fast}};
    const sfd_head_desc d = {
        .kind = &sfd_clip_head, .config = &c, .n_pathways = 2, .shrink = {1, 2}, .n_features = 2};
    sfd_head_run r = {.maps = maps, .kernels = sfd_kernels_get(sfd_cpu_detect())};
    size_t n_rows;
    sfd_error err;
    for (int i = 0; i < 16; i++)
        slow[0][i / 4][i % 4][0] = (float)i;
    for (int i = 0; i < 4; i++)
        fast[0][i / 2][i % 2][0] = (float)i;
    must(sfd_team_create(&r.team, 1, &err), &err);
    must(d.kind->n_rows(&n_rows, &d, maps, NULL, 0, &err), &err);
    assert_int_equal(n_rows, 4); /* of 3 x 3 on the slow map */
    d.kind->features(&d, &r, &features[0][0]);
    for (int i = 0; i < 4; i++) {
        assert_float_equal(features[i][0], 5 + 4 * (i / 2) + i % 2, 1e-5);
        assert_float_equal(features[i][1], 1.5, 1e-6); /* each reaches into all four */
    }
    sfd_team_destroy(r.team);
}

/* On a map of half the size boxes are half as large. */
static void test_smaller_rois(void **state)
{
    (void)state;
    sfd_net_config c;
    float full[2 * MAP_CHANNELS], half[2 * MAP_CHANNELS];
    sfd_box_px twice[2];
    sfd_net_config_defaults(&c);
    c.detection = true;
    for (int i = 0; i < 2; i++)
        twice[i] = (sfd_box_px){2 * boxes[i].x1, 2 * boxes[i].y1, 2 * boxes[i].x2, 2 * boxes[i].y2};
    map_features(&c, boxes, 1, 0, 1, full);
    map_features(&c, twice, 2, 0, 1, half);
    assert_memory_equal(full, half, sizeof full);
}

/* Linear, ReLU, linear: in double, with negative values in between. */
static void test_mlp(void **state)
{
    (void)state;
    enum { N = 7, CLASSES = 3, ROWS = 4 };
    const sfd_net_config c = {.num_classes = CLASSES, .classifier = SFD_CLASSIFIER_MLP};
    float w0[N][N], b0[N], w1[CLASSES][N], b1[CLASSES], x[ROWS][N];
    float hidden[ROWS * N], logits[ROWS][CLASSES];
    sfd_classifier mlp = {.weight = {&w0[0][0], &w1[0][0]}, .bias = {b0, b1}};
    test_random r = {1};
    sfd_classifier_describe(&mlp.desc, &c, N);
    assert_int_equal(sfd_classifier_hidden_floats(&mlp.desc), N);
    random_fill_reals(&r, &w0[0][0], N * N);
    random_fill_reals(&r, b0, N);
    random_fill_reals(&r, &w1[0][0], CLASSES * N);
    random_fill_reals(&r, b1, CLASSES);
    random_fill_reals(&r, &x[0][0], ROWS * N);
    sfd_classifier_project(&mlp, &x[0][0], ROWS, hidden, &logits[0][0]);
    int n_cut = 0;
    for (int row = 0; row < ROWS; row++)
        for (int k = 0; k < CLASSES; k++) {
            double logit = (double)b1[k];
            for (int i = 0; i < N; i++) {
                double y = (double)b0[i];
                for (int j = 0; j < N; j++)
                    y += (double)w0[i][j] * (double)x[row][j];
                n_cut += y < 0;
                logit += y > 0 ? y * (double)w1[k][i] : 0;
            }
            assert_float_equal(logits[row][k], logit, 1e-5);
        }
    assert_true(n_cut > 0);
}

static sfd_status keep_name(void *user, const sfd_param_desc *p, sfd_error *err)
{
    char *names = user;
    (void)err;
    sprintf(names + strlen(names), " %s[%zu]", p->name, p->dims[0]);
    return SFD_OK;
}

static void test_mlp_names(void **state)
{
    (void)state;
    const sfd_net_config c = {.num_classes = 3, .classifier = SFD_CLASSIFIER_MLP};
    sfd_classifier_desc d;
    char names[256] = "";
    sfd_classifier_describe(&d, &c, 7);
    assert_int_equal(sfd_classifier_each_param(&d, keep_name, names, NULL), SFD_OK);
    assert_string_equal(names, " head.projection.0.weight[7] head.projection.0.bias[7]"
                               " head.projection.2.weight[3] head.projection.2.bias[3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_boxes),
                                       cmocka_unit_test(test_clip),
                                       cmocka_unit_test(test_time_behind_roi),
                                       cmocka_unit_test(test_global_pool),
                                       cmocka_unit_test(test_smaller_maps),
                                       cmocka_unit_test(test_smaller_rois),
                                       cmocka_unit_test(test_mlp),
                                       cmocka_unit_test(test_mlp_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
