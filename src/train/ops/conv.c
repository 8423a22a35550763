/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution in training. Forward, and the input's gradient where the stride is 1 (a convolution
 * of the output's gradient with mirrored weights), run the inference algorithms. */
#include "kernels/conv/im2row.h"
#include "quant/rows.h"
#include "train/bytes.h"
#include "train/ops/conv_impl.h"

#include <stdio.h>
#include <string.h>

#define SLACK_FLOATS 64 /* room for a vector read past a row */
#define MIRRORED     16 /* output channels */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The convolution alone: what follows it is norm.c's. */
static sfd_conv_shape own_shape(const sfd_train_graph *g, const sfd_node *node)
{
    const sfd_conv_attributes *a = node->attributes;
    const sfd_node_view v = sfd_plan_view(&g->plan, node, NULL);
    sfd_conv_shape s = sfd_conv_node_shape(&v, sfd_team_size(g->team));
    s.activation = SFD_ACTIVATION_NONE;
    s.residual_ld = 0;
    if (*a->norm)
        s.y_ld = (size_t)a->cout;
    return s;
}

/* The convolution that turns the output's gradient into the input's. */
static sfd_conv_shape mirrored_shape(const sfd_conv_shape *s)
{
    sfd_conv_shape m = *s;
    m.cin = s->cout;
    m.cout = s->cin;
    m.x_ld = s->y_ld;
    m.y_ld = m.residual_ld = s->x_ld;
    for (int axis = 0; axis < 3; axis++) {
        m.in[axis] = s->out[axis];
        m.out[axis] = s->in[axis];
        m.padding[axis] = s->dilation[axis] * (s->kernel[axis] - 1) - s->padding[axis];
    }
    return m;
}

static bool can_mirror(const sfd_conv_shape *s)
{
    for (int axis = 0; axis < 3; axis++)
        if (s->stride[axis] != 1 || s->padding[axis] > s->dilation[axis] * (s->kernel[axis] - 1))
            return false;
    return true;
}

/* Quantised networks are computed without transforms: what is rounded is to be the same. */
static const sfd_conv_algorithm *algorithm_of(const sfd_train_graph *g, const sfd_conv_shape *s)
{
    return sfd_conv_choose(g->kernels, s, g->params->bytes != NULL);
}

/* ------------------------------------------------------------------ memory */

static size_t find_place(const sfd_train_graph *g, const char *prefix, const char *field)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    return sfd_params_find(g->params, name)->at;
}

static void bind_params(const sfd_train_graph *g, const sfd_node *node, sfd_conv_train *t)
{
    const sfd_conv_attributes *a = node->attributes;
    t->weight = find_place(g, node->name, "weight");
    if (a->bias)
        t->bias = find_place(g, node->name, "bias");
    if (!*a->norm)
        return;
    t->gamma = find_place(g, a->norm, "weight");
    t->beta = find_place(g, a->norm, "bias");
    t->mean = find_place(g, a->norm, "running_mean");
    t->var = find_place(g, a->norm, "running_var");
}

/* What forward and backward need. */
static void measure_algorithms(const sfd_train_graph *g, const sfd_conv_shape *s, size_t *prepared,
                               size_t *scratch)
{
    const sfd_conv_shape m = mirrored_shape(s);
    const size_t weights = sfd_conv_cout(s) * sfd_im2row_k(s);
    const sfd_conv_algorithm *a = algorithm_of(g, s);
    *prepared = a->weight_floats(s);
    *scratch = a->scratch_floats(s);
    if (!can_mirror(s)) {
        *prepared = larger(*prepared, weights);
        *scratch = larger(*scratch, sfd_conv_strided_scratch(s));
        return;
    }
    a = algorithm_of(g, &m);
    *prepared = larger(*prepared, a->weight_floats(&m));
    *scratch = larger(*scratch, larger(a->scratch_floats(&m), weights));
}

/* For the gradient of the weights. */
static void reserve_weights_sums(const sfd_train_graph *g, sfd_conv_train *t,
                                 sfd_train_needs *needs, size_t *scratch)
{
    const sfd_conv_shape *s = &t->shape;
    t->winograd = !g->params->bytes && sfd_conv_winograd_can(g->kernels, s);
    t->n_parts = sfd_conv_weights_parts(s);
    size_t shared = t->n_parts * t->part_floats, own = sfd_conv_weights_scratch(s);
    if (t->winograd) {
        shared = sfd_conv_winograd_shared(s, g->batch);
        own = sfd_conv_winograd_scratch(s, g->batch);
    }
    t->parts = sfd_train_reserve(&needs->shared, shared, sizeof(float));
    *scratch = larger(*scratch, own);
}

static void bind(const sfd_train_graph *g, sfd_train_node *n)
{
    const sfd_conv_attributes *a = n->node->attributes;
    const size_t threads = (size_t)sfd_team_size(g->team), cout = (size_t)a->cout;
    sfd_conv_train *t = n->own;
    sfd_train_needs *needs = &n->needs;
    size_t prepared, scratch;
    t->attributes = a;
    t->shape = own_shape(g, n->node);
    bind_params(g, n->node, t);
    measure_algorithms(g, &t->shape, &prepared, &scratch);
    t->part_floats = cout * sfd_im2row_k(&t->shape);
    t->width = larger(cout, SFD_NORM_FOLD);
    needs->prepared = (prepared + SLACK_FLOATS) * sizeof(float);
    t->zeros = sfd_train_reserve(&needs->shared, larger(cout, (size_t)a->cin) + SLACK_FLOATS,
                                 sizeof(float));
    reserve_weights_sums(g, t, needs, &scratch);
    t->sums = sfd_train_reserve(&needs->shared, threads * 2 * t->width, sizeof(double));
    t->norm_rows = sfd_train_reserve(&needs->shared, SFD_NORM_ROWS * t->width, sizeof(float));
    needs->thread = scratch * sizeof(float);
    if (*a->norm) {
        needs->kept_sample = (sfd_conv_positions(&t->shape) * cout + SLACK_FLOATS) * sizeof(float);
        needs->kept = 2 * cout * sizeof(float);
    }
    t->rounds = g->params->bytes && g->params->bytes->convs[n->node - g->graph->nodes];
    if (t->rounds)
        t->rounded = sfd_train_reserve(&needs->kept, t->part_floats, sizeof(float));
}

/* ------------------------------------------------------------------ weights */

static float *rounded_weights(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    return (float *)((char *)sfd_train_kept(g, n) + t->rounded);
}

/* What the convolution computes with. */
static const float *weights_of(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    return t->rounds ? rounded_weights(g, n) : g->params->value + t->weight;
}

static void round_weights(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const size_t k = t->part_floats / (size_t)t->attributes->cout;
    for (size_t row = 0; t->rounds && row < (size_t)t->attributes->cout; row++)
        sfd_row_round(rounded_weights(g, n) + row * k, g->params->value + t->weight + row * k, k);
}

/* w [cout][cin / groups][taps] -> [cin][cout / groups][taps] with the taps reversed; some output
 * channels at a time, so that what is written lies side by side. */
static void mirror_weights(const sfd_conv_shape *s, const float *w, float *out)
{
    const size_t taps = sfd_conv_taps(s), cin = sfd_conv_group_cin(s);
    const size_t cout = sfd_conv_group_cout(s), all = sfd_conv_cout(s);
    for (size_t first = 0; first < all; first += MIRRORED) {
        const size_t end = all - first < MIRRORED ? all : first + MIRRORED;
        for (size_t ci = 0; ci < cin; ci++)
            for (size_t co = first; co < end; co++)
                for (size_t tap = 0; tap < taps; tap++)
                    out[((co / cout * cin + ci) * cout + co % cout) * taps + taps - 1 - tap] =
                        w[(co * cin + ci) * taps + tap];
    }
}

/* w [cout][cin][taps] -> [cout][taps][cin], the order of gathered rows. */
static void tap_major_weights(const sfd_conv_shape *s, const float *w, float *out)
{
    const size_t taps = sfd_conv_taps(s), cin = sfd_conv_group_cin(s);
    for (size_t co = 0; co < sfd_conv_cout(s); co++)
        for (size_t ci = 0; ci < cin; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                out[(co * taps + tap) * cin + ci] = w[(co * cin + ci) * taps + tap];
}

static void prepare_backward(const sfd_train_graph *g, const sfd_train_node *n, float *scratch)
{
    const sfd_conv_train *t = n->own;
    const sfd_conv_shape *s = &t->shape, m = mirrored_shape(s);
    float *prepared = sfd_train_prepared(g, n);
    if (!can_mirror(s)) {
        tap_major_weights(s, weights_of(g, n), prepared);
        return;
    }
    mirror_weights(s, weights_of(g, n), scratch);
    algorithm_of(g, &m)->prepare(&m, scratch, prepared);
}

static void prepare(const sfd_train_graph *g, const sfd_train_node *n, bool backward, int thread)
{
    const sfd_conv_train *t = n->own;
    if (backward) {
        if (sfd_train_graph_wants(g, n->node->inputs[0]))
            prepare_backward(g, n, sfd_train_scratch(g, thread));
        return;
    }
    round_weights(g, n);
    algorithm_of(g, &t->shape)->prepare(&t->shape, weights_of(g, n), sfd_train_prepared(g, n));
}

/* ------------------------------------------------------------------ forward */

/* One convolution of every sample. */
typedef struct batch_run {
    const sfd_train_graph *graph;
    const sfd_conv_algorithm *algorithm;
    const sfd_conv_shape *shape;
    const float *weights, *bias;
    const sfd_batch_map *x, *y;
    bool sum; /* y is added to */
    size_t n_tiles;
} batch_run;

static void run_batch_tile(void *user, size_t item, int thread)
{
    const batch_run *r = user;
    const size_t sample = item / r->n_tiles;
    float *out = r->y->x + sample * r->y->sample_floats;
    const sfd_conv_io io = {.x = r->x->x + sample * r->x->sample_floats,
                            .weights = r->weights,
                            .bias = r->bias,
                            .residual = r->sum ? out : NULL,
                            .y = out};
    r->algorithm->run_tile(r->shape, &io, item % r->n_tiles, sfd_train_scratch(r->graph, thread));
}

/* With the weights that were prepared; bias NULL stands for zeros. */
static void run_batch(const sfd_train_graph *g, const sfd_train_node *n, const sfd_conv_shape *s,
                      const float *bias, const sfd_batch_map *x, const sfd_batch_map *y, bool sum)
{
    const sfd_conv_train *t = n->own;
    const sfd_conv_algorithm *a = algorithm_of(g, s);
    float *zeros = sfd_conv_shared(g, t->zeros);
    memset(zeros, 0, (sfd_conv_cout(s) + SLACK_FLOATS) * sizeof *zeros);
    batch_run r = {
        g, a, s, sfd_train_prepared(g, n), bias ? bias : zeros, x, y, sum, a->n_tiles(s)};
    sfd_team_for(g->team, g->batch * r.n_tiles, run_batch_tile, &r);
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const sfd_batch_map x = sfd_train_values(g, n->node->inputs[0]);
    const sfd_batch_map y = sfd_conv_output(g, n, false);
    run_batch(g, n, &t->shape, t->attributes->bias ? g->params->value + t->bias : NULL, &x, &y,
              false);
    sfd_norm_forward(g, n);
}

/* ------------------------------------------------------------------ backward */

static void bias_backward(const sfd_train_graph *g, const sfd_batch_map *dy, float *grad)
{
    for (size_t i = 0; i < g->batch * dy->positions; i++) {
        const float *row =
            dy->x + i / dy->positions * dy->sample_floats + i % dy->positions * dy->ld;
        for (size_t c = 0; c < dy->channels; c++)
            grad[c] += row[c];
    }
}

static void input_backward(const sfd_train_graph *g, const sfd_train_node *n,
                           const sfd_batch_map *dy, const sfd_batch_map *dx)
{
    const sfd_conv_train *t = n->own;
    const sfd_conv_shape m = mirrored_shape(&t->shape);
    if (can_mirror(&t->shape))
        run_batch(g, n, &m, NULL, dy, dx, true);
    else
        sfd_conv_strided_backward(g, &t->shape, sfd_train_prepared(g, n), dy, dx);
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const int input = n->node->inputs[0];
    sfd_norm_backward(g, n);
    const sfd_batch_map x = sfd_train_values(g, input), dx = sfd_train_grads(g, input);
    const sfd_batch_map dy = sfd_conv_output(g, n, true);
    if (!n->frozen)
        (t->winograd ? sfd_conv_winograd_backward
                     : sfd_conv_weights_backward)(g, t, &x, &dy, g->params->grad + t->weight);
    if (!n->frozen && t->attributes->bias)
        bias_backward(g, &dy, g->params->grad + t->bias);
    if (sfd_train_graph_wants(g, input))
        input_backward(g, n, &dy, &dx);
}

const sfd_train_op sfd_train_op_conv = {.op = &sfd_op_conv,
                                        .own_bytes = sizeof(sfd_conv_train),
                                        .bind = bind,
                                        .prepare = prepare,
                                        .forward = forward,
                                        .backward = backward};
