/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures with a border that is always the same: results are bit for bit those of computing
 * everything, whatever was shown before. */
#include "base/alloc.h"
#include "graph/executor.h"
#include "graph/ops/add.h"
#include "graph/ops/conv.h"
#include "graph/ops/max_pool.h"
#include "graph/ops/silu.h"
#include "graph/ops/space_to_depth.h"
#include "graph/ops/upsample.h"
#include "kernels/sets.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEIGHT 192
#define WIDTH  40
#define BORDER 0.75f

static int add_conv(sfd_graph *g, const char *name, int cout, int k, int stride, int dilation,
                    int input, int residual)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.activation = residual == SFD_NO_TENSOR ? SFD_ACTIVATION_SILU : SFD_ACTIVATION_RELU;
    for (int axis = 1; axis < 3; axis++) {
        a.window.kernel[axis] = k;
        a.window.stride[axis] = stride;
        a.window.padding[axis] = dilation * (k - 1) / 2;
        a.window.dilation[axis] = dilation;
    }
    return sfd_graph_add_conv(g, name, &a, input, residual);
}

/* What a detector's backbone is made of; in the end a part that the whole picture reaches. */
static void build(sfd_graph *g)
{
    sfd_window pool = sfd_window_one;
    pool.kernel[1] = pool.kernel[2] = 5;
    pool.padding[1] = pool.padding[2] = 2;
    *g = (sfd_graph){.name = "small"};
    const int picture = sfd_graph_add_input(g, "picture", 3, 1);
    const int focus = sfd_graph_add_space_to_depth(g, "focus", picture);
    const int stem = add_conv(g, "stem", 32, 3, 1, 1, focus, SFD_NO_TENSOR);
    const int half = add_conv(g, "half", 48, 3, 2, 1, stem, SFD_NO_TENSOR);
    const int a = add_conv(g, "a", 32, 1, 1, 1, half, SFD_NO_TENSOR);
    const int b = add_conv(g, "b", 32, 3, 1, 2, a, SFD_NO_TENSOR);
    const int sum = sfd_graph_add_sum(g, "sum", a, b);
    const int c = add_conv(g, "c", 32, 3, 1, 1, sum, sum);
    const int flat = add_conv(g, "flat", 20, 1, 1, 1, half, SFD_NO_TENSOR);
    const int join = sfd_graph_concat(g, 2, (int[]){c, sfd_graph_add_silu(g, "act", flat)});
    const int pooled = sfd_graph_add_max_pool(g, "pool", &pool, join);
    const int small = add_conv(g, "small", 36, 3, 2, 1, pooled, SFD_NO_TENSOR);
    const int up = sfd_graph_add_upsample(g, "up", small);
    const int skip = add_conv(g, "skip", 36, 1, 1, 1, join, SFD_NO_TENSOR);
    const int both = sfd_graph_concat(g, 2, (int[]){up, skip});
    sfd_graph_add_output(g, "out", add_conv(g, "last", 8, 1, 1, 1, both, SFD_NO_TENSOR));
    sfd_graph_add_output(g, "c", c);
    assert_false(g->failed);
}

static sfd_status add_weights(void *user, const sfd_param_desc *p, sfd_error *err)
{
    test_random r = {7};
    float *data;
    const size_t n = sfd_param_elements(p);
    const sfd_status status = sfd_weights_add(user, p->name, p->n_dims, p->dims, &data, err);
    if (status == SFD_OK)
        random_fill_reals(&r, data, n);
    const float scale = 2 / sqrtf((float)n / (float)p->dims[0]);
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        data[i] *= scale;
    return status;
}

static void must_be_ok(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

/* Shows picture number `seed`, which fills the first rows. */
static void show(sfd_executor *e, uint64_t seed, int rows)
{
    const sfd_map in = sfd_executor_map(e, e->executable->graph->inputs[0].tensor);
    test_random r = {seed};
    float *x = in.data;
    for (size_t i = 0; i < sfd_map_positions(&in) * in.ld; i++)
        x[i] = BORDER;
    random_fill_reals(&r, x, (size_t)rows * (size_t)in.size[2] * in.ld);
    sfd_executor_run(e, NULL);
}

static void check_same(const sfd_executor *a, const sfd_executor *b, const char *where)
{
    const sfd_graph *g = a->executable->graph;
    for (size_t i = 0; i < g->n_outputs; i++) {
        const sfd_map x = sfd_executor_map(a, g->outputs[i].tensor);
        const sfd_map y = sfd_executor_map(b, g->outputs[i].tensor);
        const size_t n = (size_t)x.channels * sizeof(float);
        assert_int_equal(x.dtype, SFD_F32);
        for (size_t p = 0; p < sfd_map_positions(&x); p++)
            if (memcmp((float *)x.data + p * x.ld, (float *)y.data + p * y.ld, n) != 0)
                fail_msg("%s: output %zu differs at position %zu", where, i, p);
    }
}

/* How many maps are computed in part only. */
static int n_limited(const sfd_executor *e)
{
    int n = 0;
    for (size_t i = 0; i < e->still.n_tensors; i++)
        n += e->still.rows[i].from < e->plan.tensors[i].size[1];
    return n;
}

static void check_rows(const sfd_executable *x, sfd_team *team, int rows, const char *where)
{
    sfd_executor whole, part;
    sfd_error err;
    must_be_ok(sfd_executor_create(&whole, x, HEIGHT, WIDTH, SFD_PLAN_SHARE, team, &err), &err);
    must_be_ok(sfd_executor_create(&part, x, HEIGHT, WIDTH, SFD_PLAN_SHARE, team, &err), &err);
    must_be_ok(sfd_executor_expect_still(&part, rows, &err), &err);
    if (x->kernels->needs != 0 && rows < HEIGHT / 2) /* OpenBLAS rounds all rows together */
        assert_true(n_limited(&part) >= 6);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        show(&whole, seed, rows);
        show(&part, seed, rows);
        check_same(&whole, &part, where);
    }
    sfd_executor_free(&whole);
    sfd_executor_free(&part);
}

static void check_set(const sfd_kernels *k, sfd_precision precision, sfd_team *team)
{
    static const int rows[] = {1, 29, 62, 100, HEIGHT - 1, HEIGHT};
    sfd_graph g;
    sfd_executable x;
    sfd_weights *w;
    sfd_error err;
    build(&g);
    must_be_ok(sfd_weights_create(&w, "made", &err), &err);
    must_be_ok(sfd_graph_each_param(&g, add_weights, w, &err), &err);
    const sfd_prepare_settings s = {.weights = w, .kernels = k, .precision = precision};
    must_be_ok(sfd_executable_create(&x, &g, HEIGHT, WIDTH, &s, &err), &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char where[80];
        snprintf(where, sizeof where, "%s, precision %d, %d rows", sfd_cpu_name(k->needs),
                 (int)precision, rows[i]);
        check_rows(&x, team, rows[i], where);
    }
    sfd_executable_free(&x);
    sfd_weights_close(w);
    sfd_graph_free(&g);
}

static void results_have_the_same_bits(void **state)
{
    (void)state;
    sfd_team *team;
    const sfd_kernels *k;
    print_sets();
    assert_int_equal(sfd_team_create(&team, 2, NULL), SFD_OK);
    for (size_t i = 0; (k = next_set(&i)) != NULL;) {
        check_set(k, SFD_PRECISION_F32, team);
        check_set(k, SFD_PRECISION_BF16, team);
    }
    sfd_team_destroy(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
