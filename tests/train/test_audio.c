/* SPDX-License-Identifier: Apache-2.0 */
/* Loss, gradients and running statistics of networks that listen against PyTorch's
 * (train/audio.py). */
#include "train/augment.h"
#include "train/classifier.h"
#include "train/heads/head.h"
#include "train/sync.h"

#include "base/file.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "config/load.h"
#include "support/golden.h"
#include "support/made_weights.h"

#define BATCH       2
#define THREADS     2
#define SIDE        64
#define SAMPLES     4
#define WIDTH       64
#define SYNC_STAGES 0x1c
#define TOLERANCE   3    /* times the rounding of PyTorch's own float32 */
#define ONE_TENSOR  0.1  /* the same in the worst of all, a wrong one would be off by 1 */
#define FEW_SIDES   1e-4 /* what it comes to where rounding decides the side of a ReLU somewhere */

typedef struct trained {
    sfd_net net;
    sfd_params params;
    sfd_team *team;
    sfd_train_graph graph;
    sfd_train_head head;
    sfd_train_sync sync;
    sfd_train_classifier classifier;
    double loss;
} trained;

static double number(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key)->valuedouble;
}

/* ------------------------------------------------------------------ what audio.py makes, too */

static void open_network(trained *t, const cJSON *json)
{
    const sfd_loss_settings loss = {.focal_alpha = 1};
    sfd_net_config config;
    sfd_error err;
    const cJSON *p, *params = cJSON_GetObjectItemCaseSensitive(json, "params");
    char path[128];
    uint64_t n = 0;
    *t = (trained){.loss = 0};
    snprintf(path, sizeof path, "networks/%s.yaml",
             cJSON_GetObjectItemCaseSensitive(json, "case")->valuestring);
    must(sfd_net_config_load(&config, path, NULL, &err), &err);
    const bool synchronised = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "synchronised"));
    must(sfd_net_build_synchronised(&t->net, &config, synchronised ? SYNC_STAGES : 0, WIDTH, &err),
         &err);
    must(sfd_params_create(&t->params, &t->net, &err), &err);
    assert_int_equal(cJSON_GetArraySize(params), t->params.n);
    cJSON_ArrayForEach(p, params)
    {
        const sfd_param *item = sfd_params_find(&t->params, cJSON_GetArrayItem(p, 0)->valuestring);
        assert_non_null(item);
        make_weights(t->params.value + item->at, item->name, item->n_dims, item->dims, ++n);
    }
    must(sfd_team_create(&t->team, THREADS, &err), &err);
    must(sfd_train_graph_create(&t->graph, &t->net.graph, &t->params,
                                sfd_kernels_get(sfd_cpu_detect()), BATCH, SIDE, SIDE, t->team,
                                &err),
         &err);
    if (synchronised)
        must(sfd_train_sync_create(&t->sync, &t->net, &t->graph, &(sfd_sync_limits){0.01, 0.99},
                                   &err),
             &err);
    must(sfd_train_head_create(&t->head, &t->net, &t->graph, t->team, &err), &err);
    must(sfd_train_classifier_create(&t->classifier, &t->head.desc, &t->params, 0, &loss, &err),
         &err);
}

static void close_network(trained *t)
{
    sfd_train_classifier_free(&t->classifier);
    sfd_train_head_free(&t->head);
    sfd_train_sync_free(&t->sync);
    sfd_train_graph_free(&t->graph);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_net_free(&t->net);
}

/* Uniform numbers [sample][channel][frame][position] into a pathway's maps. */
static void fill_pathway(trained *t, size_t sample, int p)
{
    const sfd_net *net = &t->net;
    const int tensor = net->graph.inputs[p].tensor;
    const size_t n_frames = (size_t)net->config.num_frames, plane = SIDE * SIDE;
    const sfd_plan_tensor *in = &t->graph.plan.tensors[tensor];
    float *clips = malloc(BATCH * 3 * n_frames * plane * sizeof *clips);
    float *x = sfd_train_graph_value(&t->graph, tensor, sample);
    sfd_random random = {.state = 1001};
    assert_non_null(clips);
    for (size_t i = 0; i < BATCH * 3 * n_frames * plane; i++)
        clips[i] = sfd_random_unit_f32(&random) - 0.5f;
    for (int i = 0; i < in->size[0]; i++)
        for (size_t q = 0; q < 3 * plane; q++)
            x[((size_t)i * plane + q / 3) * in->ld + q % 3] =
                clips[((sample * 3 + q % 3) * n_frames + net->input.pathways[p].frames[i]) * plane +
                      q / 3];
    free(clips);
}

/* Own sounds first, then the others, of which the last is silence. */
static void fill_inputs_of(trained *t)
{
    const sfd_net *net = &t->net;
    const int heard = net->graph.inputs[net->n_pathways].tensor;
    const size_t n = (size_t)(net->input.sound.n_steps * net->input.sound.n_mels);
    sfd_random random = {.state = 1002};
    for (size_t k = 0; k < BATCH * (net->sync_stages ? 2 : 1); k++) {
        float *x = sfd_train_graph_value(&t->graph, heard, k % BATCH) + k / BATCH * n;
        for (size_t i = 0; i < n; i++)
            x[i] = k < 3 ? sfd_random_unit_f32(&random) - 0.5f : 0;
    }
    for (size_t sample = 0; sample < BATCH; sample++)
        for (int p = 0; p < net->n_pathways; p++)
            fill_pathway(t, sample, p);
}

static void step(trained *t, const cJSON *boxes_json)
{
    const size_t k = (size_t)t->net.config.num_classes;
    sfd_box_px boxes[8];
    size_t first[BATCH + 1] = {0}, n = 0;
    float targets[8 * 8];
    sfd_error err;
    for (int i = 0; i < BATCH; i++) {
        const cJSON *box;
        cJSON_ArrayForEach(box, cJSON_GetArrayItem(boxes_json, i))
        {
            float v[4];
            for (int j = 0; j < 4; j++)
                v[j] = (float)cJSON_GetArrayItem(box, j)->valuedouble;
            boxes[n++] = (sfd_box_px){v[0], v[1], v[2], v[3]};
        }
        first[i + 1] = n;
    }
    for (size_t i = 0; i < n * k; i++)
        targets[i] = (7 * (i / k) + 3 * (i % k)) % 11 == 0;
    const sfd_batch_boxes all = {boxes, first};
    sfd_train_graph_forward(&t->graph);
    must(sfd_train_head_forward(&t->head, &all, &err), &err);
    must(sfd_train_classifier_step(&t->classifier, t->head.features, targets, n, (sfd_random){0},
                                   t->head.d_features, &t->loss, &err),
         &err);
    sfd_train_graph_clear_grads(&t->graph);
    sfd_train_head_backward(&t->head, &all);
    if (t->net.n_sync_points > 0)
        t->loss += sfd_train_sync_step(&t->sync, 1);
    sfd_train_graph_backward(&t->graph);
}

/* ------------------------------------------------------------------ comparison */

/* Largest difference from the recorded figures of one tensor, relative to its norm. */
static double param_error(const trained *t, const cJSON *p)
{
    const sfd_param *item = sfd_params_find(&t->params, cJSON_GetArrayItem(p, 0)->valuestring);
    const float *got = (item->learned ? t->params.grad : t->params.value) + item->at;
    const double want_norm = cJSON_GetArrayItem(p, 1)->valuedouble;
    double norm = 0;
    for (size_t i = 0; i < item->n; i++)
        norm += (double)got[i] * (double)got[i];
    double error = fabs(sqrt(norm) - want_norm);
    for (size_t i = 0; i < SAMPLES; i++)
        error = fmax(error, fabs((double)got[i * (item->n - 1) / (SAMPLES - 1)] -
                                 cJSON_GetArrayItem(p, 2 + (int)i)->valuedouble));
    return isnan(error) ? INFINITY : error / (want_norm + 1e-4);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check_params(const trained *t, const cJSON *json)
{
    const cJSON *p, *all = cJSON_GetObjectItemCaseSensitive(json, "params");
    const double median = number(json, "float32_median"), worst = number(json, "float32_worst");
    const size_t n = t->params.n;
    double *errors = malloc(n * sizeof *errors);
    size_t i = 0;
    assert_non_null(errors);
    cJSON_ArrayForEach(p, all) errors[i++] = param_error(t, p);
    qsort(errors, n, sizeof *errors, compare_doubles);
    print_message("%zu tensors: median difference %.2g, worst %.2g (PyTorch in float32: %.2g, "
                  "%.2g)\n",
                  n, errors[n / 2], errors[n - 1], median, worst);
    assert_true(errors[n / 2] <= TOLERANCE * fmax(median, FEW_SIDES));
    assert_true(errors[n - 1] <= TOLERANCE * fmax(worst, ONE_TENSOR));
    free(errors);
}

static void test_networks(void **state)
{
    (void)state;
    char *text;
    size_t n;
    sfd_error err;
    must(sfd_read_text(&text, &n, "train/audio.json", 1 << 20, &err), &err);
    cJSON *json = cJSON_Parse(text);
    const cJSON *item, *cases = cJSON_GetObjectItemCaseSensitive(json, "cases");
    assert_int_equal(cJSON_GetArraySize(cases), 5);
    cJSON_ArrayForEach(item, cases)
    {
        trained t;
        const double want = number(item, "loss");
        open_network(&t, item);
        fill_inputs_of(&t);
        t.graph.skips = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "dropped"));
        step(&t, cJSON_GetObjectItemCaseSensitive(json, "boxes"));
        print_message("%s%s%s: loss %.7f (PyTorch %.7f)\n",
                      cJSON_GetObjectItemCaseSensitive(item, "case")->valuestring,
                      t.graph.skips ? ", dropped" : "",
                      t.net.n_sync_points > 0 ? ", synchronised" : "", t.loss, want);
        assert_true(fabs(t.loss - want) <=
                    fmax(2e-5 * want, TOLERANCE * fabs(number(item, "float32_loss") - want)));
        check_params(&t, item);
        close_network(&t);
    }
    cJSON_Delete(json);
    free(text);
}

/* Another sound of a video of 10 s begins half a second away at least and, where there is room,
 * ends within it; all of that is reached. */
static void test_wrong_moments(void **state)
{
    (void)state;
    sfd_net_config config;
    sfd_net net;
    sfd_error err;
    must(sfd_net_config_load(&config, "networks/av_joint_boxes.yaml", NULL, &err), &err);
    must(sfd_net_build(&net, &config, &err), &err);
    const double half_s = config.num_frames * config.sampling_rate / 60.0;
    const sfd_augment a = {.net = &net};
    sfd_random random = {.state = 5};
    for (int at = 0; at <= 10; at++) {
        double first_s = INFINITY, last_s = 0;
        for (int i = 0; i < 400; i++) {
            const double start_s = sfd_augment_draw_wrong(&a, 300, at, 0.5, &random) - half_s;
            assert_true(fabs(start_s - (at - half_s)) >= 0.5 - 1e-9 || at - half_s > 8.4);
            assert_true(start_s >= -1e-9 && start_s <= 10 - 2 * half_s + 1e-9);
            first_s = fmin(first_s, start_s);
            last_s = fmax(last_s, start_s);
        }
        assert_true(first_s < 0.2 || at - half_s < 0.5);
        assert_true(last_s > 10 - 2 * half_s - 0.2 || at - half_s > 10 - 2 * half_s - 0.5);
    }
    assert_true(fabs(sfd_augment_draw_wrong(&a, 10, 0.1, 0.5, &random) - half_s) < 1e-9);
    sfd_net_free(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_networks),
                                       cmocka_unit_test(test_wrong_moments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
