/* SPDX-License-Identifier: Apache-2.0 */
/* Heads against finite differences: a 1x1x1 convolution feeds the head, so that its weights'
 * gradient tests the gradient of the head's maps. (Operations: tests/graph/test_ops.c.) */
#include "graph/ops/conv.h"
#include "train/classifier.h"
#include "train/heads/head.h"
#include "train/op.h"

#include "support/slopes.h"

#include <sfdet/train.h>

#include <stdio.h>

#define BATCH   3
#define THREADS 2

/* A convolution and a head. */
typedef struct tiny {
    sfd_net net;
    sfd_team *team;
    sfd_params params;
    sfd_train_graph graph;
    sfd_train_head head;
    sfd_train_classifier classifier;
    sfd_loss_settings loss;
    bool freeze_lead;
    int height, width;
} tiny;

/* Starts with a lead-in convolution to `channels`. */
static void begin(tiny *t, int frames, int height, int width, int channels)
{
    *t = (tiny){.height = height, .width = width, .loss.focal_alpha = 1};
    t->net.n_pathways = 1;
    t->net.config.num_frames = frames;
    t->net.config.num_classes = 5;
    t->net.config.roi_resolution = 3;
    t->net.config.spatial_scale_factor = 2;
    strcpy(t->net.config.name, "tiny");
    strcpy(t->net.graph.name, "tiny");
    sfd_graph_add_input(&t->net.graph, "input", 3, frames);
    const sfd_conv_attributes lead = sfd_conv_defaults(channels);
    const int x = sfd_graph_add_conv(&t->net.graph, "lead", &lead, 0, SFD_NO_TENSOR);
    sfd_graph_add_output(&t->net.graph, "output", x);
}

/* Behind the lead-in a convolution of res2 with batch norm, its residual sum and ReLU. */
static void begin_with_stage(tiny *t, int frames, int height, int width, int channels)
{
    begin(t, frames, height, width, channels);
    sfd_conv_attributes conv = sfd_conv_defaults(channels);
    const int x = t->net.graph.outputs[0].tensor;
    conv.bias = false;
    conv.activation = SFD_ACTIVATION_RELU;
    snprintf(conv.norm, sizeof conv.norm, "s2.conv_bn");
    t->net.graph.outputs[0].tensor = sfd_graph_add_conv(&t->net.graph, "s2.conv", &conv, x, x);
}

static void finish_frozen(tiny *t, test_random *r, unsigned stages)
{
    sfd_error err;
    assert_int_equal(sfd_team_create(&t->team, THREADS, &err), SFD_OK);
    assert_false(t->net.graph.failed);
    assert_int_equal(sfd_params_create(&t->params, &t->net, &err), SFD_OK);
    random_fill_reals(r, t->params.value, t->params.n_floats);
    sfd_params_freeze(&t->params, stages);
    for (size_t i = 0; t->freeze_lead && i < t->params.n; i++)
        t->params.items[i].frozen |= strncmp(t->params.items[i].name, "lead.", 5) == 0;
    if (sfd_train_graph_create(&t->graph, &t->net.graph, &t->params,
                               sfd_kernels_get(sfd_cpu_detect()), BATCH, t->height, t->width,
                               t->team, &err) != SFD_OK)
        fail_msg("%s", err.message);
    const sfd_map m = sfd_plan_map(&t->graph.plan, 0, NULL), *in = &m;
    for (size_t n = 0; n < BATCH; n++)
        random_fill_reals(r, sfd_train_graph_value(&t->graph, 0, n),
                          sfd_map_positions(in) * in->ld);
    assert_int_equal(sfd_train_head_create(&t->head, &t->net, &t->graph, t->team, &err), SFD_OK);
    assert_int_equal(
        sfd_train_classifier_create(&t->classifier, &t->head.desc, &t->params, 0.3, &t->loss, &err),
        SFD_OK);
}

static void finish(tiny *t, test_random *r)
{
    finish_frozen(t, r, 0);
}

static void end(tiny *t)
{
    sfd_train_head_free(&t->head);
    sfd_train_classifier_free(&t->classifier);
    sfd_train_graph_free(&t->graph);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_graph_free(&t->net.graph);
}

static double head_loss(tiny *t)
{
    static const sfd_box_px boxes[] = {{0, 0, 9, 7.5f}, {2, 1, 6, 10}, {3.3f, 2.2f, 12.9f, 12},
                                       {-3, -2, 5, 30}, {4, 4, 4, 4},  {1, 0, 13, 9}};
    static const size_t first[BATCH + 1] = {0, 3, 3, 6};
    const sfd_batch_boxes all = {boxes, first};
    const size_t n = t->net.config.detection ? first[BATCH] : BATCH;
    float targets[6 * 5];
    double loss;
    sfd_error err;
    for (size_t i = 0; i < n * 5; i++)
        targets[i] = t->classifier.softmax ? i % 5 == i / 5 % 5 : i * 7 % 3 == 0;
    assert_int_equal(sfd_train_head_forward(&t->head, &all, &err), SFD_OK);
    assert_int_equal(sfd_train_classifier_step(&t->classifier, t->head.features, targets, n,
                                               sfd_stream(1, SFD_STREAM_DROPOUT, 2, 3),
                                               t->head.d_features, &loss, &err),
                     SFD_OK);
    sfd_train_head_backward(&t->head, &all);
    return loss;
}

static double forward(void *user)
{
    tiny *t = user;
    sfd_train_graph_forward(&t->graph);
    sfd_train_graph_clear_grads(&t->graph);
    return head_loss(t);
}

static void backward(void *user)
{
    tiny *t = user;
    sfd_train_graph_backward(&t->graph);
}

/* Winners of the maxima. */
static uint64_t sides(void *user)
{
    const tiny *t = user;
    uint64_t hash = 0;
    const size_t n = t->net.config.detection ? t->head.rows_alloc * t->head.desc.n_features : 0;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ t->head.winners[i]) * HASH_PRIME;
    const size_t n_hidden = t->classifier.rows_alloc * t->classifier.n_hidden;
    for (size_t i = 0; i < n_hidden; i++)
        hash = (hash ^ (t->classifier.hidden[i] > 0)) * HASH_PRIME;
    return hash;
}

/* Lead-in values at least gap / 4 apart. */
static void lead_far_apart(tiny *t, test_random *r, float gap)
{
    const sfd_param *w = sfd_params_find(&t->params, "lead.weight");
    const sfd_batch_map picture = sfd_train_values(&t->graph, 0);
    for (size_t i = 0; i < w->n; i += 3)
        fill_away_from_zero(r, t->params.value + w->at + i, 1, 0.5f);
    for (size_t n = 0; n < BATCH; n++)
        spread_positions(r, picture.x + n * picture.sample_floats, picture.positions, picture.ld,
                         gap);
}

/* Values between a classifier's layers that stay on their side of ReLU's kink. */
static void hidden_away_from_zero(tiny *t)
{
    const sfd_param *weight = &t->params.items[t->params.first_head], *bias = weight + 1;
    for (size_t i = 0; t->classifier.n_hidden > 0 && i < weight->n; i++)
        t->params.value[weight->at + i] *= 0.125f;
    for (size_t i = 0; t->classifier.n_hidden > 0 && i < bias->n; i++)
        t->params.value[bias->at + i] = i % 2 ? 1.5f : -1.5f;
}

static void check_head_with(const sfd_loss_settings *loss, bool detection, bool softmax,
                            bool aligned, sfd_classifier_kind classifier, uint64_t seed)
{
    test_random r = {seed};
    tiny t;
    begin(&t, 3, 7, 6, 9);
    t.loss = *loss;
    t.net.config.detection = detection;
    t.net.config.aligned = aligned;
    t.net.config.classifier = classifier;
    t.net.config.head_act = softmax ? SFD_HEAD_SOFTMAX : SFD_HEAD_SIGMOID;
    finish(&t, &r);
    lead_far_apart(&t, &r, 1.0f / 64);
    hidden_away_from_zero(&t);
    const slope_check check = {.what = "head",
                               .params = &t.params,
                               .forward = forward,
                               .backward = backward,
                               .sides = sides,
                               .user = &t,
                               .step = 2e-2,
                               .tolerance = 1e-4,
                               .floor_size = 1e-3};
    print_message("%s head, %s, aligned %d, %d layers: %.2g\n",
                  detection ? "RoI" : "classification", softmax ? "softmax" : "sigmoid", aligned,
                  t.head.desc.classifier.n_layers, check_slopes(&check, &r));
    end(&t);
}

static void check_head(bool detection, bool softmax, bool aligned, sfd_classifier_kind classifier,
                       uint64_t seed)
{
    const sfd_loss_settings loss = {.focal_alpha = 1};
    check_head_with(&loss, detection, softmax, aligned, classifier, seed);
}

static void test_losses(void **state)
{
    (void)state;
    static const float weights[] = {1, 0.5f, 3, 2, 0.25f};
    const sfd_loss_settings focal = {2, 0.25, NULL}, weighted = {0, 1, weights},
                            both = {1.5, 3, weights};
    check_head_with(&focal, true, false, true, SFD_CLASSIFIER_LINEAR, 21);
    check_head_with(&weighted, true, false, true, SFD_CLASSIFIER_LINEAR, 22);
    check_head_with(&weighted, false, true, true, SFD_CLASSIFIER_LINEAR, 23);
    check_head_with(&both, true, false, true, SFD_CLASSIFIER_MLP, 24);
}

/* Gradients go through a frozen stage, which normalises by what it has seen before; nothing of it
 * changes. */
static void test_frozen_stage(void **state)
{
    (void)state;
    test_random r = {31};
    tiny t;
    begin_with_stage(&t, 2, 5, 6, 8);
    t.net.config.detection = true;
    t.net.config.aligned = true;
    t.net.config.head_act = SFD_HEAD_SIGMOID;
    finish_frozen(&t, &r, SFD_STAGE_RES2);
    lead_far_apart(&t, &r, 1.0f / 64);
    const sfd_param *gain = sfd_params_find(&t.params, "s2.conv_bn.weight");
    const sfd_param *mean = sfd_params_find(&t.params, "s2.conv_bn.running_mean");
    const sfd_param *var = sfd_params_find(&t.params, "s2.conv_bn.running_var");
    for (size_t i = 0; i < gain->n; i++) {
        t.params.value[gain->at + i] = 0.5f + (float)i / 8;
        t.params.value[mean->at + i] = -50; /* all on one side of ReLU's kink */
        t.params.value[var->at + i] = 4 + (float)i;
    }
    const float kept[] = {t.params.value[mean->at], t.params.value[var->at]};
    const slope_check check = {.what = "frozen stage",
                               .params = &t.params,
                               .forward = forward,
                               .backward = backward,
                               .sides = sides,
                               .user = &t,
                               .step = 2e-2,
                               .tolerance = 1e-4,
                               .floor_size = 1e-3};
    print_message("frozen stage: %.2g\n", check_slopes(&check, &r));
    for (size_t i = 0; i < t.params.n; i++)
        for (size_t j = 0; t.params.items[i].frozen && j < t.params.items[i].n; j++)
            assert_true(t.params.grad[t.params.items[i].at + j] == 0);
    assert_true(kept[0] == t.params.value[mean->at] && kept[1] == t.params.value[var->at]);
    assert_true(t.graph.nodes[1].frozen && t.graph.nodes[1].learns);
    end(&t);
}

/* Behind the convolution of res2 one of res3, with a residual sum of its own. */
static void begin_with_two_stages(tiny *t)
{
    begin_with_stage(t, 2, 5, 6, 8);
    sfd_conv_attributes conv = sfd_conv_defaults(8);
    const int x = t->net.graph.outputs[0].tensor;
    snprintf(conv.norm, sizeof conv.norm, "s3.conv_bn");
    t->net.graph.outputs[0].tensor = sfd_graph_add_conv(&t->net.graph, "s3.conv", &conv, x, x);
    t->net.config.detection = true;
    t->net.config.head_act = SFD_HEAD_SIGMOID;
}

static void set_variances(tiny *t)
{
    const sfd_param *var = sfd_params_find(&t->params, "s2.conv_bn.running_var");
    for (size_t i = 0; i < var->n; i++)
        t->params.value[var->at + i] = 1 + (float)i / 4;
}

/* What comes before all that learns is run as inference runs it: with the values that training has,
 * by the same statistics, and what is behind it learns as ever. */
static void test_behind_frozen_start(void **state)
{
    (void)state;
    tiny a, b;
    test_random r = {33}, same = {33};
    sfd_error err;
    begin_with_two_stages(&a);
    a.freeze_lead = true;
    finish_frozen(&a, &r, SFD_STAGE_RES2);
    begin_with_two_stages(&b);
    finish_frozen(&b, &same, SFD_STAGE_RES2);
    assert_true(a.graph.nodes[1].before && !a.graph.nodes[2].before && !b.graph.nodes[1].before);
    set_variances(&a);
    set_variances(&b);
    assert_int_equal(sfd_train_graph_prepare(&a.graph, &err), SFD_OK);
    sfd_train_graph_forward(&a.graph);
    sfd_train_graph_forward(&b.graph);
    const sfd_batch_map got = sfd_train_values(&a.graph, a.net.graph.outputs[0].tensor);
    const sfd_batch_map want = sfd_train_values(&b.graph, b.net.graph.outputs[0].tensor);
    for (size_t i = 0; i < BATCH * got.positions * got.channels; i++) {
        const size_t p = i / got.channels, n = p / got.positions, c = i % got.channels;
        assert_true(fabsf(got.x[n * got.sample_floats + p % got.positions * got.ld + c] -
                          want.x[n * want.sample_floats + p % want.positions * want.ld + c]) <
                    1e-5f);
    }
    assert_true(a.graph.plan.arena_bytes < b.graph.plan.arena_bytes);
    end(&b);
    const slope_check check = {.what = "behind a frozen start",
                               .params = &a.params,
                               .forward = forward,
                               .backward = backward,
                               .sides = sides,
                               .user = &a,
                               .step = 1e-3,
                               .tolerance = 1e-4,
                               .floor_size = 1e-1};
    print_message("behind a frozen start: %.2g\n", check_slopes(&check, &r));
    end(&a);
}

/* What only frozen parameters would need is not computed. */
static void test_frozen_start(void **state)
{
    (void)state;
    test_random r = {32};
    tiny t;
    sfd_error err;
    begin_with_stage(&t, 2, 5, 6, 8);
    t.net.config.detection = true;
    t.net.config.head_act = SFD_HEAD_SIGMOID;
    t.freeze_lead = true;
    finish_frozen(&t, &r, SFD_STAGE_RES2);
    assert_false(t.graph.nodes[0].learns || t.graph.nodes[1].learns);
    const sfd_param *var = sfd_params_find(&t.params, "s2.conv_bn.running_var");
    for (size_t i = 0; i < var->n; i++)
        t.params.value[var->at + i] = 1;
    assert_int_equal(sfd_train_graph_prepare(&t.graph, &err), SFD_OK);
    forward(&t);
    backward(&t);
    for (size_t j = 0; j < t.params.items[t.params.first_head].at; j++)
        assert_true(t.params.grad[j] == 0);
    bool learns = false;
    for (size_t j = t.params.items[t.params.first_head].at; j < t.params.n_floats; j++)
        learns |= isfinite(t.params.grad[j]) && t.params.grad[j] != 0;
    assert_true(learns);
    end(&t);
}

static void test_heads(void **state)
{
    (void)state;
    check_head(true, false, true, SFD_CLASSIFIER_LINEAR, 7);
    check_head(true, false, false, SFD_CLASSIFIER_LINEAR, 8);
    check_head(true, true, true, SFD_CLASSIFIER_LINEAR, 9);
    check_head(false, true, true, SFD_CLASSIFIER_LINEAR, 10);
    check_head(false, false, true, SFD_CLASSIFIER_LINEAR, 11);
    check_head(true, false, true, SFD_CLASSIFIER_MLP, 12);
    check_head(false, true, true, SFD_CLASSIFIER_MLP, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_frozen_stage),
        cmocka_unit_test(test_frozen_start),
        cmocka_unit_test(test_behind_frozen_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
