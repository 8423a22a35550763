/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution in training. Forward, and the input's gradient where the stride is 1 (a convolution
 * of the output's gradient with mirrored weights), run the inference algorithms; the weights'
 * gradient and strided layers are products with gathered rows. */
#include "kernels/conv/im2row.h"
#include "train/ops/layers.h"

#include <cblas.h>
#include <omp.h>
#include <string.h>

#define TILE_FLOATS 65536 /* gathered rows that stay in the second-level cache */

sfd_batch_map sfd_conv_output(const sfd_train_graph *g, size_t layer, bool gradient)
{
    const sfd_layer *l = &g->graph->layers[layer];
    if (!*l->norm)
        return sfd_train_graph_map(g, gradient ? g->grad : g->value, l->output);
    const size_t channels = (size_t)l->cout;
    return (sfd_batch_map){g->pre + g->layers[layer].pre, g->pre_floats, channels,
                           sfd_plan_positions(&g->plan.tensors[l->output]), channels};
}

/* The convolution alone: what follows it is norm.c's. */
static sfd_conv_shape own_shape(const sfd_train_graph *g, const sfd_layer *l)
{
    sfd_conv_shape s = sfd_plan_conv_shape(&g->plan, l, g->n_threads);
    s.relu = false;
    s.residual_ld = 0;
    if (*l->norm)
        s.y_ld = (size_t)l->cout;
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

size_t sfd_conv_train_prepared(const sfd_train_graph *g, const sfd_layer *l)
{
    const sfd_conv_shape s = own_shape(g, l), m = mirrored_shape(&s);
    const size_t forward = sfd_conv_choose(g->kernels, &s, true)->weight_floats(&s);
    const size_t back =
        can_mirror(&s) ? sfd_conv_choose(g->kernels, &m, true)->weight_floats(&m) : 0;
    return forward > back ? forward : back;
}

size_t sfd_conv_train_scratch(const sfd_train_graph *g, const sfd_layer *l)
{
    const sfd_conv_shape s = own_shape(g, l), m = mirrored_shape(&s);
    const size_t forward = sfd_conv_choose(g->kernels, &s, true)->scratch_floats(&s);
    const size_t back =
        can_mirror(&s) ? sfd_conv_choose(g->kernels, &m, true)->scratch_floats(&m) : 0;
    const size_t rows = tile_rows(&s) * sfd_im2row_k(&s);
    const size_t most = forward > back ? forward : back;
    return most > rows ? most : rows;
}

/* ------------------------------------------------------------------ forward */

/* One convolution of every sample; y is added to where `sum` is set. */
static void run_batch(sfd_train_graph *g, const sfd_conv_shape *s, const float *w,
                      const float *bias, const sfd_batch_map *x, const sfd_batch_map *y, bool sum)
{
    const sfd_conv_algorithm *a = sfd_conv_choose(g->kernels, s, true);
    const size_t n = a->n_tiles(s);
    a->prepare(s, w, g->prepared);
#pragma omp parallel for num_threads(g->n_threads) schedule(dynamic)
    for (size_t i = 0; i < g->batch * n; i++) {
        float *out = y->x + i / n * y->sample_floats;
        const sfd_conv_io io = {.x = x->x + i / n * x->sample_floats,
                                .weights = g->prepared,
                                .bias = bias,
                                .residual = sum ? out : NULL,
                                .y = out};
        a->run_tile(s, &io, i % n, g->scratch + (size_t)omp_get_thread_num() * g->scratch_floats);
    }
}

void sfd_conv_train_forward(sfd_train_graph *g, size_t layer)
{
    const sfd_layer *l = &g->graph->layers[layer];
    const sfd_train_layer *t = &g->layers[layer];
    const sfd_conv_shape s = own_shape(g, l);
    const sfd_batch_map x = sfd_train_graph_map(g, g->value, l->input);
    const sfd_batch_map y = sfd_conv_output(g, layer, false);
    run_batch(g, &s, g->params->value + t->weight, l->bias ? g->params->value + t->bias : g->zeros,
              &x, &y, false);
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

/* dw [cout][taps][cin] of all parts, added in order -> grad [cout][cin][taps]. */
static void reduce_weights(const sfd_train_graph *g, const sfd_conv_shape *s, float *grad)
{
    const size_t taps = sfd_conv_taps(s), cin = (size_t)(s->cin / s->groups), k = taps * cin;
    const size_t n_parts = (size_t)g->n_threads;
#pragma omp parallel for num_threads(g->n_threads)
    for (size_t co = 0; co < (size_t)s->cout; co++)
        for (size_t i = 0; i < k; i++) {
            float sum = 0;
            for (size_t part = 0; part < n_parts; part++)
                sum += g->parts[part * g->part_floats + co * k + i];
            grad[co * k + i % cin * taps + i / cin] += sum;
        }
}

static void weights_backward(sfd_train_graph *g, const sfd_conv_shape *s, const sfd_batch_map *x,
                             const sfd_batch_map *dy, float *grad)
{
    const size_t max_rows = tile_rows(s), n_tiles = sfd_tile_count(s, max_rows);
    const size_t total = g->batch * n_tiles, n_parts = (size_t)g->n_threads;
#pragma omp parallel for num_threads(g->n_threads) schedule(static, 1)
    for (size_t part = 0; part < n_parts; part++) {
        float *dw = g->parts + part * g->part_floats;
        memset(dw, 0, (size_t)s->cout * sfd_im2row_k(s) * sizeof *dw);
        for (size_t i = total * part / n_parts; i < total * (part + 1) / n_parts; i++)
            add_tile_weights(
                s, x->x + i / n_tiles * x->sample_floats, dy->x + i / n_tiles * dy->sample_floats,
                sfd_tile_get(s, max_rows, i % n_tiles), g->scratch + part * g->scratch_floats, dw);
    }
    reduce_weights(g, s, grad);
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

static void input_backward(sfd_train_graph *g, const sfd_conv_shape *s, const float *w,
                           const sfd_batch_map *dy, const sfd_batch_map *dx)
{
    if (can_mirror(s)) {
        const sfd_conv_shape m = mirrored_shape(s);
        mirror_weights(s, w, g->flipped);
        run_batch(g, &m, g->flipped, g->zeros, dy, dx, true);
        return;
    }
    tap_major_weights(s, w, g->flipped);
#pragma omp parallel for num_threads(g->n_threads) schedule(dynamic)
    for (size_t n = 0; n < g->batch; n++) {
        const float *from = dy->x + n * dy->sample_floats;
        float *to = dx->x + n * dx->sample_floats;
        if (sfd_conv_is_pointwise(s))
            add_frames(s, g->flipped, from, to);
        else
            scatter_sample(s, g->flipped, from, to,
                           g->scratch + (size_t)omp_get_thread_num() * g->scratch_floats);
    }
}

void sfd_conv_train_backward(sfd_train_graph *g, size_t layer)
{
    const sfd_layer *l = &g->graph->layers[layer];
    const sfd_train_layer *t = &g->layers[layer];
    const sfd_conv_shape s = own_shape(g, l);
    const sfd_batch_map x = sfd_train_graph_map(g, g->value, l->input);
    const sfd_batch_map dx = sfd_train_graph_map(g, g->grad, l->input);
    const sfd_batch_map dy = sfd_conv_output(g, layer, true);
    const bool is_input = sfd_graph_find_input(g->graph, l->input) < g->graph->n_inputs;

    weights_backward(g, &s, &x, &dy, g->params->grad + t->weight);
    if (l->bias)
        bias_backward(g, &dy, g->params->grad + t->bias);
    if (!is_input) /* nobody asks for the pixels' gradient */
        input_backward(g, &s, g->params->value + t->weight, &dy, &dx);
}
