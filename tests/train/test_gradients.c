/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of layer against finite differences: a 1x1x1 convolution feeds the layer, so that its
 * weights' gradient tests the gradient of the layer's input. */
#include "graph/ops/attention.h"
#include "graph/ops/conv.h"
#include "graph/ops/max_pool.h"
#include "train/classifier.h"
#include "train/heads/head.h"
#include "train/op.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/random.h"

#define BATCH      3
#define THREADS    2
#define HASH_PRIME 0x100000001b3u /* FNV-1a */

/* A network of a few layers, put together by hand. */
typedef struct tiny {
    sfd_net net;
    int lead; /* the lead-in's output */
    sfd_team *team;
    sfd_params params;
    sfd_train_graph graph;
    sfd_train_head head;
    sfd_train_classifier classifier;
    bool with_head;
    int height, width;
    float *weights; /* of the loss, one for every output value; without a head */
    size_t n_out;
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
    t->lead = sfd_graph_add_conv(&t->net.graph, "lead", &lead, 0, SFD_NO_TENSOR);
}

static void finish(tiny *t, bool with_head, test_random *r)
{
    sfd_error err;
    sfd_graph_add_output(&t->net.graph, "output", (int)t->net.graph.n_tensors - 1);
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
    const sfd_batch_map out = sfd_train_values(&t->graph, t->net.graph.outputs[0].tensor);
    t->n_out = BATCH * out.positions * out.channels;
    t->weights = malloc(t->n_out * sizeof *t->weights);
    random_fill_reals(r, t->weights, t->n_out);
    t->with_head = with_head;
    if (with_head) {
        assert_int_equal(sfd_train_head_create(&t->head, &t->net, &t->graph, t->team, &err),
                         SFD_OK);
        assert_int_equal(
            sfd_train_classifier_create(&t->classifier, &t->head.desc, &t->params, 0.3, &err),
            SFD_OK);
    }
}

static void end(tiny *t)
{
    if (t->with_head) {
        sfd_train_head_free(&t->head);
        sfd_train_classifier_free(&t->classifier);
    }
    sfd_train_graph_free(&t->graph);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_graph_free(&t->net.graph);
    free(t->weights);
}

/* Weighted sum of the outputs; gradient: of the outputs into the graph. */
static double sum_loss(tiny *t)
{
    const sfd_batch_map out = sfd_train_values(&t->graph, t->net.graph.outputs[0].tensor);
    const sfd_batch_map d = sfd_train_grads(&t->graph, t->net.graph.outputs[0].tensor);
    double loss = 0;
    for (size_t i = 0; i < t->n_out; i++) {
        const size_t n = i / (out.positions * out.channels);
        const size_t p = i / out.channels % out.positions, c = i % out.channels;
        loss += (double)t->weights[i] * (double)out.x[n * out.sample_floats + p * out.ld + c];
        d.x[n * d.sample_floats + p * d.ld + c] = t->weights[i];
    }
    return loss;
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

static double run(tiny *t)
{
    sfd_train_graph_forward(&t->graph);
    sfd_train_graph_clear_grads(&t->graph);
    return t->with_head ? head_loss(t) : sum_loss(t);
}

/* Which side of every kink the values are on: outputs that ReLU lets through, winners of maxima. */
static uint64_t relu_sides(const tiny *t, const sfd_node *node, uint64_t hash)
{
    const sfd_batch_map y = sfd_train_values(&t->graph, node->output);
    for (size_t j = 0; j < BATCH * y.positions * y.channels; j++) {
        const size_t n = j / (y.positions * y.channels);
        const size_t p = j / y.channels % y.positions, c = j % y.channels;
        hash = (hash ^ (y.x[n * y.sample_floats + p * y.ld + c] > 0)) * HASH_PRIME;
    }
    return hash;
}

static uint64_t max_winners(const tiny *t, const sfd_train_node *node, uint64_t hash)
{
    for (size_t n = 0; n < BATCH; n++) {
        const uint32_t *chosen = sfd_train_kept_sample(&t->graph, node, n);
        for (size_t i = 0; i < node->needs.kept_sample / sizeof *chosen; i++)
            hash = (hash ^ chosen[i]) * HASH_PRIME;
    }
    return hash;
}

static uint64_t take_sides(const tiny *t)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < t->net.graph.n_nodes; i++) {
        const sfd_node *node = &t->net.graph.nodes[i];
        if (node->op == &sfd_op_conv && ((sfd_conv_attributes *)node->attributes)->relu)
            hash = relu_sides(t, node, hash);
        if (node->op == &sfd_op_max_pool)
            hash = max_winners(t, &t->graph.nodes[i], hash);
    }
    const size_t n_maxima =
        t->net.config.detection ? t->head.rows_alloc * t->head.desc.n_features : 0;
    for (size_t i = 0; i < n_maxima; i++)
        hash = (hash ^ t->head.winners[i]) * HASH_PRIME;
    return hash;
}

/* (loss at start + step * d) - (loss at start - step * d), over 2 step. */
static double difference(tiny *t, const char *what, const sfd_param *item, const float *start,
                         const float *d, double step)
{
    double value[2];
    const uint64_t sides = take_sides(t);
    for (int side = 0; side < 2; side++) {
        for (size_t j = 0; j < item->n; j++)
            t->params.value[item->at + j] =
                start[item->at + j] + (float)(side ? step : -step) * d[j];
        value[side] = run(t);
        if (take_sides(t) != sides)
            fail_msg("%s: %s: a step of %g crosses a kink", what, item->name, step);
    }
    memcpy(t->params.value + item->at, start + item->at, item->n * sizeof *start);
    return (value[1] - value[0]) / (2 * step);
}

/* Compares the gradient along random directions, one tensor at a time. Steps must be long because
 * the outputs are float32; Richardson's extrapolation takes out the curvature that they then meet.
 */
static double check(tiny *t, const char *what, double step, double tolerance, test_random *r)
{
    /* below this, a slope is lost in the rounding of the loss */
    const double floor_size = t->with_head ? 1e-3 : 1;
    double worst = 0;
    float *start = malloc(t->params.n_floats * sizeof *start);
    float *grad = malloc(t->params.n_floats * sizeof *grad);
    memset(t->params.grad, 0, t->params.n_floats * sizeof *grad);
    run(t);
    sfd_train_graph_backward(&t->graph);
    memcpy(start, t->params.value, t->params.n_floats * sizeof *start);
    memcpy(grad, t->params.grad, t->params.n_floats * sizeof *grad);
    for (size_t i = 0; i < t->params.n; i++) {
        const sfd_param *item = &t->params.items[i];
        if (!item->learned)
            continue;
        float *d = malloc(item->n * sizeof *d);
        random_fill_reals(r, d, item->n);
        double slope = 0, size = 0;
        for (size_t j = 0; j < item->n; j++) {
            slope += (double)grad[item->at + j] * (double)d[j];
            size += fabs((double)grad[item->at + j] * (double)d[j]);
        }
        const double measured = (4 * difference(t, what, item, start, d, step) -
                                 difference(t, what, item, start, d, 2 * step)) /
                                3;
        const double error = fabs(measured - slope) / (size + floor_size);
        if (!(error <= tolerance))
            fail_msg("%s: %s: slope %g, finite difference %g (%g of the terms)", what, item->name,
                     slope, measured, error);
        worst = fmax(worst, error);
        free(d);
    }
    free(start);
    free(grad);
    return worst;
}

/* ------------------------------------------------------------------ layers */

static sfd_conv_attributes random_conv(test_random *r)
{
    const int groups = random_int(r, 0, 3) == 0 ? 2 : 1;
    sfd_conv_attributes a = sfd_conv_defaults(groups * random_int(r, 1, 9));
    a.groups = groups;
    for (int axis = 0; axis < 3; axis++) {
        a.window.kernel[axis] = random_int(r, 1, axis ? 4 : 3);
        a.window.stride[axis] = random_int(r, 1, 2);
        a.window.dilation[axis] = random_int(r, 1, 2);
        a.window.padding[axis] = random_int(r, 0, a.window.kernel[axis]);
    }
    if (random_int(r, 0, 2) == 0)
        memcpy(a.window.stride, (int[]){1, 1, 1}, sizeof a.window.stride);
    return a;
}

/* Linear: finite differences are exact but for rounding. */
static void test_convolution(void **state)
{
    (void)state;
    test_random r = {1};
    double worst = 0;
    for (int i = 0; i < 60; i++) {
        tiny t;
        char what[64];
        const int channels = 2 * random_int(&r, 1, 9);
        begin(&t, random_int(&r, 5, 6), random_int(&r, 8, 11), random_int(&r, 8, 13), channels);
        sfd_conv_attributes a = random_conv(&r);
        a.bias = random_int(&r, 0, 1);
        sfd_graph_add_conv(&t.net.graph, "tested", &a, t.lead, SFD_NO_TENSOR);
        finish(&t, false, &r);
        snprintf(what, sizeof what, "convolution %d", i);
        worst = fmax(worst, check(&t, what, 0.25, 1e-5, &r));
        end(&t);
    }
    print_message("convolution: %.2g\n", worst);
}

static void test_batch_norm(void **state)
{
    (void)state;
    test_random r = {2};
    double worst = 0;
    for (int i = 0; i < 20; i++) {
        tiny t;
        begin(&t, 3, 5, random_int(&r, 4, 7), 4);
        sfd_conv_attributes a = random_conv(&r);
        memcpy(a.window.stride, (int[]){1, 1, 1}, sizeof a.window.stride);
        memcpy(a.window.padding, (int[]){2, 3, 3}, sizeof a.window.padding);
        strcpy(a.norm, "tested.bn");
        sfd_graph_add_conv(&t.net.graph, "tested", &a, t.lead, SFD_NO_TENSOR);
        finish(&t, false, &r);
        worst = fmax(worst, check(&t, "batch norm", 2e-2, 1e-4, &r));
        end(&t);
    }
    print_message("batch norm: %.2g\n", worst);
}

/* Values of `size` to 1.5 * size with random signs. */
static void fill_away_from_zero(test_random *r, float *x, size_t n, float size)
{
    random_fill_reals(r, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = size * (x[i] < 0 ? x[i] / 2 - 1 : x[i] / 2 + 1);
}

/* Lead-in values of about 1 to 2 in magnitude, with signs that differ from position to position:
 * one input channel is large, the others and the offsets are small. */
static void lead_away_from_zero(tiny *t, test_random *r)
{
    const sfd_param *w = sfd_params_find(&t->params, "lead.weight");
    const sfd_map m = sfd_plan_map(&t->graph.plan, 0, NULL), *in = &m;
    const sfd_param *bias = sfd_params_find(&t->params, "lead.bias");
    for (size_t i = 0; i < w->n; i += 3)
        fill_away_from_zero(r, t->params.value + w->at + i, 1, 1);
    for (size_t i = 0; i < bias->n; i++)
        t->params.value[bias->at + i] *= 0.1f;
    for (size_t n = 0; n < BATCH; n++)
        for (size_t p = 0; p < sfd_map_positions(in); p++) {
            float *x = sfd_train_graph_value(&t->graph, 0, n) + p * in->ld;
            fill_away_from_zero(r, x, 1, 1);
            x[1] *= 0.1f;
            x[2] *= 0.1f;
        }
}

static void set_norm(tiny *t, const char *name, float scale, const float offsets[6], test_random *r)
{
    char full[64];
    snprintf(full, sizeof full, "%s.weight", name);
    const sfd_param *p = sfd_params_find(&t->params, full);
    fill_away_from_zero(r, t->params.value + p->at, p->n, scale);
    snprintf(full, sizeof full, "%s.bias", name);
    p = sfd_params_find(&t->params, full);
    memcpy(t->params.value + p->at, offsets, p->n * sizeof *offsets);
}

/* A block as in the networks: two branches, batch norm, sum, ReLU. The data keep every value away
 * from ReLU's kink, where a finite difference means nothing: the lead-in's signs are mixed, those
 * of the branch's inner map differ by channel, and the sum has channels that are all on, all off,
 * and that follow the shortcut. */
static void test_residual_relu(void **state)
{
    (void)state;
    static const float inner[6] = {1, -1, 1, 1}, sum[6] = {-0.4f, 1, -0.4f, -4, -0.4f, 1};
    test_random r = {7}; /* its differences stay on one side of the kinks */
    double worst = 0;
    for (int i = 0; i < 10; i++) {
        tiny t;
        begin(&t, 4, 9, 8, 6);
        sfd_conv_attributes *lead = t.net.graph.nodes[0].attributes;
        sfd_conv_attributes a = sfd_conv_defaults(4), b = sfd_conv_defaults(6);
        lead->relu = lead->bias = true;
        a.window.kernel[0] = 3;
        a.window.padding[0] = 1;
        a.relu = b.relu = true;
        strcpy(a.norm, "a.bn");
        strcpy(b.norm, "b.bn");
        const int y = sfd_graph_add_conv(&t.net.graph, "a", &a, t.lead, SFD_NO_TENSOR);
        sfd_graph_add_conv(&t.net.graph, "b", &b, y, t.lead);
        finish(&t, false, &r);
        lead_away_from_zero(&t, &r);
        set_norm(&t, "a.bn", 0.2f, inner, &r);
        set_norm(&t, "b.bn", 0.05f, sum, &r);
        worst = fmax(worst, check(&t, "residual", 2e-2, 5e-4, &r));
        end(&t);
    }
    print_message("residual sum, ReLU: %.2g\n", worst);
}

/* Lead-in values at least gap / 4 apart: inputs are permutations of multiples of `gap` in one
 * channel and next to nothing in the others. */
static void lead_far_apart(tiny *t, test_random *r, float gap)
{
    const sfd_param *w = sfd_params_find(&t->params, "lead.weight");
    const sfd_map m = sfd_plan_map(&t->graph.plan, 0, NULL), *in = &m;
    const size_t positions = sfd_map_positions(in);
    for (size_t i = 0; i < w->n; i += 3)
        fill_away_from_zero(r, t->params.value + w->at + i, 1, 0.5f);
    for (size_t n = 0; n < BATCH; n++) {
        float *x = sfd_train_graph_value(&t->graph, 0, n);
        for (size_t p = 0; p < positions; p++) {
            const size_t other = (size_t)random_int(r, 0, (int)p);
            x[p * in->ld] = x[other * in->ld];
            x[other * in->ld] = (float)p * gap;
            x[p * in->ld + 1] *= gap / 8;
            x[p * in->ld + 2] *= gap / 8;
        }
    }
}

/* Linear, as long as the maxima stay where they are: a sample's values lie a fixed distance apart.
 */
static void test_max_pool(void **state)
{
    (void)state;
    test_random r = {4};
    double worst = 0;
    for (int i = 0; i < 20; i++) {
        tiny t;
        begin(&t, 4, 9, random_int(&r, 7, 10), 5);
        sfd_window window = sfd_window_one;
        for (int axis = 0; axis < 3; axis++) {
            window.kernel[axis] = random_int(&r, 1, 3);
            window.stride[axis] = random_int(&r, 1, 3);
            window.padding[axis] = window.kernel[axis] / 2;
        }
        sfd_graph_add_max_pool(&t.net.graph, "pool", &window, t.lead);
        finish(&t, false, &r);
        lead_far_apart(&t, &r, 1.0f / 16);
        worst = fmax(worst, check(&t, "max pooling", 0.05, 2e-5, &r));
        end(&t);
    }
    print_message("max pooling: %.2g\n", worst);
}

/* Two convolutions write one map's channels; another reads all of it. */
static void test_concatenation(void **state)
{
    (void)state;
    test_random r = {5};
    tiny t;
    begin(&t, 3, 6, 5, 4);
    const sfd_conv_attributes left = sfd_conv_defaults(5), reader = sfd_conv_defaults(6);
    sfd_conv_attributes right = sfd_conv_defaults(3);
    right.window.kernel[0] = 3;
    right.window.padding[0] = 1;
    strcpy(right.norm, "right.bn");
    const int a = sfd_graph_add_conv(&t.net.graph, "left", &left, t.lead, SFD_NO_TENSOR);
    const int b = sfd_graph_add_conv(&t.net.graph, "right", &right, t.lead, SFD_NO_TENSOR);
    const int both = sfd_graph_concat(&t.net.graph, a, b);
    sfd_graph_add_conv(&t.net.graph, "reader", &reader, both, SFD_NO_TENSOR);
    finish(&t, false, &r);
    print_message("concatenation: %.2g\n", check(&t, "concatenation", 2e-2, 1e-4, &r));
    end(&t);
}

static void test_attention(void **state)
{
    (void)state;
    test_random r = {6};
    for (int i = 0; i < 8; i++) {
        tiny t;
        begin(&t, 4, 5, 3, 4);
        const sfd_attention_attributes a = {.pieces = i % 4 / 2 + 1, .softmax = i % 2};
        const sfd_conv_attributes conv = sfd_conv_defaults(6);
        static const char *const names[] = {"theta", "phi", "g"};
        int inputs[3];
        for (int k = 0; k < 3; k++)
            inputs[k] = sfd_graph_add_conv(&t.net.graph, names[k], &conv, t.lead, SFD_NO_TENSOR);
        sfd_graph_add_attention(&t.net.graph, "attention", &a, inputs);
        finish(&t, false, &r);
        print_message("attention, %s, %d pieces: %.2g\n", i % 2 ? "softmax" : "dot product",
                      a.pieces, check(&t, "attention", 2e-2, 1e-4, &r));
        end(&t);
    }
}

static void check_head(bool detection, bool softmax, bool aligned, uint64_t seed)
{
    test_random r = {seed};
    tiny t;
    begin(&t, 3, 7, 6, 9);
    t.net.config.detection = detection;
    t.net.config.aligned = aligned;
    t.net.config.head_act = softmax ? SFD_HEAD_SOFTMAX : SFD_HEAD_SIGMOID;
    finish(&t, true, &r);
    lead_far_apart(&t, &r, 1.0f / 64);
    print_message("%s head, %s, aligned %d: %.2g\n", detection ? "RoI" : "classification",
                  softmax ? "softmax" : "sigmoid", aligned, check(&t, "head", 2e-2, 1e-4, &r));
    end(&t);
}

static void test_heads(void **state)
{
    (void)state;
    check_head(true, false, true, 7);
    check_head(true, false, false, 8);
    check_head(true, true, true, 9);
    check_head(false, true, true, 10);
    check_head(false, false, true, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution),   cmocka_unit_test(test_batch_norm),
        cmocka_unit_test(test_residual_relu), cmocka_unit_test(test_max_pool),
        cmocka_unit_test(test_concatenation), cmocka_unit_test(test_attention),
        cmocka_unit_test(test_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
