/* SPDX-License-Identifier: Apache-2.0 */
/* Networks on maps of bfloat16 against the same on float32: which tensors change their type, and
 * that the outputs stay what they were but for rounding. */
#include "graph/executor.h"
#include "graph/ops/add.h"
#include "graph/ops/attention.h"
#include "graph/ops/conv.h"
#include "graph/ops/max_pool.h"
#include "graph/ops/sample.h"
#include "graph/ops/silu.h"
#include "graph/ops/to_channel.h"
#include "graph/ops/upsample.h"
#include "graph/types.h"
#include "kernels/sets.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEIGHT 20
#define WIDTH  24
#define FRAMES 4

static int add_conv(sfd_graph *g, const char *name, int cout, int k, int input, int residual)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.bias = true;
    a.activation = SFD_ACTIVATION_RELU;
    a.window = (sfd_window){{k, 1, 1}, {1, 1, 1}, {k / 2, 0, 0}, {1, 1, 1}};
    return sfd_graph_add_conv(g, name, &a, input, residual);
}

static int add_spatial(sfd_graph *g, const char *name, int cout, int stride, int input)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.bias = true;
    a.activation = SFD_ACTIVATION_SILU;
    a.window = (sfd_window){{1, 3, 3}, {1, stride, stride}, {0, 1, 1}, {1, 1, 1}};
    return sfd_graph_add_conv(g, name, &a, input, SFD_NO_TENSOR);
}

/* Between two convolutions stands what is tested; its output's number, of bfloat16 if it can. */
typedef int (*middle)(sfd_graph *g, int x);

static int residual_block(sfd_graph *g, int x)
{
    const int a = add_conv(g, "a", 32, 3, x, SFD_NO_TENSOR);
    const int b = add_spatial(g, "b", 32, 1, a);
    return add_conv(g, "c", 32, 1, b, x);
}

static int strided(sfd_graph *g, int x)
{
    return add_spatial(g, "strided", 48, 2, x);
}

static int pool(sfd_graph *g, int x)
{
    const sfd_window w = {{1, 3, 3}, {1, 2, 2}, {0, 1, 1}, {1, 1, 1}};
    return sfd_graph_add_max_pool(g, "pool", &w, x);
}

static int sample(sfd_graph *g, int x)
{
    return sfd_graph_add_sample(g, "sample", 2, x);
}

static int to_channel(sfd_graph *g, int x)
{
    return sfd_graph_add_to_channel(g, "to channel", 2, x);
}

static int sum(sfd_graph *g, int x)
{
    return sfd_graph_add_sum(g, "sum", x, add_conv(g, "other", 32, 1, x, SFD_NO_TENSOR));
}

static int pyramid(sfd_graph *g, int x)
{
    return sfd_graph_add_upsample_to(g, "up", pool(g, x), x);
}

static int side_by_side(sfd_graph *g, int x)
{
    const int parts[2] = {add_conv(g, "left", 16, 1, x, SFD_NO_TENSOR),
                          add_conv(g, "right", 8, 3, x, SFD_NO_TENSOR)};
    return sfd_graph_concat(g, 2, parts);
}

static int non_local(sfd_graph *g, int x)
{
    const int inputs[3] = {add_conv(g, "q", 16, 1, x, SFD_NO_TENSOR),
                           add_conv(g, "k", 16, 1, x, SFD_NO_TENSOR),
                           add_conv(g, "v", 16, 1, x, SFD_NO_TENSOR)};
    const sfd_attention_attributes a = {.pieces = 1, .softmax = true};
    const int y = sfd_graph_add_attention(g, "attention", &a, inputs);
    return add_conv(g, "back", 32, 1, y, x);
}

static int depthwise(sfd_graph *g, int x)
{
    sfd_conv_attributes a = sfd_conv_defaults(32);
    a.groups = 32;
    a.window = (sfd_window){{1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}};
    return sfd_graph_add_conv(g, "depthwise", &a, x, SFD_NO_TENSOR);
}

static sfd_status add_weights(void *user, const sfd_param_desc *p, sfd_error *err)
{
    test_random r = {7};
    float *data;
    const size_t n = sfd_param_elements(p);
    const sfd_status status = sfd_weights_add(user, p->name, p->n_dims, p->dims, &data, err);
    if (status == SFD_OK)
        random_fill_reals(&r, data, n);
    const float scale = p->n_dims > 1 ? 2 / sqrtf((float)n / (float)p->dims[0]) : 1;
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        data[i] *= scale;
    return status;
}

static void must_be_ok(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

/* Outputs of a random picture; the caller frees. */
static float *run(sfd_graph *g, const sfd_prepare_settings *settings, sfd_team *team, size_t *n,
                  size_t *arena_bytes)
{
    sfd_executable x;
    sfd_executor e;
    sfd_error err;
    test_random r = {11};
    must_be_ok(sfd_executable_create(&x, g, HEIGHT, WIDTH, settings, &err), &err);
    must_be_ok(sfd_executor_create(&e, &x, HEIGHT, WIDTH, SFD_PLAN_SHARE, team, &err), &err);
    const sfd_map in = sfd_executor_map(&e, g->inputs[0].tensor);
    const sfd_map out = sfd_executor_map(&e, g->outputs[0].tensor);
    assert_int_equal(in.dtype, SFD_F32);
    assert_int_equal(out.dtype, SFD_F32);
    random_fill_reals(&r, in.data, sfd_map_positions(&in) * in.ld);
    sfd_executor_run(&e, NULL);
    *n = sfd_map_positions(&out) * (size_t)out.channels;
    *arena_bytes = e.plan.arena_bytes;
    float *y = malloc(*n * sizeof *y);
    assert_non_null(y);
    for (size_t i = 0; i < *n; i++)
        y[i] =
            ((const float *)out.data)[i / (size_t)out.channels * out.ld + i % (size_t)out.channels];
    sfd_executor_free(&e);
    sfd_executable_free(&x);
    return y;
}

/* Root of the mean square of differences, relative to that of the values. */
static double distance(const float *a, const float *b, size_t n)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)a[i] * (double)a[i];
    }
    return sqrt(difference / size);
}

static void check(const char *name, middle make, bool half)
{
    sfd_graph g = {.name = "small"};
    sfd_weights *w;
    sfd_team *team;
    sfd_error err;
    const int in = sfd_graph_add_input(&g, "picture", 3, FRAMES);
    const int first = add_spatial(&g, "first", 32, 1, in);
    const int y = make(&g, first);
    sfd_graph_add_output(&g, "out", add_conv(&g, "last", 16, 1, y, SFD_NO_TENSOR));
    assert_false(g.failed);
    must_be_ok(sfd_weights_create(&w, "small", &err), &err);
    must_be_ok(sfd_graph_each_param(&g, add_weights, w, &err), &err);
    must_be_ok(sfd_team_create(&team, 2, &err), &err);
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (int exact = 0; exact < 2; exact++) {
            size_t n, bytes, half_bytes;
            sfd_prepare_settings s = {w, k, exact, SFD_PRECISION_F32};
            float *want = run(&g, &s, team, &n, &bytes);
            for (size_t i = 0; i < g.n_tensors; i++)
                assert_int_equal(g.tensors[i].dtype, SFD_F32);
            s.precision = SFD_PRECISION_BF16;
            float *got = run(&g, &s, team, &n, &half_bytes);
            if (half && g.tensors[y].dtype != SFD_BF16)
                fail_msg("%s, %s: is float32", name, sfd_cpu_name(k->needs));
            const double d = distance(want, got, n);
            const bool less = half_bytes < bytes || !(k->needs & SFD_CPU_AVX512_BF16);
            if (!(d < 0.02) || half_bytes > bytes || (half && (d == 0 || !less)))
                fail_msg("%s, %s: outputs %g apart, %zu and %zu bytes", name,
                         sfd_cpu_name(k->needs), d, bytes, half_bytes);
            free(want);
            free(got);
        }
    sfd_team_destroy(team);
    sfd_weights_close(w);
    sfd_graph_free(&g);
}

static void test_operations(void **state)
{
    (void)state;
    check("residual block", residual_block, true);
    check("strided", strided, true);
    check("pool", pool, true);
    check("sample", sample, true);
    check("to channel", to_channel, true);
    check("sum", sum, true);
    check("pyramid", pyramid, true);
    check("side by side", side_by_side, true);
    check("non-local", non_local, true);
    check("depthwise", depthwise, false);
}

static void test_refusals(void **state)
{
    (void)state;
    sfd_graph g = {.name = "small"};
    sfd_weights *w;
    sfd_error err;
    const int in = sfd_graph_add_input(&g, "picture", 3, FRAMES);
    sfd_graph_add_output(&g, "out", add_spatial(&g, "first", 16, 1, in));
    must_be_ok(sfd_weights_create(&w, "small", &err), &err);
    sfd_prepare_settings s = {.weights = w, .kernels = sfd_kernels_at(0)};
    s.precision = (sfd_precision)17;
    assert_int_equal(sfd_graph_set_types(&g, HEIGHT, WIDTH, &s, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "17 is not a precision");
    s.precision = SFD_PRECISION_BF16;
    assert_int_equal(sfd_graph_set_types(&g, 0, WIDTH, &s, &err), SFD_ERR_ARG);
    sfd_weights_close(w);
    sfd_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_operations),
                                       cmocka_unit_test(test_refusals)};
    print_sets();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
