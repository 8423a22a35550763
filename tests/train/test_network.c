/* SPDX-License-Identifier: Apache-2.0 */
/* Loss, gradients and running statistics of whole networks against PyTorch's (train/make.py). */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "config/load.h"
#include "train/trained.h"
#include "weights/open.h"

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

/* With plain C, which convolves without transforming, and with the fastest kernels. */
static void check_case(const cJSON *json, const sfd_kernels *kernels, double loss_tolerance)
{
    const char *name = cJSON_GetObjectItem(json, "case")->valuestring;
    trained t = {.loss = 0};
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
    begin_training(&t, kernels, (int)info->dims[2], (int)info->dims[3]);
    fill_batch(&t, frames);
    step(&t, cJSON_GetObjectItem(json, "boxes"));

    const double want = number(json, "loss");
    print_message("%s, %s: loss %.7f (PyTorch %.7f)\n", name, sfd_cpu_name(kernels->needs), t.loss,
                  want);
    assert_true(fabs(t.loss - want) <= loss_tolerance);
    check_params(&t.params, json, TOLERANCE, 0, 0);

    free(frames);
    end_training(&t);
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
        const double want = number(item, "loss"), rounded = number(item, "float32_loss");
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
