/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding in training: a network's maps are those of the quantised network that runs; values and
 * gradients of two convolutions are those of plain sums, straight through every rounding. */
#include "train/bytes.h"

#include "quant/quantiser.h"
#include "quant/rows.h"

#include <sfdet/train.h>

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/golden.h"
#include "support/random.h"
#include "weights/open.h"

#define THREADS 2

/* ------------------------------------------------------------------ a network */

#define SIDE     64
#define N_FRAMES 8
#define CONFIG   "golden/sf_r50/config.yaml"
#define WEIGHTS  "golden/sf_r50/weights.safetensors"

static void make_frames(uint8_t *pixels, const uint8_t *frames[N_FRAMES])
{
    test_random r = {7}; /* with 4 a sum lies on a tie, and one byte changes all that follow */
    for (int i = 0; i < N_FRAMES * SIDE * SIDE * 3; i++) {
        const int noise = random_int(&r, 0, 63);
        pixels[i] = (uint8_t)(i / 3 % SIDE * 2 + i / (3 * SIDE * SIDE) * 8 + noise);
    }
    for (int i = 0; i < N_FRAMES; i++)
        frames[i] = pixels + i * SIDE * SIDE * 3;
}

static sfd_state *run_model(const sfd_model *m, const uint8_t *const *frames)
{
    const sfd_box_px box = {4, 3, 40, 60};
    static float scores[80];
    sfd_state *s;
    sfd_error err;
    must(sfd_state_create_mode(&s, m, SIDE, SIDE, THREADS, SFD_PLAN_KEEP_ALL, &err), &err);
    must(sfd_state_run(s, frames, (size_t)SIDE * 3, &box, 1, scores, &err), &err);
    return s;
}

/* Scales that the same frames give. */
static void write_quantised(const char *path, const uint8_t *const *frames)
{
    sfd_quantiser_settings settings;
    sfd_quantiser *q;
    sfd_error err;
    sfd_quantiser_settings_defaults(&settings);
    settings.weights = WEIGHTS;
    settings.config = CONFIG;
    must(sfd_quantiser_create(&q, &settings, &err), &err);
    sfd_state_free(run_model(sfd_quantiser_model(q), frames));
    must(sfd_quantiser_write(q, path, &err), &err);
    sfd_quantiser_free(q);
}

typedef struct trained {
    sfd_params params;
    sfd_train_bytes bytes;
    sfd_team *team;
    sfd_train_graph graph;
} trained;

/* Runs a whole network by the statistics that it has seen, as inference does, over what the model
 * that ran was shown; `scales` NULL: in floats. */
static void run_in_training(trained *t, const sfd_net *net, const char *scales, sfd_state *shown)
{
    sfd_weights *w;
    sfd_error err;
    *t = (trained){0};
    must(sfd_weights_open(&w, WEIGHTS, &err), &err);
    must(sfd_params_create(&t->params, net, &err), &err);
    must(sfd_params_load(&t->params, w, false, &err), &err);
    sfd_weights_close(w);
    sfd_params_freeze(&t->params, SFD_STAGES_ALL);
    if (scales) {
        must(sfd_train_bytes_open(&t->bytes, net, scales, &err), &err);
        t->params.bytes = &t->bytes;
    }
    must(sfd_team_create(&t->team, THREADS, &err), &err);
    must(sfd_train_graph_create(&t->graph, &net->graph, &t->params,
                                sfd_kernels_get(sfd_cpu_detect()), 1, SIDE, SIDE, t->team, &err),
         &err);
    for (size_t i = 0; i < net->graph.n_inputs; i++) {
        const sfd_map in =
            sfd_executor_map(&shown->executor, shown->model->net.graph.inputs[i].tensor);
        const sfd_batch_map x = sfd_train_values(&t->graph, net->graph.inputs[i].tensor);
        assert_int_equal(in.dtype, SFD_U8);
        for (size_t p = 0; p < x.positions; p++)
            for (size_t c = 0; c < x.channels; c++)
                x.x[p * x.ld + c] =
                    in.scale * (float)(((const uint8_t *)in.data)[p * in.ld + c] - in.zero);
    }
    must(sfd_train_graph_prepare(&t->graph, &err), &err);
    sfd_train_graph_forward(&t->graph);
}

static void end_training(trained *t)
{
    sfd_train_graph_free(&t->graph);
    sfd_team_destroy(t->team);
    sfd_train_bytes_free(&t->bytes);
    sfd_params_free(&t->params);
}

/* Mean difference of the last maps from those that the model ended with, relative to their mean
 * size. */
static double difference(const trained *t, const sfd_state *s)
{
    double sum = 0, size = 0;
    const sfd_graph *g = t->graph.graph;
    for (size_t i = 0; i < g->n_outputs; i++) {
        const sfd_map want = sfd_executor_map(&s->executor, s->model->net.graph.outputs[i].tensor);
        const sfd_batch_map got = sfd_train_values(&t->graph, g->outputs[i].tensor);
        assert_int_equal(want.dtype, SFD_F32);
        for (size_t p = 0; p < got.positions; p++)
            for (size_t c = 0; c < got.channels; c++) {
                const float value = ((const float *)want.data)[p * want.ld + c];
                sum += fabs((double)value - (double)got.x[p * got.ld + c]);
                size += fabs((double)value);
            }
    }
    return sum / size;
}

/* Bytes of a map inside that differ; by more than a step none. */
static double share_of_other_bytes(const trained *t, const sfd_state *s, int tensor, size_t *n_all)
{
    const sfd_map want = sfd_executor_map(&s->executor, tensor);
    const sfd_batch_map got = sfd_train_values(&t->graph, tensor);
    size_t n = 0;
    for (size_t p = 0; p < got.positions; p++)
        for (size_t c = 0; c < got.channels; c++) {
            const int byte = ((const uint8_t *)want.data)[p * want.ld + c];
            const long other = lrintf(got.x[p * got.ld + c] / want.scale) + want.zero;
            n += other != byte;
        }
    *n_all = got.positions * got.channels;
    return (double)n / (double)*n_all;
}

static void network_is_the_quantised_one(void **state)
{
    (void)state;
    static uint8_t pixels[N_FRAMES * SIDE * SIDE * 3];
    const uint8_t *frames[N_FRAMES];
    char path[] = "/tmp/sfd_bytes_XXXXXX";
    sfd_model_settings settings;
    sfd_model *m;
    sfd_net net;
    trained rounded, floats;
    sfd_error err;
    close(mkstemp(path));
    make_frames(pixels, frames);
    write_quantised(path, frames);
    sfd_model_settings_defaults(&settings);
    settings.weights = path;
    must(sfd_model_open(&m, &settings, &err), &err);
    sfd_state *s = run_model(m, frames);
    must(sfd_net_build(&net, &m->net.config, &err), &err);
    run_in_training(&rounded, &net, path, s);
    run_in_training(&floats, &net, NULL, s);

    const double with = difference(&rounded, s), without = difference(&floats, s);
    size_t n_maps = 0, n_convs = 0;
    double most = 0;
    for (size_t i = 0; i < net.graph.n_tensors; i++) {
        size_t n;
        if (s->model->net.graph.tensors[i].dtype != SFD_U8)
            continue;
        assert_true(rounded.bytes.maps[i].scale == s->model->net.graph.tensors[i].scale);
        most = fmax(most, share_of_other_bytes(&rounded, s, (int)i, &n));
        n_maps++;
    }
    for (size_t i = 0; i < net.graph.n_nodes; i++)
        n_convs += rounded.bytes.convs[i];
    print_message("%zu convolutions, %zu maps of bytes; difference of the last ones %.2g rounded, "
                  "%.2g in floats; of one map's bytes %.2g differ\n",
                  n_convs, n_maps, with, without, most);
    assert_true(n_convs == 110 && n_maps > 100);
    assert_true(with < without / 10);
    assert_true(most < 0.05);

    end_training(&rounded);
    end_training(&floats);
    sfd_net_free(&net);
    sfd_state_free(s);
    sfd_model_free(m);
    unlink(path);
}

/* ------------------------------------------------------------------ two convolutions */

/* picture [1][5][6][3] -> a: 3x3, ReLU -> b: 1x1 -> out; picture, a's map and both weights are
 * bytes, out is floats. */
enum { H = 5, W = 6, CIN = 3, MID = 4, COUT = 2, POSITIONS = H * W };

static const sfd_byte_scale picture_scale = {0.02f, 100}, a_scale = {0.01f, 0};

typedef struct pair {
    sfd_graph graph;
    sfd_params params;
    sfd_team *team;
    sfd_train_graph train;
    sfd_train_bytes bytes;
} pair;

static int add_conv(sfd_graph *g, const char *name, int cout, int side, bool relu, int input)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.bias = true;
    a.activation = relu ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE;
    for (int axis = 1; axis < 3; axis++) {
        a.window.kernel[axis] = side;
        a.window.padding[axis] = side / 2;
    }
    return sfd_graph_add_conv(g, name, &a, input, SFD_NO_TENSOR);
}

static void begin(pair *t, bool convs[2], sfd_byte_scale maps[3])
{
    test_random r = {11};
    sfd_error err;
    *t = (pair){0};
    sfd_graph *g = &t->graph;
    snprintf(g->name, sizeof g->name, "pair");
    const int x = sfd_graph_add_input(g, "picture", CIN, 1);
    const int y = add_conv(g, "a", MID, 3, true, x);
    const int z = add_conv(g, "b", COUT, 1, false, y);
    sfd_graph_add_output(g, "out", z);
    assert_true(!g->failed && x == 0 && y == 1 && z == 2);
    must(sfd_params_create_for_graph(&t->params, g, &err), &err);
    random_fill_reals(&r, t->params.value, t->params.n_floats);
    maps[x] = picture_scale;
    maps[y] = a_scale;
    convs[0] = convs[1] = true;
    t->bytes = (sfd_train_bytes){.convs = convs, .maps = maps};
    t->params.bytes = &t->bytes;
    must(sfd_team_create(&t->team, THREADS, &err), &err);
    must(sfd_train_graph_create(&t->train, g, &t->params, sfd_kernels_get(sfd_cpu_detect()), 1, H,
                                W, t->team, &err),
         &err);
    const sfd_batch_map in = sfd_train_values(&t->train, x);
    for (size_t p = 0; p < in.positions; p++)
        random_fill_reals(&r, in.x + p * in.ld, CIN);
    in.x[0] = 40; /* clipped: bytes reach from -2 to 3.1 */
    in.x[1] = -40;
}

static void end(pair *t)
{
    sfd_train_graph_free(&t->train);
    sfd_team_destroy(t->team);
    sfd_params_free(&t->params);
    sfd_graph_free(&t->graph);
}

static const float *values_of(const pair *t, const char *name)
{
    return t->params.value + sfd_params_find(&t->params, name)->at;
}

static const float *grads_of(const pair *t, const char *name)
{
    return t->params.grad + sfd_params_find(&t->params, name)->at;
}

static double to_step(double x, sfd_byte_scale s)
{
    return (double)s.scale *
           (fmin(fmax(rint(x / (double)s.scale) + s.zero, 0), 255) - (double)s.zero);
}

/* A row in its own steps, whose cost is what is told. */
static void row_to_steps(double *out, const float *w, size_t n)
{
    double cost, sum = 0, largest = 0;
    const double scale = (double)sfd_row_scale(w, n, &cost);
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs((double)w[i]));
        out[i] = scale * fmin(fmax(rint((double)w[i] / scale), -127), 127);
        sum += (out[i] - (double)w[i]) * (out[i] - (double)w[i]);
    }
    assert_true(fabs(sum - cost) <= 1e-4 * cost); /* the scale is a float */
    assert_true(scale <= largest / 127 * 1.0001 && scale >= largest / 127 / 2);
}

typedef struct plain {
    double x[POSITIONS][CIN], y[POSITIONS][MID], z[POSITIONS][COUT];
    double before[POSITIONS][MID]; /* y before ReLU and rounding */
    double a[MID][CIN * 9], b[COUT][MID];
    double d_a[MID][CIN * 9], d_a_bias[MID], d_b[COUT][MID], d_b_bias[COUT];
} plain;

static double d_out(size_t p, size_t c)
{
    return 0.1 * (double)((p * 7 + c * 3) % 11) - 0.4;
}

/* Position of tap k of position p, -1 outside. */
static int tap_of(int p, int k)
{
    const int h = p / W + k / 3 - 1, w = p % W + k % 3 - 1;
    return h < 0 || h >= H || w < 0 || w >= W ? -1 : h * W + w;
}

static void plain_forward(plain *s, const pair *t, const sfd_batch_map *picture)
{
    const float *a_bias = values_of(t, "a.bias"), *b_bias = values_of(t, "b.bias");
    *s = (plain){0};
    for (size_t c = 0; c < MID; c++)
        row_to_steps(s->a[c], values_of(t, "a.weight") + c * CIN * 9, CIN * 9);
    for (size_t c = 0; c < COUT; c++)
        row_to_steps(s->b[c], values_of(t, "b.weight") + c * MID, MID);
    for (int p = 0; p < POSITIONS; p++)
        for (int c = 0; c < CIN; c++)
            s->x[p][c] =
                to_step((double)picture->x[(size_t)p * picture->ld + (size_t)c], picture_scale);
    for (int p = 0; p < POSITIONS; p++) {
        for (int co = 0; co < MID; co++) {
            double sum = (double)a_bias[co];
            for (int i = 0; i < CIN * 9; i++)
                if (tap_of(p, i % 9) >= 0)
                    sum += s->a[co][i] * s->x[tap_of(p, i % 9)][i / 9];
            s->before[p][co] = sum;
            s->y[p][co] = to_step(fmax(sum, 0), a_scale);
        }
        for (int co = 0; co < COUT; co++) {
            s->z[p][co] = (double)b_bias[co];
            for (int c = 0; c < MID; c++)
                s->z[p][co] += s->b[co][c] * s->y[p][c];
        }
    }
}

/* Whether a's value passes a gradient: above zero, and not clipped. */
static bool passes(const plain *s, int p, int c)
{
    return s->before[p][c] > 0 && rint(s->before[p][c] / (double)a_scale.scale) <= 255;
}

static void plain_backward(plain *s)
{
    for (int p = 0; p < POSITIONS; p++)
        for (int co = 0; co < COUT; co++) {
            const double d = d_out((size_t)p, (size_t)co);
            s->d_b_bias[co] += d;
            for (int c = 0; c < MID; c++) {
                s->d_b[co][c] += d * s->y[p][c];
                if (!passes(s, p, c))
                    continue;
                s->d_a_bias[c] += d * s->b[co][c];
                for (int i = 0; i < CIN * 9; i++)
                    if (tap_of(p, i % 9) >= 0)
                        s->d_a[c][i] += d * s->b[co][c] * s->x[tap_of(p, i % 9)][i / 9];
            }
        }
}

static void are_near(const float *got, const double *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= tolerance))
            fail_msg("%zu: %g, not %g", i, (double)got[i], want[i]);
}

static void gradients_go_straight_through(void **state)
{
    (void)state;
    static plain want;
    bool convs[2];
    sfd_byte_scale maps[3] = {{0, 0}};
    pair t;
    begin(&t, convs, maps);
    const sfd_batch_map picture = sfd_train_values(&t.train, 0);
    plain_forward(&want, &t, &picture);
    sfd_train_graph_forward(&t.train);
    sfd_train_graph_clear_grads(&t.train);
    const sfd_batch_map y = sfd_train_values(&t.train, 1), z = sfd_train_values(&t.train, 2);
    const sfd_batch_map dz = sfd_train_grads(&t.train, 2);
    int n_clipped = 0, n_small = 0;
    for (size_t p = 0; p < POSITIONS; p++) {
        are_near(picture.x + p * picture.ld, want.x[p], CIN, 1e-5);
        are_near(y.x + p * y.ld, want.y[p], MID, 1e-5);
        are_near(z.x + p * z.ld, want.z[p], COUT, 1e-4);
        for (size_t c = 0; c < MID; c++) {
            n_clipped += want.before[p][c] > 0 && !passes(&want, (int)p, (int)c);
            n_small += passes(&want, (int)p, (int)c) && want.y[p][c] == 0;
        }
        for (size_t c = 0; c < COUT; c++)
            dz.x[p * dz.ld + c] = (float)d_out(p, c);
    }
    print_message("%d values clipped, %d rounded to zero\n", n_clipped, n_small);
    assert_true(n_clipped > 3);
    plain_backward(&want);
    sfd_train_graph_backward(&t.train);
    are_near(grads_of(&t, "a.weight"), want.d_a[0], MID * CIN * 9, 2e-3);
    are_near(grads_of(&t, "a.bias"), want.d_a_bias, MID, 1e-3);
    are_near(grads_of(&t, "b.weight"), want.d_b[0], COUT * MID, 2e-3);
    are_near(grads_of(&t, "b.bias"), want.d_b_bias, COUT, 1e-3);
    end(&t);
}

/* What is above zero, however little, still learns: a tenth of a step. */
static void small_values_learn(void **state)
{
    (void)state;
    bool convs[2];
    sfd_byte_scale maps[3] = {{0, 0}};
    pair t;
    begin(&t, convs, maps);
    const sfd_param *w = sfd_params_find(&t.params, "a.weight");
    const sfd_param *bias = sfd_params_find(&t.params, "a.bias");
    memset(t.params.value + w->at, 0, w->n * sizeof(float));
    for (size_t c = 0; c < MID; c++)
        t.params.value[bias->at + c] = (c % 2 ? -0.1f : 0.1f) * a_scale.scale;
    sfd_train_graph_forward(&t.train);
    sfd_train_graph_clear_grads(&t.train);
    const sfd_batch_map y = sfd_train_values(&t.train, 1), dz = sfd_train_grads(&t.train, 2);
    for (size_t p = 0; p < POSITIONS; p++)
        for (size_t c = 0; c < MID; c++)
            assert_true(fabsf(y.x[p * y.ld + c]) < a_scale.scale / 1000);
    for (size_t p = 0; p < POSITIONS; p++)
        dz.x[p * dz.ld] = 1;
    sfd_train_graph_backward(&t.train);
    for (size_t c = 0; c < MID; c++)
        assert_true((grads_of(&t, "a.bias")[c] != 0) == (c % 2 == 0));
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(network_is_the_quantised_one),
                                       cmocka_unit_test(gradients_go_straight_through),
                                       cmocka_unit_test(small_values_learn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
