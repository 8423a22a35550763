/* SPDX-License-Identifier: Apache-2.0 */
/* A graph of bytes and floats: which maps become bytes, what is computed against sums in double
 * with every rounding done where it should be, all instruction sets against each other, and weights
 * that cannot be right. */
#include "base/random.h"
#include "graph/executor.h"
#include "graph/ops/bytes.h"
#include "graph/ops/qconv.h"
#include "graph/quantise.h"
#include "graph/quantised_net.h"
#include "kernels/sets.h"
#include "weights/weights_impl.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sfd_status prepare(sfd_executable *x, sfd_graph *g, const sfd_weights *w,
                          const sfd_kernels *k, sfd_error *err)
{
    return sfd_executable_create(x, g, NET_HEIGHT, NET_WIDTH,
                                 &(sfd_prepare_settings){.weights = w, .kernels = k}, err);
}

/* ------------------------------------------------------------------ types */

static void conversions_are_where_types_change(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const sfd_op *op;
        sfd_dtype in, out;
    } wanted[] = {
        {"stem", NULL, SFD_F32, SFD_F32},     {"stem.output", &sfd_op_bytes, SFD_F32, SFD_U8},
        {"a", &sfd_op_qconv, SFD_U8, SFD_U8}, {"b", &sfd_op_qconv, SFD_U8, SFD_U8},
        {"c", &sfd_op_qconv, SFD_U8, SFD_U8}, {"pool", NULL, SFD_U8, SFD_U8},
        {"d", &sfd_op_qconv, SFD_U8, SFD_F32}};
    sfd_graph g;
    sfd_weights *w = quantised_net_weights(NULL, 0);
    quantised_net_build(&g);
    assert_true(sfd_graph_is_quantised(&g, w));
    assert_false(sfd_graph_is_quantised(&g, NULL));
    assert_int_equal(sfd_graph_quantise(&g, w, NULL), SFD_OK);
    assert_int_equal(g.n_nodes, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < g.n_nodes; i++) {
        const sfd_node *node = &g.nodes[i];
        assert_string_equal(node->name, wanted[i].name);
        assert_int_equal(g.order[i], i);
        if (wanted[i].op)
            assert_ptr_equal(node->op, wanted[i].op);
        assert_int_equal(g.tensors[node->inputs[0]].dtype, wanted[i].in);
        assert_int_equal(g.tensors[node->output].dtype, wanted[i].out);
    }
    sfd_weights_close(w);
    sfd_graph_free(&g);
}

/* Beyond the one that is written: a map of bytes that an operation of floats reads, and that is
 * computed before the pathway beside it. */
static void running_order_is_kept(void **state)
{
    (void)state;
    sfd_graph g;
    sfd_weights *w = quantised_net_weights(NULL, 0);
    quantised_net_build(&g);
    sfd_graph_run_second_first(&g, 1, 3); /* c, pool, d before a, b: order counts, not sense */
    assert_int_equal(sfd_graph_quantise(&g, w, NULL), SFD_OK);
    const char *wanted[] = {"stem", "stem.output", "c", "pool", "d", "a", "b"};
    for (size_t turn = 0; turn < g.n_nodes; turn++)
        assert_string_equal(g.nodes[g.order[turn]].name, wanted[turn]);
    sfd_weights_close(w);
    sfd_graph_free(&g);
}

/* ------------------------------------------------------------------ values */

typedef struct plain_map {
    int height, width, channels; /* two frames */
    double v[2 * NET_HEIGHT * NET_WIDTH * 32];
} plain_map;

static double *at(plain_map *m, int t, int h, int v)
{
    return m->v +
           ((size_t)(t * m->height + h) * (size_t)m->width + (size_t)v) * (size_t)m->channels;
}

static void read_all(float *out, const sfd_weights *w, const char *layer, const char *field)
{
    char name[80];
    snprintf(name, sizeof name, "%s.%s", layer, field);
    assert_int_equal(sfd_weights_read_f32(w, sfd_weights_find(w, name), out, NULL), SFD_OK);
}

static void to_steps(plain_map *m, double scale, double zero)
{
    const size_t n = 2 * (size_t)(m->height * m->width * m->channels);
    for (size_t i = 0; i < n; i++)
        m->v[i] = scale * (fmin(fmax(rint(m->v[i] / scale + zero), 0), 255) - zero);
}

static void plain_conv(plain_map *y, plain_map *x, const sfd_weights *w, const char *name, int cout,
                       int kernel, int stride, bool relu, plain_map *residual)
{
    static float values[20 * 28 * 9], scale[32], bias[32];
    const int padding = kernel == 3;
    read_all(values, w, name, "weight");
    read_all(bias, w, name, "bias");
    for (int i = 0; i < 32; i++)
        scale[i] = 1;
    if (strcmp(name, "stem") != 0)
        read_all(scale, w, name, "weight_scale");
    *y = (plain_map){.height = (x->height + 2 * padding - kernel) / stride + 1,
                     .width = (x->width + 2 * padding - kernel) / stride + 1,
                     .channels = cout};
    for (int i = 0; i < 2 * y->height * y->width * cout; i++) {
        const int co = i % cout, v = i / cout % y->width, h = i / cout / y->width % y->height;
        const int t = i / cout / y->width / y->height;
        double sum = (double)bias[co];
        for (int k = 0; k < kernel * kernel; k++) {
            const int ih = h * stride - padding + k / kernel,
                      iv = v * stride - padding + k % kernel;
            if (ih < 0 || ih >= x->height || iv < 0 || iv >= x->width)
                continue;
            for (int ci = 0; ci < x->channels; ci++)
                sum += at(x, t, ih, iv)[ci] * (double)scale[co] *
                       (double)values[(co * x->channels + ci) * kernel * kernel + k];
        }
        if (residual)
            sum += residual->v[i];
        y->v[i] = relu ? fmax(sum, 0) : sum;
    }
}

/* The pool of b beside c. */
static void plain_join(plain_map *y, plain_map *b, plain_map *c)
{
    *y = (plain_map){.height = c->height, .width = c->width, .channels = 28};
    for (int t = 0; t < 2; t++)
        for (int h = 0; h < y->height; h++)
            for (int v = 0; v < y->width; v++) {
                double *to = at(y, t, h, v);
                for (int i = 0; i < 8; i++)
                    to[i] = fmax(
                        fmax(at(b, t, 2 * h, 2 * v)[i], at(b, t, 2 * h, 2 * v + 1)[i]),
                        fmax(at(b, t, 2 * h + 1, 2 * v)[i], at(b, t, 2 * h + 1, 2 * v + 1)[i]));
                memcpy(to + 8, at(c, t, h, v), 20 * sizeof *to);
            }
}

static void plain_run(plain_map *out, const float *picture, const sfd_weights *w)
{
    static plain_map x, stem, a, b, c, join;
    x = (plain_map){.height = NET_HEIGHT, .width = NET_WIDTH, .channels = 3};
    for (int i = 0; i < 2 * NET_HEIGHT * NET_WIDTH * 3; i++)
        x.v[i] = (double)picture[i];
    plain_conv(&stem, &x, w, "stem", 8, 3, 1, true, NULL);
    to_steps(&stem, (double)(float)(3.0 / 255), 0);
    plain_conv(&a, &stem, w, "a", 12, 3, 1, true, NULL);
    to_steps(&a, (double)(float)(2.0 / 255), 0);
    plain_conv(&b, &a, w, "b", 8, 1, 1, true, &stem);
    plain_conv(&c, &stem, w, "c", 20, 2, 2, false, NULL);
    plain_join(&join, &b, &c);
    to_steps(&join, (double)(float)(5.0 / 127), 128);
    plain_conv(out, &join, w, "d", 5, 1, 1, false, NULL);
}

static void run(float *out, const float *picture, const sfd_weights *w, const sfd_kernels *k)
{
    sfd_graph g;
    sfd_executable x;
    sfd_executor e;
    sfd_team *team;
    quantised_net_build(&g);
    assert_int_equal(sfd_team_create(&team, 2, NULL), SFD_OK);
    assert_int_equal(prepare(&x, &g, w, k, NULL), SFD_OK);
    assert_int_equal(sfd_executor_create(&e, &x, NET_HEIGHT, NET_WIDTH, SFD_PLAN_SHARE, team, NULL),
                     SFD_OK);
    const sfd_map in = sfd_executor_map(&e, g.inputs[0].tensor);
    const sfd_map y = sfd_executor_map(&e, g.outputs[0].tensor);
    assert_int_equal(in.ld, 3);
    assert_int_equal(y.ld, 5);
    assert_int_equal(y.dtype, SFD_F32);
    memcpy(in.data, picture, sfd_map_positions(&in) * 3 * sizeof *picture);
    sfd_executor_run(&e, NULL);
    memcpy(out, y.data, sfd_map_positions(&y) * 5 * sizeof *out);
    sfd_executor_free(&e);
    sfd_executable_free(&x);
    sfd_team_destroy(team);
    sfd_graph_free(&g);
}

/* Where a float lies next to a half, it may be rounded to the other side: a few values, by a step
 * of the map in between. */
static void values_are_those_of_plain_sums(void **state)
{
    (void)state;
    enum {
        N_IN = 2 * NET_HEIGHT * NET_WIDTH * 3,
        N_OUT = 2 * (NET_HEIGHT / 2) * (NET_WIDTH / 2) * 5
    };
    static plain_map wanted;
    static float picture[N_IN], got[N_OUT];
    sfd_weights *w = quantised_net_weights(NULL, 0);
    sfd_random r = sfd_random_init(8, 0);
    for (int i = 0; i < N_IN; i++)
        picture[i] = 2 * sfd_random_unit_f32(&r) - 1;
    plain_run(&wanted, picture, w);
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));) {
        double sum = 0, largest = 0;
        int n_off = 0;
        run(got, picture, w, k);
        for (int j = 0; j < N_OUT; j++) {
            const double d = fabs((double)got[j] - wanted.v[j]);
            sum += fabs(wanted.v[j]);
            largest = fmax(largest, d);
            n_off += d > 1e-4;
        }
        assert_true(sum / N_OUT > 0.3 && largest < 0.05 && n_off < N_OUT / 20);
    }
    sfd_weights_close(w);
}

/* ------------------------------------------------------------------ how fast */

static void count_choice(void *user, const char *variant, double seconds, double rounding)
{
    assert_true(strncmp(variant, "int8", 4) == 0 && seconds >= 0 && rounding == 0);
    ++*(size_t *)user;
}

/* Every set but the portable one names at least the algorithm that it takes. */
static void algorithms_are_timed(void **state)
{
    (void)state;
    sfd_weights *w = quantised_net_weights(NULL, 0);
    sfd_team *team;
    assert_int_equal(sfd_team_create(&team, 2, NULL), SFD_OK);
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));) {
        sfd_graph g;
        sfd_executable x;
        sfd_plan plan;
        quantised_net_build(&g);
        assert_int_equal(prepare(&x, &g, w, k, NULL), SFD_OK);
        assert_int_equal(sfd_plan_make(&plan, &g, NET_HEIGHT, NET_WIDTH, SFD_PLAN_SHARE, NULL),
                         SFD_OK);
        for (size_t n = 0; n < g.n_nodes; n++) {
            const sfd_node_view v = sfd_plan_view(&plan, &g.nodes[n], NULL);
            size_t n_choices = 0;
            if (v.node->op != &sfd_op_qconv)
                continue;
            assert_int_equal(v.node->op->compare(&v, k, team, count_choice, &n_choices, NULL),
                             SFD_OK);
            assert_true(n_choices == 0 ? k == sfd_kernels_get(SFD_CPU_SCALAR) : n_choices < 5);
        }
        sfd_plan_free(&plan);
        sfd_executable_free(&x);
        sfd_graph_free(&g);
    }
    sfd_team_destroy(team);
    sfd_weights_close(w);
}

/* ------------------------------------------------------------------ what cannot be right */

static void refuse(sfd_weights *w, sfd_status status, const char *message)
{
    sfd_graph g;
    sfd_executable x = {0};
    sfd_error err;
    quantised_net_build(&g);
    assert_int_equal(prepare(&x, &g, w, sfd_kernels_get(0), &err), status);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, err.message);
    sfd_executable_free(&x);
    sfd_graph_free(&g);
    sfd_weights_close(w);
}

static void wrong_scales_are_refused(void **state)
{
    (void)state;
    refuse(quantised_net_weights("a.input_scale", 0), SFD_ERR_FORMAT,
           "made: a.input_scale[0] = 0 is not a scale");
    refuse(quantised_net_weights("a.input_scale", -1), SFD_ERR_FORMAT, "a.input_scale[0] = -1");
    refuse(quantised_net_weights("a.input_scale", INFINITY), SFD_ERR_FORMAT, "not finite");
    refuse(quantised_net_weights("a.input_scale", 1e-36), SFD_ERR_FORMAT, "not a scale");
    refuse(quantised_net_weights("a.input_scale", NAN), SFD_ERR_MISMATCH,
           "tensor \"a.input_scale\" [1] is missing");
    refuse(quantised_net_weights("c.input_scale", 0.5), SFD_ERR_FORMAT,
           "c reads a map with scale 0.5 and zero point 0, which others read with scale 0.011764");
    refuse(quantised_net_weights("d.input_zero_point", 256), SFD_ERR_FORMAT,
           "d.input_zero_point = 256 is not a byte");
    refuse(quantised_net_weights("d.input_zero_point", 0.5), SFD_ERR_FORMAT, "not a byte");
    refuse(quantised_net_weights("b.residual_scale", 0), SFD_ERR_FORMAT, "b.residual_scale[0] = 0");
    refuse(quantised_net_weights("b.residual_zero_point", NAN), SFD_ERR_MISMATCH, "is missing");
}

/* The first element of a tensor of floats. */
static float *element(sfd_weights *w, const char *name)
{
    return (float *)(uintptr_t)((const sfd_tensor *)sfd_weights_find(w, name))->data;
}

static void wrong_weights_are_refused(void **state)
{
    (void)state;
    sfd_weights *w = quantised_net_weights(NULL, 0);
    element(w, "a.weight_scale")[3] = 0;
    refuse(w, SFD_ERR_FORMAT, "a.weight_scale[3] = 0 is not a scale");
    w = quantised_net_weights(NULL, 0);
    element(w, "a.weight_scale")[3] = NAN;
    refuse(w, SFD_ERR_FORMAT, "not finite");
    w = quantised_net_weights("a.input_scale", 1e30);
    element(w, "c.input_scale")[0] = element(w, "b.residual_scale")[0] = 1e30f;
    element(w, "a.weight_scale")[0] = 1e30f;
    refuse(w, SFD_ERR_FORMAT, "leave float32's range");
    w = quantised_net_weights(NULL, 0);
    ((sfd_tensor *)(uintptr_t)sfd_weights_find(w, "c.weight"))->info.dtype = SFD_U8;
    refuse(w, SFD_ERR_FORMAT, "tensor \"c.weight\" has a scale, but is U8, not I8");
    w = quantised_net_weights(NULL, 0);
    ((sfd_tensor *)(uintptr_t)sfd_weights_find(w, "c.weight"))->info.dims[1] = 7;
    refuse(w, SFD_ERR_MISMATCH, "tensor \"c.weight\" is [20x7x1x2x2], the network wants");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(conversions_are_where_types_change),
                                       cmocka_unit_test(running_order_is_kept),
                                       cmocka_unit_test(values_are_those_of_plain_sums),
                                       cmocka_unit_test(algorithms_are_timed),
                                       cmocka_unit_test(wrong_scales_are_refused),
                                       cmocka_unit_test(wrong_weights_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
