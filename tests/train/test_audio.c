/* SPDX-License-Identifier: Apache-2.0 */
/* Loss, gradients and running statistics of networks that listen against PyTorch's
 * (train/audio.py). */
#include "train/augment.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "config/load.h"
#include "support/made_weights.h"
#include "train/trained.h"

#define SIDE        64
#define WIDTH       64
#define SYNC_STAGES 0x1c
#define ONE_TENSOR  0.1  /* the same in the worst of all, a wrong one would be off by 1 */
#define FEW_SIDES   1e-4 /* what it comes to where rounding decides the side of a ReLU somewhere */

/* ------------------------------------------------------------------ what audio.py makes, too */

static void open_network(trained *t, const cJSON *json)
{
    sfd_net_config config;
    sfd_error err;
    const cJSON *p, *params = cJSON_GetObjectItem(json, "params");
    char path[128];
    uint64_t n = 0;
    *t = (trained){.loss = 0};
    snprintf(path, sizeof path, "networks/%s.yaml", cJSON_GetObjectItem(json, "case")->valuestring);
    must(sfd_net_config_load(&config, path, NULL, &err), &err);
    const bool synchronised = cJSON_IsTrue(cJSON_GetObjectItem(json, "synchronised"));
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
    begin_training(t, sfd_kernels_get(sfd_cpu_detect()), SIDE, SIDE);
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

static void test_networks(void **state)
{
    (void)state;
    char *text;
    size_t n;
    sfd_error err;
    must(sfd_read_text(&text, &n, "train/audio.json", 1 << 20, &err), &err);
    cJSON *json = cJSON_Parse(text);
    const cJSON *item, *cases = cJSON_GetObjectItem(json, "cases");
    assert_int_equal(cJSON_GetArraySize(cases), 5);
    cJSON_ArrayForEach(item, cases)
    {
        trained t;
        const double want = number(item, "loss");
        open_network(&t, item);
        fill_inputs_of(&t);
        t.graph.skips = cJSON_IsTrue(cJSON_GetObjectItem(item, "dropped"));
        step(&t, cJSON_GetObjectItem(json, "boxes"));
        print_message("%s%s%s: loss %.7f (PyTorch %.7f)\n",
                      cJSON_GetObjectItem(item, "case")->valuestring,
                      t.graph.skips ? ", dropped" : "",
                      t.net.n_sync_points > 0 ? ", synchronised" : "", t.loss, want);
        assert_true(fabs(t.loss - want) <=
                    fmax(2e-5 * want, TOLERANCE * fabs(number(item, "float32_loss") - want)));
        check_params(&t.params, item, TOLERANCE, FEW_SIDES, ONE_TENSOR);
        end_training(&t);
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
