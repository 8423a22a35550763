/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution in training. Forward, and the input's gradient where the stride is 1 (a convolution
 * of the output's gradient with mirrored weights), run the inference algorithms; the weights'
 * gradient and strided convolutions are products with gathered rows. */
#include "kernels/conv/im2row.h"
#include "quant/rows.h"
#include "train/bytes.h"
#include "train/ops/conv_impl.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

#define TILE_FLOATS  65536 /* gathered rows that stay in the second-level cache */
#define SLACK_FLOATS 64    /* room for a vector read past a row */

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

static size_t tile_rows(const sfd_conv_shape *s)
{
    return sfd_tile_fit(sfd_im2row_k(s), TILE_FLOATS);
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

/* What the algorithms of forward and backward need. */
static void measure_algorithms(const sfd_train_graph *g, const sfd_conv_shape *s, size_t *prepared,
                               size_t *scratch)
{
    const sfd_conv_shape m = mirrored_shape(s);
    const sfd_conv_algorithm *a = sfd_conv_choose(g->kernels, s, true);
    *prepared = a->weight_floats(s);
    *scratch = larger(a->scratch_floats(s), tile_rows(s) * sfd_im2row_k(s));
    if (!can_mirror(s))
        return;
    a = sfd_conv_choose(g->kernels, &m, true);
    *prepared = larger(*prepared, a->weight_floats(&m));
    *scratch = larger(*scratch, a->scratch_floats(&m));
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
    t->prepared = sfd_train_reserve(&needs->shared, prepared + SLACK_FLOATS, sizeof(float));
    t->flipped = sfd_train_reserve(&needs->shared, t->part_floats + SLACK_FLOATS, sizeof(float));
    t->zeros = sfd_train_reserve(&needs->shared, larger(cout, (size_t)a->cin) + SLACK_FLOATS,
                                 sizeof(float));
    t->parts = sfd_train_reserve(&needs->shared, threads * t->part_floats, sizeof(float));
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

typedef struct rounding {
    const sfd_train_graph *graph;
    const sfd_train_node *node;
} rounding;

static void round_row(void *user, size_t row, int thread)
{
    const rounding *r = user;
    const sfd_conv_train *t = r->node->own;
    const size_t n = t->part_floats / (size_t)t->attributes->cout;
    (void)thread;
    sfd_row_round(rounded_weights(r->graph, r->node) + row * n,
                  r->graph->params->value + t->weight + row * n, n);
}

static void round_weights(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    rounding r = {g, n};
    if (t->rounds)
        sfd_team_for(g->team, (size_t)t->attributes->cout, round_row, &r);
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

/* bias NULL stands for zeros. */
static void run_batch(const sfd_train_graph *g, const sfd_conv_train *t, const sfd_conv_shape *s,
                      const float *w, const float *bias, const sfd_batch_map *x,
                      const sfd_batch_map *y, bool sum)
{
    const sfd_conv_algorithm *a = sfd_conv_choose(g->kernels, s, true);
    float *prepared = sfd_conv_shared(g, t->prepared), *zeros = sfd_conv_shared(g, t->zeros);
    memset(zeros, 0, ((size_t)s->cout + SLACK_FLOATS) * sizeof *zeros);
    a->prepare(s, w, prepared);
    batch_run r = {g, a, s, prepared, bias ? bias : zeros, x, y, sum, a->n_tiles(s)};
    sfd_team_for(g->team, g->batch * r.n_tiles, run_batch_tile, &r);
}

static void forward(sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const float *params = g->params->value;
    const sfd_batch_map x = sfd_train_values(g, n->node->inputs[0]);
    const sfd_batch_map y = sfd_conv_output(g, n, false);
    round_weights(g, n);
    run_batch(g, t, &t->shape, weights_of(g, n), t->attributes->bias ? params + t->bias : NULL, &x,
              &y, false);
    sfd_norm_forward(g, n);
}

/* ------------------------------------------------------------------ weights' gradient */

/* Input frame that a tap in time sees at output frame t; -1 outside. */
static int tap_frame(const sfd_conv_shape *s, int t, int tap)
{
    const int frame = t * s->stride[0] - s->padding[0] + tap * s->dilation[0];
    return frame >= 0 && frame < s->in[0] ? frame : -1;
}

/* Sums one tile into dw [cout][taps][cin / groups]. Taps in time only need no gathered rows: each
 * is a product with another frame. */
static void add_tile_weights(const sfd_conv_shape *s, const float *x, const float *dy,
                             sfd_tile_span span, float *rows, float *dw)
{
    const size_t k = sfd_im2row_k(s), frame = (size_t)s->in[1] * (size_t)s->in[2];
    const size_t cin = (size_t)(s->cin / s->groups), cout = (size_t)(s->cout / s->groups);
    const bool direct = sfd_conv_is_pointwise(s);
    for (size_t group = 0; group < (size_t)s->groups; group++) {
        const float *y = dy + sfd_tile_start(s, span) * s->y_ld + group * cout;
        float *out = dw + group * cout * k;
        if (!direct) {
            sfd_im2row_gather(s, x + group * cin, span, rows);
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)cout, (blasint)k,
                        (blasint)span.rows, 1.0f, y, (blasint)s->y_ld, rows, (blasint)k, 1.0f, out,
                        (blasint)k);
            continue;
        }
        for (int tap = 0; tap < s->kernel[0]; tap++) {
            const int from = tap_frame(s, span.t, tap);
            if (from >= 0)
                cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)cout, (blasint)cin,
                            (blasint)span.rows, 1.0f, y, (blasint)s->y_ld,
                            x + group * cin + ((size_t)from * frame + span.first) * s->x_ld,
                            (blasint)s->x_ld, 1.0f, out + (size_t)tap * cin, (blasint)k);
        }
    }
}

typedef struct weights_run {
    const sfd_train_graph *graph;
    const sfd_conv_shape *shape;
    const sfd_batch_map *x, *dy;
    float *parts; /* [n_parts][part_floats], dw [cout][taps][cin] each */
    size_t part_floats, n_parts;
    float *grad; /* [cout][cin][taps] */
} weights_run;

static void sum_part(void *user, size_t part, int thread)
{
    const weights_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const size_t max_rows = tile_rows(s), n_tiles = sfd_tile_count(s, max_rows);
    const size_t total = r->graph->batch * n_tiles;
    float *dw = r->parts + part * r->part_floats;
    memset(dw, 0, r->part_floats * sizeof *dw);
    for (size_t i = total * part / r->n_parts; i < total * (part + 1) / r->n_parts; i++)
        add_tile_weights(s, r->x->x + i / n_tiles * r->x->sample_floats,
                         r->dy->x + i / n_tiles * r->dy->sample_floats,
                         sfd_tile_get(s, max_rows, i % n_tiles),
                         sfd_train_scratch(r->graph, thread), dw);
}

/* All parts, added in order, of a share of the output channels. */
static void reduce_share(void *user, size_t share, int thread)
{
    const weights_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const size_t taps = sfd_conv_taps(s), cin = (size_t)(s->cin / s->groups), k = taps * cin;
    const size_t cout = (size_t)s->cout;
    (void)thread;
    for (size_t co = cout * share / r->n_parts; co < cout * (share + 1) / r->n_parts; co++)
        for (size_t i = 0; i < k; i++) {
            float sum = 0;
            for (size_t part = 0; part < r->n_parts; part++)
                sum += r->parts[part * r->part_floats + co * k + i];
            r->grad[co * k + i % cin * taps + i / cin] += sum;
        }
}

static void weights_backward(const sfd_train_graph *g, const sfd_conv_train *t,
                             const sfd_batch_map *x, const sfd_batch_map *dy, float *grad)
{
    weights_run r = {g,
                     &t->shape,
                     x,
                     dy,
                     sfd_conv_shared(g, t->parts),
                     t->part_floats,
                     (size_t)sfd_team_size(g->team),
                     grad};
    sfd_team_for(g->team, r.n_parts, sum_part, &r);
    sfd_team_for(g->team, r.n_parts, reduce_share, &r);
}

static void bias_backward(const sfd_train_graph *g, const sfd_batch_map *dy, float *grad)
{
    for (size_t i = 0; i < g->batch * dy->positions; i++) {
        const float *row =
            dy->x + i / dy->positions * dy->sample_floats + i % dy->positions * dy->ld;
        for (size_t c = 0; c < dy->channels; c++)
            grad[c] += row[c];
    }
}

/* ------------------------------------------------------------------ input's gradient */

/* w [cout][cin / groups][taps] -> [cin][cout / groups][taps] with the taps reversed. */
static void mirror_weights(const sfd_conv_shape *s, const float *w, float *out)
{
    const size_t taps = sfd_conv_taps(s), cin = (size_t)(s->cin / s->groups);
    const size_t cout = (size_t)(s->cout / s->groups);
    for (size_t co = 0; co < (size_t)s->cout; co++)
        for (size_t ci = 0; ci < cin; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                out[((co / cout * cin + ci) * cout + co % cout) * taps + taps - 1 - tap] =
                    w[(co * cin + ci) * taps + tap];
}

/* w [cout][cin][taps] -> [cout][taps][cin], the order of gathered rows. */
static void tap_major_weights(const sfd_conv_shape *s, const float *w, float *out)
{
    const size_t taps = sfd_conv_taps(s), cin = (size_t)(s->cin / s->groups);
    for (size_t co = 0; co < (size_t)s->cout; co++)
        for (size_t ci = 0; ci < cin; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                out[(co * taps + tap) * cin + ci] = w[(co * cin + ci) * taps + tap];
}

/* The inverse of gathering one output position's inputs: adds them back. */
static void scatter_row(const sfd_conv_shape *s, const float *row, int t, size_t position,
                        float *dx)
{
    const int h = (int)(position / (size_t)s->out[2]), v = (int)(position % (size_t)s->out[2]);
    const size_t n = (size_t)(s->cin / s->groups);
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++)
            for (int dw = 0; dw < s->kernel[2]; dw++, row += n) {
                const int it = t * s->stride[0] - s->padding[0] + dt * s->dilation[0];
                const int ih = h * s->stride[1] - s->padding[1] + dh * s->dilation[1];
                const int iv = v * s->stride[2] - s->padding[2] + dw * s->dilation[2];
                if (it < 0 || it >= s->in[0] || ih < 0 || ih >= s->in[1] || iv < 0 ||
                    iv >= s->in[2])
                    continue;
                float *to = dx + (((size_t)it * (size_t)s->in[1] + (size_t)ih) * (size_t)s->in[2] +
                                  (size_t)iv) *
                                     s->x_ld;
                for (size_t i = 0; i < n; i++)
                    to[i] += row[i];
            }
}

static void scatter_sample(const sfd_conv_shape *s, const float *w, const float *dy, float *dx,
                           float *rows)
{
    const size_t max_rows = tile_rows(s), k = sfd_im2row_k(s);
    const size_t cin = (size_t)(s->cin / s->groups), cout = (size_t)(s->cout / s->groups);
    for (size_t tile = 0; tile < sfd_tile_count(s, max_rows); tile++) {
        const sfd_tile_span span = sfd_tile_get(s, max_rows, tile);
        for (size_t group = 0; group < (size_t)s->groups; group++) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)span.rows, (blasint)k,
                        (blasint)cout, 1.0f, dy + sfd_tile_start(s, span) * s->y_ld + group * cout,
                        (blasint)s->y_ld, w + group * cout * k, (blasint)k, 0.0f, rows, (blasint)k);
            for (size_t r = 0; r < span.rows; r++)
                scatter_row(s, rows + r * k, span.t, span.first + r, dx + group * cin);
        }
    }
}

/* The same for taps in time only, which add to whole frames. */
static void add_frames(const sfd_conv_shape *s, const float *w, const float *dy, float *dx)
{
    const size_t k = sfd_im2row_k(s), frame = (size_t)s->in[1] * (size_t)s->in[2];
    const size_t cin = (size_t)(s->cin / s->groups), cout = (size_t)(s->cout / s->groups);
    for (int t = 0; t < s->out[0]; t++)
        for (int tap = 0; tap < s->kernel[0]; tap++) {
            const int to = tap_frame(s, t, tap);
            for (size_t group = 0; to >= 0 && group < (size_t)s->groups; group++)
                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)frame, (blasint)cin,
                            (blasint)cout, 1.0f, dy + (size_t)t * frame * s->y_ld + group * cout,
                            (blasint)s->y_ld, w + group * cout * k + (size_t)tap * cin, (blasint)k,
                            1.0f, dx + (size_t)to * frame * s->x_ld + group * cin,
                            (blasint)s->x_ld);
        }
}

typedef struct input_run {
    const sfd_train_graph *graph;
    const sfd_conv_shape *shape;
    const float *weights; /* [cout][taps][cin] */
    const sfd_batch_map *dy, *dx;
} input_run;

static void input_backward_sample(void *user, size_t n, int thread)
{
    const input_run *r = user;
    const float *from = r->dy->x + n * r->dy->sample_floats;
    float *to = r->dx->x + n * r->dx->sample_floats;
    if (sfd_conv_is_pointwise(r->shape))
        add_frames(r->shape, r->weights, from, to);
    else
        scatter_sample(r->shape, r->weights, from, to, sfd_train_scratch(r->graph, thread));
}

static void input_backward(const sfd_train_graph *g, const sfd_conv_train *t, const float *w,
                           const sfd_batch_map *dy, const sfd_batch_map *dx)
{
    const sfd_conv_shape *s = &t->shape;
    float *flipped = sfd_conv_shared(g, t->flipped);
    if (can_mirror(s)) {
        const sfd_conv_shape m = mirrored_shape(s);
        mirror_weights(s, w, flipped);
        run_batch(g, t, &m, flipped, NULL, dy, dx, true);
        return;
    }
    tap_major_weights(s, w, flipped);
    input_run r = {g, s, flipped, dy, dx};
    sfd_team_for(g->team, g->batch, input_backward_sample, &r);
}

static void backward(sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const int input = n->node->inputs[0];
    sfd_norm_backward(g, n);
    const sfd_batch_map x = sfd_train_values(g, input), dx = sfd_train_grads(g, input);
    const sfd_batch_map dy = sfd_conv_output(g, n, true);
    if (!n->frozen)
        weights_backward(g, t, &x, &dy, g->params->grad + t->weight);
    if (!n->frozen && t->attributes->bias)
        bias_backward(g, &dy, g->params->grad + t->bias);
    if (sfd_train_graph_wants(g, input))
        input_backward(g, t, weights_of(g, n), &dy, &dx);
}

const sfd_train_op sfd_train_op_conv = {.op = &sfd_op_conv,
                                        .own_bytes = sizeof(sfd_conv_train),
                                        .bind = bind,
                                        .forward = forward,
                                        .backward = backward};
