/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/conv_impl.h"
#include "graph/ops/silu.h"

#include <stdio.h>
#include <string.h>

typedef struct conv_step {
    const sfd_conv_algorithm *algorithm;
    sfd_conv_shape shape;
    sfd_conv_io io;
} conv_step;

sfd_conv_attributes sfd_conv_defaults(int cout)
{
    return (sfd_conv_attributes){
        .cout = cout, .groups = 1, .window = sfd_window_one, .eps = SFD_BN_EPS};
}

int sfd_graph_add_conv(sfd_graph *g, const char *name, const sfd_conv_attributes *a, int input,
                       int residual)
{
    sfd_conv_attributes own = *a;
    own.cin = sfd_graph_channels(g, input);
    return sfd_graph_add_node(g, &sfd_op_conv, name, &own, 2, (int[]){input, residual});
}

static int out_channels(const void *attributes, const int *in_channels)
{
    (void)in_channels;
    return ((const sfd_conv_attributes *)attributes)->cout;
}

sfd_status sfd_conv_out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_conv_attributes *a = v->node->attributes;
    (void)err;
    sfd_window_out_size(&a->window, v->in[0].size, out);
    return SFD_OK;
}

static int rows_reached(const sfd_node_view *v, const void *prepared, int rows)
{
    const sfd_window *w = &((const sfd_conv_attributes *)v->node->attributes)->window;
    const int together = ((const sfd_conv_prepared *)prepared)->algorithm->rows_together;
    const int height = v->out.size[1], step = together * w->dilation[1];
    const int n = sfd_window_rows_reached(w, height, rows);
    const int whole = step > 0 ? (n + step - 1) / step * step : height;
    return whole < height ? whole : height;
}

int sfd_conv_rows_read(const sfd_node_view *v, int rows)
{
    const sfd_window *w = &((const sfd_conv_attributes *)v->node->attributes)->window;
    return sfd_window_rows_read(w, v->in[0].size[1], rows);
}

static sfd_status hand_out(const sfd_param_desc *p, const char *prefix, const char *field,
                           sfd_param_fn fn, void *user, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    sfd_param_desc named = *p;
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    named.name = name;
    return fn(user, &named, err);
}

static sfd_status each_param(const sfd_node *node, sfd_param_fn fn, void *user, sfd_error *err)
{
    static const struct {
        const char *field;
        sfd_param_role role;
    } norm[] = {{"weight", SFD_PARAM_GAIN},
                {"bias", SFD_PARAM_BIAS},
                {"running_mean", SFD_PARAM_MEAN},
                {"running_var", SFD_PARAM_VARIANCE}};
    const sfd_conv_attributes *a = node->attributes;
    const int *kernel = a->window.kernel;
    const size_t dims[5] = {(size_t)a->cout, (size_t)(a->cin / a->groups), (size_t)kernel[0],
                            (size_t)kernel[1], (size_t)kernel[2]};
    sfd_param_desc p = {.n_dims = 5, .dims = dims, .role = SFD_PARAM_WEIGHT};
    sfd_status status = a->sums_parts ? SFD_OK : hand_out(&p, node->name, "weight", fn, user, err);
    p = (sfd_param_desc){.n_dims = 1, .dims = dims, .role = SFD_PARAM_BIAS};
    if (status == SFD_OK && a->bias)
        status = hand_out(&p, node->name, "bias", fn, user, err);
    for (size_t i = 0; *a->norm && status == SFD_OK && i < (a->affine ? 2 : 4); i++) {
        p.role = norm[i].role;
        status = hand_out(&p, a->norm, norm[i].field, fn, user, err);
    }
    return status;
}

/* Half precision where it pays: with the sum in float32 rather than not at all, as for a network's
 * output. */
static void limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    sfd_conv_shape shape = sfd_conv_node_shape(v, 1);
    shape.x_type = t->in[0];
    shape.y_type = t->out;
    shape.residual_type = v->node->n_inputs > 1 ? t->in[1] : SFD_F32;
    if (!sfd_conv_pays(s->kernels, &shape, s->exact))
        *t = (sfd_node_types){.out = SFD_F32};
}

static bool absorb(sfd_node *node, const sfd_node *next)
{
    sfd_conv_attributes *a = node->attributes;
    if (next->op != &sfd_op_silu || a->activation != SFD_ACTIVATION_NONE)
        return false;
    a->activation = SFD_ACTIVATION_SILU;
    return true;
}

/* ------------------------------------------------------------------ running */

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    const sfd_conv_prepared *p = prepared;
    (void)k;
    *(conv_step *)step =
        (conv_step){.algorithm = p->algorithm,
                    .shape = sfd_conv_node_shape(v, n_threads),
                    .io = {.x = v->in[0].data,
                           .weights = p->weights,
                           .bias = p->bias,
                           .residual = v->node->n_inputs > 1 ? v->in[1].data : NULL,
                           .y = v->out.data}};
}

static size_t n_tiles(const void *step)
{
    const conv_step *s = step;
    return s->algorithm->n_tiles(&s->shape);
}

static size_t scratch_bytes(const void *step)
{
    const conv_step *s = step;
    return s->algorithm->scratch_floats(&s->shape) * sizeof(float);
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const conv_step *s = step;
    s->algorithm->run_tile(&s->shape, &s->io, tile, scratch);
}

/* ------------------------------------------------------------------ looking at */

double sfd_conv_node_macs(const sfd_node_view *v)
{
    const sfd_conv_attributes *a = v->node->attributes;
    const sfd_conv_shape s = sfd_conv_node_shape(v, 1);
    return sfd_conv_macs(&s) / (a->sums_parts ? a->cout : 1);
}

const sfd_window *sfd_conv_window(const void *attributes)
{
    return &((const sfd_conv_attributes *)attributes)->window;
}

static const char *variant(const void *prepared)
{
    return ((const sfd_conv_prepared *)prepared)->algorithm->name;
}

const sfd_op sfd_op_conv = {.name = "conv",
                            .attributes_bytes = sizeof(sfd_conv_attributes),
                            .overwrites = 1,
                            .out_channels = out_channels,
                            .out_size = sfd_conv_out_size,
                            .rows_reached = rows_reached,
                            .rows_read = sfd_conv_rows_read,
                            .limit_types = limit_types,
                            .absorb = absorb,
                            .each_param = each_param,
                            .prepare = sfd_conv_prepare,
                            .release = sfd_conv_release,
                            .step_bytes = sizeof(conv_step),
                            .bind = bind,
                            .n_tiles = n_tiles,
                            .scratch_bytes = scratch_bytes,
                            .run_tile = run_tile,
                            .macs = sfd_conv_node_macs,
                            .window = sfd_conv_window,
                            .variant = variant,
                            .compare = sfd_conv_compare};
