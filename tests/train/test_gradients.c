/* SPDX-License-Identifier: Apache-2.0 */
/* Heads against finite differences: a 1x1x1 convolution feeds the head, so that its weights'
 * gradient tests the gradient of the head's maps. (Operations: tests/graph/test_ops.c.) */
#include "graph/ops/conv.h"
#include "train/classifier.h"
#include "train/heads/head.h"
#include "train/op.h"

#include "support/slopes.h"

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
    int height, width;
} tiny;

/* Starts with a lead-in convolution to `channels`. */
static void begin(tiny *t, int frames, int height, int width, int channels)
{
    *t = (tiny){.height = height, .width = width};
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

static void finish(tiny *t, test_random *r)
{
    sfd_error err;
    assert_int_equal(sfd_team_create(&t->team, THREADS, &err), SFD_OK);
    assert_false(t->net.graph.failed);
    assert_int_equal(sfd_params_create(&t->params, &t->net, &err), SFD_OK);
    random_fill_reals(r, t->params.value, t->params.n_floats);
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
        sfd_train_classifier_create(&t->classifier, &t->head.desc, &t->params, 0.3, &err), SFD_OK);
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

static void check_head(bool detection, bool softmax, bool aligned, sfd_classifier_kind classifier,
                       uint64_t seed)
{
    test_random r = {seed};
    tiny t;
    begin(&t, 3, 7, 6, 9);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_heads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
