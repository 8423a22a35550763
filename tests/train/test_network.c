/* SPDX-License-Identifier: Apache-2.0 */
/* Loss, gradients and running statistics of whole networks against PyTorch's (train/make.py). */
#include "train/classifier.h"
#include "train/heads/head.h"

#include "base/file.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "config/load.h"
#include "support/golden.h"
#include "weights/open.h"

#define BATCH     2
#define THREADS   2
#define TOLERANCE 3 /* times the rounding of PyTorch's own float32 */

typedef struct trained {
    sfd_net net;
    sfd_params params;
    sfd_team *team;
    sfd_train_graph graph;
    sfd_train_head head;
    sfd_train_classifier classifier;
    double loss;
} trained;

/* Clip 0 as recorded [3][T][H][W], clip 1 backwards in time. */
static void fill_batch(trained *t, const float *frames)
{
    const sfd_net *net = &t->net;
    const int n_frames = net->config.num_frames;
    for (size_t n = 0; n < BATCH; n++)
        for (int p = 0; p < net->n_pathways; p++) {
            const sfd_plan_tensor *in = &t->graph.plan.tensors[net->graph.inputs[p].tensor];
            const size_t plane = (size_t)in->size[1] * (size_t)in->size[2];
            float *x = sfd_train_graph_value(&t->graph, net->graph.inputs[p].tensor, n);
            for (int i = 0; i < in->size[0]; i++) {
                const int f = net->input.pathways[p].frames[i], from = n ? n_frames - 1 - f : f;
                for (size_t q = 0; q < 3 * plane; q++)
                    x[((size_t)i * plane + q / 3) * in->ld + q % 3] =
                        frames[(q % 3 * (size_t)n_frames + (size_t)from) * plane + q / 3];
            }
        }
}

static void step(trained *t, const cJSON *json)
{
    const size_t k = (size_t)t->net.config.num_classes;
    sfd_box_px boxes[16];
    size_t first[BATCH + 1] = {0}, n = 0;
    sfd_error err;
    for (int i = 0; i < BATCH; i++) {
        const cJSON *box;
        cJSON_ArrayForEach(box, cJSON_GetArrayItem(json, i))
        {
            float v[4];
            for (int j = 0; j < 4; j++)
                v[j] = (float)cJSON_GetArrayItem(box, j)->valuedouble;
            boxes[n++] = (sfd_box_px){v[0], v[1], v[2], v[3]};
        }
        first[i + 1] = n;
    }
    const size_t rows = t->net.config.detection ? n : BATCH;
    float *targets = malloc(rows * k * sizeof *targets);
    for (size_t i = 0; i < rows * k; i++)
        targets[i] = t->net.config.detection ? (7 * (i / k) + 3 * (i % k)) % 11 == 0
                                             : i % k == 3 + 5 * (i / k);
    const sfd_batch_boxes all = {boxes, first};
    sfd_train_graph_forward(&t->graph);
    must(sfd_train_head_forward(&t->head, &all, &err), &err);
    must(sfd_train_classifier_step(&t->classifier, t->head.features, targets, rows, (sfd_random){0},
                                   t->head.d_features, &t->loss, &err),
         &err);
    sfd_train_graph_clear_grads(&t->graph);
    sfd_train_head_backward(&t->head, &all);
    sfd_train_graph_backward(&t->graph);
    free(targets);
}

/* Largest difference from the recorded figures of one tensor, relative to its norm. */
static double param_error(const trained *t, const cJSON *p)
{
    const sfd_param *item =
        sfd_params_find(&t->params, cJSON_GetObjectItem(p, "name")->valuestring);
    assert_non_null(item);
    const float *got = (item->learned ? t->params.grad : t->params.value) + item->at;
    const double want_norm = cJSON_GetObjectItem(p, "norm")->valuedouble;
    double norm = 0;
    for (size_t i = 0; i < item->n; i++)
        norm += (double)got[i] * (double)got[i];
    double error = fabs(sqrt(norm) - want_norm);
    for (int i = 0; i < cJSON_GetArraySize(cJSON_GetObjectItem(p, "at")); i++) {
        const int at = cJSON_GetArrayItem(cJSON_GetObjectItem(p, "at"), i)->valueint;
        const double want = cJSON_GetArrayItem(cJSON_GetObjectItem(p, "values"), i)->valuedouble;
        error = fmax(error, fabs((double)got[at] - want));
    }
    return isnan(error) ? INFINITY : error / (want_norm + 1e-4);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check_params(const trained *t, const cJSON *json)
{
    const cJSON *p, *all = cJSON_GetObjectItem(json, "params");
    const double median = cJSON_GetObjectItem(json, "float32_median")->valuedouble;
    const double worst = cJSON_GetObjectItem(json, "float32_worst")->valuedouble;
    const size_t n = (size_t)cJSON_GetArraySize(all);
    double *errors = malloc(n * sizeof *errors);
    size_t i = 0;
    assert_int_equal(n, t->params.n);
    cJSON_ArrayForEach(p, all) errors[i++] = param_error(t, p);
    qsort(errors, n, sizeof *errors, compare_doubles);
    print_message("%zu tensors: median difference %.2g, worst %.2g (PyTorch in float32: %.2g, "
                  "%.2g)\n",
                  n, errors[n / 2], errors[n - 1], median, worst);
    assert_true(errors[n / 2] <= TOLERANCE * median);
    assert_true(errors[n - 1] <= TOLERANCE * worst);
    free(errors);
}

/* With plain C, which convolves without transforming, and with the fastest kernels. */
static void check_case(const cJSON *json, const sfd_kernels *kernels, double loss_tolerance)
{
    const char *name = cJSON_GetObjectItem(json, "case")->valuestring;
    trained t;
    sfd_net_config config;
    sfd_weights *weights, *io;
    const sfd_tensor_info *info;
    sfd_error err;
    char path[128];
    snprintf(path, sizeof path, "golden/%s/config.yaml", name);
    must(sfd_net_config_load(&config, path, NULL, &err), &err);
    snprintf(path, sizeof path, "golden/%s/weights.safetensors", name);
    must(sfd_weights_open(&weights, path, &err), &err);
    snprintf(path, sizeof path, "golden/%s/io.safetensors", name);
    must(sfd_weights_open(&io, path, &err), &err);
    must(sfd_net_build(&t.net, &config, &err), &err);
    must(sfd_params_create(&t.params, &t.net, &err), &err);
    must(sfd_params_load(&t.params, weights, false, &err), &err);
    float *frames = read_recorded(io, "", "frames", &info);
    must(sfd_team_create(&t.team, THREADS, &err), &err);
    must(sfd_train_graph_create(&t.graph, &t.net.graph, &t.params, kernels, BATCH,
                                (int)info->dims[2], (int)info->dims[3], t.team, &err),
         &err);
    must(sfd_train_head_create(&t.head, &t.net, &t.graph, t.team, &err), &err);
    const sfd_loss_settings loss = {.focal_alpha = 1};
    must(sfd_train_classifier_create(&t.classifier, &t.head.desc, &t.params, 0, &loss, &err), &err);
    fill_batch(&t, frames);
    step(&t, cJSON_GetObjectItem(json, "boxes"));

    const double want = cJSON_GetObjectItem(json, "loss")->valuedouble;
    print_message("%s, %s: loss %.7f (PyTorch %.7f)\n", name, sfd_cpu_name(kernels->needs), t.loss,
                  want);
    assert_true(fabs(t.loss - want) <= loss_tolerance);
    check_params(&t, json);

    free(frames);
    sfd_train_classifier_free(&t.classifier);
    sfd_train_head_free(&t.head);
    sfd_train_graph_free(&t.graph);
    sfd_team_destroy(t.team);
    sfd_params_free(&t.params);
    sfd_net_free(&t.net);
    sfd_weights_close(weights);
    sfd_weights_close(io);
}

static void test_networks(void **state)
{
    (void)state;
    char *text;
    size_t n;
    sfd_error err;
    must(sfd_read_text(&text, &n, "train/gradients.json", 1 << 20, &err), &err);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    assert_int_equal(cJSON_GetArraySize(json), 2);
    for (int i = 0; i < 2; i++) {
        const cJSON *item = cJSON_GetArrayItem(json, i);
        const double want = cJSON_GetObjectItem(item, "loss")->valuedouble;
        const double rounded = cJSON_GetObjectItem(item, "float32_loss")->valuedouble;
        check_case(item, sfd_kernels_get(SFD_CPU_SCALAR), 2e-5 * want);
        check_case(item, sfd_kernels_get(sfd_cpu_detect()), TOLERANCE * fabs(rounded - want));
    }
    cJSON_Delete(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_networks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
