/* SPDX-License-Identifier: Apache-2.0 */
/* A weight that is NaN or infinite, in any layer and with any instruction set, ends in an error and
 * not in scores. */
#include "base/cpu.h"
#include "detect/model.h"
#include "graph/ops/conv_impl.h"
#include "support/sanitized.h"

#include <sfdet/detect.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIDE      64
#define MAX_T     64
#define N_CLASSES 80

static sfd_status run(const sfd_model *m, sfd_error *err)
{
    static unsigned char pixels[SIDE * SIDE * 3];
    static float scores[N_CLASSES];
    const sfd_image image = {SIDE, SIDE, 3 * SIDE, pixels};
    const sfd_image *frames[MAX_T];
    const sfd_box_norm box = {0.1f, 0.1f, 0.8f, 0.9f};
    sfd_model_info info;
    sfd_detector *d;
    info = *sfd_model_get_info(m);
    assert_true(info.n_frames <= MAX_T && info.n_classes <= N_CLASSES);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * i / 7);
    for (int i = 0; i < info.n_frames; i++)
        frames[i] = &image;
    assert_int_equal(sfd_detector_create(&d, m, 1, NULL), SFD_OK);
    const sfd_status status =
        sfd_detector_run_frames(d, frames, (size_t)info.n_frames, &box, 1, scores, err);
    sfd_detector_free(d);
    return status;
}

static void expect_refused(const sfd_model *m, const char *layer, float value)
{
    sfd_error err = {SFD_OK, ""};
    if (run(m, &err) != SFD_ERR_FORMAT || !strstr(err.message, "is not a number"))
        fail_msg("%g in %s: %s", (double)value, layer,
                 err.status ? err.message : "there are scores");
}

#define STEP (SANITIZED ? 12 : 4) /* every so many layers, others for each instruction set */

/* The value in place of a layer's first bias, which every output of its first channel gets. */
static void check_layers(sfd_model *m, size_t first, float value)
{
    const sfd_graph *graph = m->executable.graph;
    for (size_t i = first; i < graph->n_nodes; i += STEP) {
        if (graph->nodes[i].op != &sfd_op_conv)
            continue;
        const sfd_conv_prepared *conv = m->executable.prepared[i];
        const float before = conv->bias[0];
        conv->bias[0] = value;
        expect_refused(m, graph->nodes[i].name, value);
        conv->bias[0] = before;
    }
    m->head.values[1][5] = value; /* its bias */
    expect_refused(m, "the classifier", value);
}

static void check_network(const char *cpu, size_t first, float value)
{
    sfd_model *m;
    sfd_model_settings settings;
    sfd_error err = {SFD_OK, ""};
    sfd_model_settings_defaults(&settings);
    settings.weights = "golden/sf_r101_nl/weights.safetensors";
    settings.config = "golden/sf_r101_nl/config.yaml";
    settings.cpu = cpu;
    if (sfd_model_open(&m, &settings, &err) == SFD_ERR_UNSUPPORTED) {
        print_message("%s\n", err.message);
        return;
    }
    assert_int_equal(err.status, SFD_OK);
    assert_int_equal(run(m, &err), SFD_OK);
    check_layers(m, first, value);
    sfd_model_free(m);
}

static void test_nan(void **state)
{
    (void)state;
    check_network("scalar", 0, NAN);
    check_network("avx2", 1, NAN);
    check_network("avx512", 2, NAN);
}

static void test_infinity(void **state)
{
    (void)state;
    check_network("scalar", 0, INFINITY);
    check_network("avx2", 1, INFINITY);
    check_network("avx512", 2, INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nan), cmocka_unit_test(test_infinity)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
