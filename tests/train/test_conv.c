/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution's gradients, of its weights and of its input, against plain sums, for every
 * instruction set and number of threads. Values are small integers, whose sums are exact in any
 * order: but for ways that transform, all bits must be right. */
#include "graph/ops/conv.h"
#include "kernels/sets.h"
#include "support/random.h"
#include "train/ops/conv_impl.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BATCH      2
#define TRANSFORMS 2e-5 /* of the largest value: what Winograd's algorithms may round */
#define SUMS       4e-6 /* the same of weights' gradients, of which it is sums that are rounded */

typedef struct conv_case {
    const char *what;
    int cin, cout, groups, in[3], kernel[3], stride[3], padding[3], dilation[3];
} conv_case;

static const conv_case cases[] = {
    {"1x1x1", 40, 150, 1, {2, 5, 7}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}},
    {"1x1x1 of many channels", 1100, 33, 1, {1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}},
    {"shortcut", 37, 20, 1, {2, 7, 8}, {1, 1, 1}, {1, 2, 2}, {0, 0, 0}, {1, 1, 1}},
    {"1x3x3", 48, 32, 1, {2, 9, 14}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}},
    {"1x3x3, dilated", 32, 48, 1, {2, 9, 6}, {1, 3, 3}, {1, 1, 1}, {0, 2, 2}, {1, 2, 2}},
    {"1x3x3, narrow", 8, 8, 1, {3, 5, 11}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}},
    {"1x3x3, strided", 24, 18, 1, {2, 9, 12}, {1, 3, 3}, {1, 2, 2}, {0, 1, 1}, {1, 1, 1}},
    {"1x3x3, odd", 37, 71, 1, {1, 5, 7}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}},
    {"3x1x1", 64, 16, 1, {6, 3, 5}, {3, 1, 1}, {1, 1, 1}, {1, 0, 0}, {1, 1, 1}},
    {"3x1x1, odd", 145, 35, 1, {5, 3, 5}, {3, 1, 1}, {1, 1, 1}, {1, 0, 0}, {1, 1, 1}},
    {"lateral", 8, 16, 1, {12, 5, 5}, {7, 1, 1}, {4, 1, 1}, {3, 0, 0}, {1, 1, 1}},
    {"stem", 3, 8, 1, {4, 13, 17}, {5, 7, 7}, {1, 2, 2}, {2, 3, 3}, {1, 1, 1}},
    {"3x3x3, strided", 5, 7, 1, {5, 7, 6}, {3, 3, 3}, {2, 2, 2}, {1, 1, 1}, {1, 1, 1}},
    {"groups", 12, 20, 4, {2, 6, 5}, {1, 3, 3}, {1, 2, 1}, {0, 1, 1}, {1, 1, 1}},
    {"depthwise", 19, 19, 19, {1, 8, 9}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}},
};

/* Tiles for more than one of the chunks in which Winograd's way transforms them. */
static const conv_case large = {"1x3x3, large", 32,        32,        1,        {2, 58, 58},
                                {1, 3, 3},      {1, 1, 1}, {0, 1, 1}, {1, 1, 1}};

/* The convolution behind one that makes its input of a picture. */
typedef struct learning {
    sfd_graph graph;
    sfd_params params;
    sfd_team *team;
    sfd_train_graph train;
    const sfd_node *node;
} learning;

static void make_graph(learning *l, const conv_case *c)
{
    sfd_conv_attributes lead = sfd_conv_defaults(c->cin), conv = sfd_conv_defaults(c->cout);
    strcpy(l->graph.name, c->what);
    sfd_graph_add_input(&l->graph, "picture", 1, c->in[0]);
    lead.bias = true;
    const int x = sfd_graph_add_conv(&l->graph, "lead", &lead, 0, SFD_NO_TENSOR);
    conv.groups = c->groups;
    memcpy(conv.window.kernel, c->kernel, sizeof c->kernel);
    memcpy(conv.window.stride, c->stride, sizeof c->stride);
    memcpy(conv.window.padding, c->padding, sizeof c->padding);
    memcpy(conv.window.dilation, c->dilation, sizeof c->dilation);
    sfd_graph_add_output(&l->graph, "output",
                         sfd_graph_add_conv(&l->graph, "conv", &conv, x, SFD_NO_TENSOR));
    assert_false(l->graph.failed);
    l->node = &l->graph.nodes[1];
}

static void begin(learning *l, const conv_case *c, const sfd_kernels *set, int threads)
{
    sfd_error err;
    *l = (learning){0};
    make_graph(l, c);
    assert_int_equal(sfd_params_create_for_graph(&l->params, &l->graph, &err), SFD_OK);
    assert_int_equal(sfd_team_create(&l->team, threads, &err), SFD_OK);
    if (sfd_train_graph_create(&l->train, &l->graph, &l->params, set, BATCH, c->in[1], c->in[2],
                               l->team, &err) != SFD_OK)
        fail_msg("%s", err.message);
}

static void end(learning *l)
{
    sfd_train_graph_free(&l->train);
    sfd_team_destroy(l->team);
    sfd_params_free(&l->params);
    sfd_graph_free(&l->graph);
}

static void fill(test_random *r, const sfd_batch_map *m)
{
    for (size_t n = 0; n < BATCH; n++)
        for (size_t p = 0; p < m->positions; p++)
            random_fill_ints(r, m->x + n * m->sample_floats + p * m->ld, m->channels, 4);
}

/* ------------------------------------------------------------------ plain sums */

typedef struct sums {
    const conv_case *c;
    sfd_batch_map x, dy;
    const float *w;
    int out[3];
    double *dw, *dx; /* [cout][cin / groups][taps], [BATCH][positions][cin] */
} sums;

static bool find_input(const sums *s, const int at[3], const int tap[3], size_t *position)
{
    size_t p = 0;
    for (int axis = 0; axis < 3; axis++) {
        const conv_case *c = s->c;
        const int i = at[axis] * c->stride[axis] - c->padding[axis] + tap[axis] * c->dilation[axis];
        if (i < 0 || i >= c->in[axis])
            return false;
        p = p * (size_t)c->in[axis] + (size_t)i;
    }
    *position = p;
    return true;
}

/* One tap of one output position. */
static void add_tap(const sums *s, size_t n, size_t at, size_t from, size_t tap, size_t taps)
{
    const size_t cin = (size_t)(s->c->cin / s->c->groups), cout = (size_t)s->c->cout;
    const float *dy = s->dy.x + n * s->dy.sample_floats + at * s->dy.ld;
    const float *x = s->x.x + n * s->x.sample_floats + from * s->x.ld;
    double *dx = s->dx + (n * s->x.positions + from) * s->x.channels;
    for (size_t co = 0; co < cout; co++) {
        const size_t first = co / (cout / (size_t)s->c->groups) * cin;
        for (size_t ci = 0; ci < cin; ci++) {
            const size_t i = (co * cin + ci) * taps + tap;
            s->dw[i] += (double)dy[co] * (double)x[first + ci];
            dx[first + ci] += (double)dy[co] * (double)s->w[i];
        }
    }
}

static void add_position(const sums *s, size_t n, const int at[3])
{
    const int *k = s->c->kernel;
    const size_t p =
        ((size_t)at[0] * (size_t)s->out[1] + (size_t)at[1]) * (size_t)s->out[2] + (size_t)at[2];
    for (int tap = 0; tap < k[0] * k[1] * k[2]; tap++) {
        const int where[3] = {tap / (k[1] * k[2]), tap / k[2] % k[1], tap % k[2]};
        size_t from;
        if (find_input(s, at, where, &from))
            add_tap(s, n, p, from, (size_t)tap, (size_t)(k[0] * k[1] * k[2]));
    }
}

static void add_all(const sums *s)
{
    for (size_t n = 0; n < BATCH; n++)
        for (int t = 0; t < s->out[0]; t++)
            for (int h = 0; h < s->out[1]; h++)
                for (int v = 0; v < s->out[2]; v++)
                    add_position(s, n, (int[]){t, h, v});
}

/* ------------------------------------------------------------------ checks */

static void check_weights(const sums *s, const float *got, size_t n, bool exact, const char *how)
{
    double largest = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)got[i] - s->dw[i]));
        largest = fmax(largest, fabs(s->dw[i]));
    }
    if (!(worst <= (exact ? 0 : SUMS * largest)))
        fail_msg("%s, %s: the weights' gradient differs by %g of %g", s->c->what, how, worst,
                 largest);
}

/* What is left of it, when all is done, where the first node looked for it. */
static void check_input(const sums *s, const sfd_batch_map *got, bool exact, const char *how)
{
    double largest = 0, worst = 0;
    for (size_t i = 0; i < BATCH * got->positions * got->channels; i++) {
        const size_t p = i / got->channels, n = p / got->positions;
        const float d =
            got->x[n * got->sample_floats + p % got->positions * got->ld + i % got->channels];
        worst = fmax(worst, fabs((double)d - s->dx[i]));
        largest = fmax(largest, fabs(s->dx[i]));
    }
    if (!(worst <= (exact ? 0 : TRANSFORMS * largest)))
        fail_msg("%s, %s: the input's gradient differs by %g of %g", s->c->what, how, worst,
                 largest);
}

static void check_case(const conv_case *c, const sfd_kernels *set, int threads, test_random *r)
{
    learning l;
    char how[64];
    begin(&l, c, set, threads);
    const sfd_param *w = sfd_params_find(&l.params, "conv.weight");
    const sfd_plan_tensor *out = &l.train.plan.tensors[l.node->output];
    sums s = {.c = c,
              .x = sfd_train_values(&l.train, l.node->inputs[0]),
              .dy = sfd_train_grads(&l.train, l.node->output),
              .w = l.params.value + w->at,
              .dw = calloc(w->n, sizeof *s.dw)};
    const sfd_batch_map picture = sfd_train_values(&l.train, 0);
    s.dx = calloc(BATCH * s.x.positions * s.x.channels, sizeof *s.dx);
    assert_true(s.dw && s.dx);
    memcpy(s.out, out->size, sizeof s.out);
    random_fill_ints(r, l.params.value, l.params.n_floats, 4);
    fill(r, &picture);
    sfd_train_graph_forward(&l.train);
    sfd_train_graph_clear_grads(&l.train);
    fill(r, &s.dy);
    add_all(&s);
    sfd_train_graph_backward(&l.train);
    snprintf(how, sizeof how, "%s, %d threads", sfd_cpu_name(set->needs), threads);
    const sfd_conv_train *own = l.train.nodes[1].own;
    check_weights(&s, l.params.grad + w->at, w->n, !own->winograd, how);
    const sfd_batch_map dx = sfd_train_grads(&l.train, l.node->inputs[0]);
    const bool plain = c->stride[1] > 1 || c->kernel[0] * c->kernel[1] == 1 || set->n_conv < 3;
    check_input(&s, &dx, plain, how);
    free(s.dw);
    free(s.dx);
    end(&l);
}

static void test_gradients(void **state)
{
    (void)state;
    test_random r = {5};
    const sfd_kernels *set;
    print_sets();
    check_case(&large, sfd_kernels_get(sfd_cpu_detect()), 2, &r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t next = 0; (set = next_float_set(&next));)
            for (int threads = 1; threads <= 3; threads++)
                check_case(&cases[i], set, threads, &r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
