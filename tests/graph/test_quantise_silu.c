/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions of bytes with SiLU, and the sum behind one:
 *
 *   picture -> a -> b -> add (+ a's map) -> c -> out
 *
 * which nodes become of it, values against sums in double with every rounding where it should be,
 * all instruction sets against each other, to the bit. */
#include "base/alloc.h"
#include "base/random.h"
#include "graph/executor.h"
#include "graph/ops/add.h"
#include "graph/ops/bytes.h"
#include "graph/ops/qconv.h"
#include "graph/quantise.h"
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

enum { HEIGHT = 9, WIDTH = 11, N = HEIGHT * WIDTH, INPUTS = 3, WIDE = 20, OUTPUTS = 7 };

typedef struct layer {
    const char *name;
    int cin, cout, kernel;
    bool silu;
    double scale; /* of the input's bytes, and their zero point */
    int zero;
} layer;

/* SiLU's least value is -0.2785, a sum's twice that. */
static const layer layers[] = {{"a", INPUTS, WIDE, 3, true, 1, 0},
                               {"b", WIDE, WIDE, 3, true, 5.0 / 255, 14},
                               {"c", WIDE, OUTPUTS, 1, false, 6.0 / 255, 24}};

static int add_conv(sfd_graph *g, const layer *l, int input)
{
    sfd_conv_attributes a = sfd_conv_defaults(l->cout);
    a.bias = true;
    a.activation = l->silu ? SFD_ACTIVATION_SILU : SFD_ACTIVATION_NONE;
    for (int axis = 1; axis < 3; axis++) {
        a.window.kernel[axis] = l->kernel;
        a.window.padding[axis] = l->kernel / 2;
    }
    return sfd_graph_add_conv(g, l->name, &a, input, SFD_NO_TENSOR);
}

static void build(sfd_graph *g)
{
    *g = (sfd_graph){.name = "small"};
    const int a = add_conv(g, &layers[0], sfd_graph_add_input(g, "picture", INPUTS, 1));
    const int b = add_conv(g, &layers[1], a);
    const int sum = sfd_graph_add_sum(g, "add", b, a);
    sfd_graph_add_output(g, "out", add_conv(g, &layers[2], sum));
    assert_false(g->failed);
}

static void add_floats(sfd_weights *w, const char *prefix, const char *field, size_t n,
                       double least, double most, sfd_random *r)
{
    char name[64];
    float *data;
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    assert_int_equal(sfd_weights_add(w, name, 1, &n, &data, NULL), SFD_OK);
    for (size_t i = 0; i < n; i++)
        data[i] = (float)(least + (most - least) * sfd_random_unit(r));
}

static void add_weights(sfd_weights *w, const layer *l, sfd_random *r)
{
    const size_t dims[5] = {(size_t)l->cout, (size_t)l->cin, 1, (size_t)l->kernel,
                            (size_t)l->kernel};
    const size_t n = dims[0] * dims[1] * dims[3] * dims[4];
    char name[64];
    int8_t *bytes = sfd_malloc_array(n, 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (int8_t)((int)(sfd_random_unit(r) * 255) - 127);
    snprintf(name, sizeof name, "%s.weight", l->name);
    assert_int_equal(sfd_weights_own(w, bytes, NULL), SFD_OK);
    assert_int_equal(
        sfd_weights_add_view(w, name, SFD_I8, 5, dims, NULL, (const unsigned char *)bytes, NULL),
        SFD_OK);
}

static sfd_weights *make_weights(void)
{
    sfd_random r = sfd_random_init(6, 0);
    sfd_weights *w;
    assert_int_equal(sfd_weights_create(&w, "made", NULL), SFD_OK);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const layer *l = &layers[i];
        const double size = i == 0 ? 100 : 1; /* pictures are of bytes */
        const double scale = 4 / size / 127 / sqrt((double)(l->cin * l->kernel * l->kernel));
        add_weights(w, l, &r);
        add_floats(w, l->name, "weight_scale", (size_t)l->cout, scale / 2, scale, &r);
        add_floats(w, l->name, "bias", (size_t)l->cout, -0.5, 1, &r);
        add_floats(w, l->name, "input_scale", 1, l->scale, l->scale, &r);
        add_floats(w, l->name, "input_zero_point", 1, l->zero, l->zero, &r);
    }
    add_floats(w, "b", "residual_scale", 1, layers[1].scale, layers[1].scale, &r);
    add_floats(w, "b", "residual_zero_point", 1, layers[1].zero, layers[1].zero, &r);
    return w;
}

static void the_sum_is_the_convolutions(void **state)
{
    (void)state;
    sfd_graph g;
    int other;
    sfd_weights *w = make_weights();
    build(&g);
    const int a = g.nodes[0].output, sum = g.nodes[2].output;
    assert_int_equal(sfd_graph_find_sum(&g, 0, &other), g.n_nodes);
    assert_int_equal(sfd_graph_find_sum(&g, 1, &other), 2);
    assert_int_equal(other, a);
    assert_int_equal(sfd_graph_quantise(&g, w, NULL), SFD_OK);
    const char *names[] = {"a.input", "a", "b", "c"};
    assert_int_equal(g.n_nodes, sizeof names / sizeof *names);
    for (size_t i = 0; i < g.n_nodes; i++) {
        assert_string_equal(g.nodes[i].name, names[i]);
        assert_ptr_equal(g.nodes[i].op, i == 0 ? &sfd_op_bytes : &sfd_op_qconv);
    }
    assert_int_equal(g.nodes[2].inputs[1], a);
    assert_int_equal(g.nodes[2].output, sum);
    assert_int_equal(g.tensors[a].dtype, SFD_U8);
    assert_int_equal(g.tensors[sum].dtype, SFD_U8);
    assert_int_equal(g.tensors[g.nodes[3].output].dtype, SFD_F32);
    sfd_weights_close(w);
    sfd_graph_free(&g);
}

/* A sum with what is not there yet stays a node of its own. */
static void later_maps_are_not_added(void **state)
{
    (void)state;
    sfd_graph g = {.name = "small"};
    int other;
    const int picture = sfd_graph_add_input(&g, "picture", INPUTS, 1);
    const int a = add_conv(&g, &layers[0], picture);
    const layer late = {"late", INPUTS, WIDE, 3, false, 1, 0};
    sfd_graph_add_output(&g, "out", sfd_graph_add_sum(&g, "add", a, add_conv(&g, &late, picture)));
    assert_int_equal(sfd_graph_find_sum(&g, 0, &other), g.n_nodes);
    assert_int_equal(other, SFD_NO_TENSOR);
    sfd_graph_free(&g);
}

/* ------------------------------------------------------------------ values */

static void read_all(float *out, const sfd_weights *w, const char *prefix, const char *field)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    assert_int_equal(sfd_weights_read_f32(w, sfd_weights_find(w, name), out, NULL), SFD_OK);
}

static void plain_conv(double *y, const double *x, const sfd_weights *w, const layer *l)
{
    static float values[WIDE * WIDE * 9], scale[WIDE], bias[WIDE];
    const int k = l->kernel, half = k / 2;
    read_all(values, w, l->name, "weight");
    read_all(scale, w, l->name, "weight_scale");
    read_all(bias, w, l->name, "bias");
    for (int i = 0; i < N * l->cout; i++) {
        const int co = i % l->cout, h = i / l->cout / WIDTH, v = i / l->cout % WIDTH;
        double sum = 0;
        for (int tap = 0; tap < k * k; tap++) {
            const int ih = h + tap / k - half, iv = v + tap % k - half;
            for (int ci = 0; ci < l->cin && ih >= 0 && ih < HEIGHT && iv >= 0 && iv < WIDTH; ci++)
                sum += x[(ih * WIDTH + iv) * l->cin + ci] *
                       (double)values[(co * l->cin + ci) * k * k + tap];
        }
        sum = sum * (double)scale[co] + (double)bias[co];
        y[i] = l->silu ? sum / (1 + exp(-sum)) : sum;
    }
}

static void to_bytes(double *x, int n, const layer *l)
{
    const double scale = (double)(float)l->scale;
    for (int i = 0; i < n; i++)
        x[i] = scale * (fmin(fmax(rint(x[i] / scale + l->zero), 0), 255) - l->zero);
}

static void plain_run(double *out, const double *picture, const sfd_weights *w)
{
    static double a[N * WIDE], b[N * WIDE];
    plain_conv(a, picture, w, &layers[0]);
    to_bytes(a, N * WIDE, &layers[1]);
    plain_conv(b, a, w, &layers[1]);
    for (int i = 0; i < N * WIDE; i++)
        b[i] += a[i];
    to_bytes(b, N * WIDE, &layers[2]);
    plain_conv(out, b, w, &layers[2]);
}

static void run(float *out, const double *picture, const sfd_weights *w, const sfd_kernels *k)
{
    sfd_graph g;
    sfd_executable x;
    sfd_executor e;
    sfd_team *team;
    const sfd_prepare_settings settings = {.weights = w, .kernels = k};
    build(&g);
    assert_int_equal(sfd_team_create(&team, 2, NULL), SFD_OK);
    assert_int_equal(sfd_executable_create(&x, &g, HEIGHT, WIDTH, &settings, NULL), SFD_OK);
    assert_int_equal(sfd_executor_create(&e, &x, HEIGHT, WIDTH, SFD_PLAN_SHARE, team, NULL),
                     SFD_OK);
    const sfd_map in = sfd_executor_map(&e, g.inputs[0].tensor);
    const sfd_map y = sfd_executor_map(&e, g.outputs[0].tensor);
    for (size_t i = 0; i < N * INPUTS; i++)
        ((float *)in.data)[i / INPUTS * in.ld + i % INPUTS] = (float)picture[i];
    sfd_executor_run(&e, NULL);
    for (size_t i = 0; i < N * OUTPUTS; i++)
        out[i] = ((const float *)y.data)[i / OUTPUTS * y.ld + i % OUTPUTS];
    sfd_executor_free(&e);
    sfd_executable_free(&x);
    sfd_team_destroy(team);
    sfd_graph_free(&g);
}

/* Where a value lies next to a half, it may be rounded to the other side. */
static void values_are_those_of_plain_sums(void **state)
{
    (void)state;
    static double picture[N * INPUTS], wanted[N * OUTPUTS];
    static float plain[N * OUTPUTS], got[N * OUTPUTS];
    sfd_weights *w = make_weights();
    sfd_random r = sfd_random_init(8, 0);
    for (int i = 0; i < N * INPUTS; i++)
        picture[i] = (double)sfd_random_below(&r, 256);
    plain_run(wanted, picture, w);
    run(plain, picture, w, sfd_kernels_get(SFD_CPU_SCALAR));
    double sum = 0;
    int n_off = 0;
    for (int i = 0; i < N * OUTPUTS; i++) {
        sum += fabs(wanted[i]);
        n_off += fabs((double)plain[i] - wanted[i]) > 1e-4;
        assert_true(fabs((double)plain[i] - wanted[i]) < 0.1);
    }
    assert_true(sum / (N * OUTPUTS) > 0.5 && n_off < N * OUTPUTS / 20);
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));) {
        run(got, picture, w, k);
        assert_memory_equal(got, plain, sizeof plain);
    }
    sfd_weights_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_sum_is_the_convolutions),
                                       cmocka_unit_test(later_maps_are_not_added),
                                       cmocka_unit_test(values_are_those_of_plain_sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
