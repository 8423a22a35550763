/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/qconv.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct qconv_prepared {
    const sfd_qconv_algorithm *algorithm;
    void *weights;
} qconv_prepared;

typedef struct qconv_step {
    const sfd_qconv_algorithm *algorithm;
    sfd_conv_shape shape;
    sfd_qconv_io io;
} qconv_step;

static void name_param(char name[SFD_MAX_TENSOR_NAME], const sfd_node *node, const char *field)
{
    snprintf(name, SFD_MAX_TENSOR_NAME, "%s.%s", node->name, field);
}

static const sfd_tensor_info *find(const sfd_weights *w, const sfd_node *node, const char *field)
{
    char name[SFD_MAX_TENSOR_NAME];
    name_param(name, node, field);
    return sfd_weights_find(w, name);
}

bool sfd_qconv_can_be(const sfd_node *node)
{
    const sfd_conv_attributes *a = node->attributes;
    const int *kernel = a->window.kernel;
    const double products = (double)a->cin * kernel[0] * kernel[1] * kernel[2];
    const bool silu_last = a->activation == SFD_ACTIVATION_SILU && node->n_inputs > 1;
    return node->op == &sfd_op_conv && a->groups == 1 && (!silu_last || a->residual_last) &&
           products <= SFD_QCONV_MAX_PRODUCTS;
}

bool sfd_qconv_is_stored(const sfd_node *node, const sfd_weights *w)
{
    return node->op == &sfd_op_conv && find(w, node, "weight_scale") != NULL;
}

bool sfd_qconv_lacks_scale(const sfd_node *node, const sfd_weights *w)
{
    const sfd_tensor_info *info = node->op == &sfd_op_conv ? find(w, node, "weight") : NULL;
    return info && info->dtype == SFD_I8 && !sfd_qconv_is_stored(node, w);
}

/* ------------------------------------------------------------------ parameters */

static void weight_dims(const sfd_node *node, size_t dims[5])
{
    const sfd_conv_attributes *a = node->attributes;
    dims[0] = (size_t)a->cout;
    dims[1] = (size_t)a->cin;
    for (int axis = 0; axis < 3; axis++)
        dims[2 + axis] = (size_t)a->window.kernel[axis];
}

static sfd_status each_param(const sfd_node *node, sfd_param_fn fn, void *user, sfd_error *err)
{
    static const struct {
        const char *field;
        bool per_channel, residual;
    } vectors[] = {{"weight_scale", true, false},   {"bias", true, false},
                   {"input_scale", false, false},   {"input_zero_point", false, false},
                   {"residual_scale", false, true}, {"residual_zero_point", false, true}};
    const sfd_conv_attributes *a = node->attributes;
    char name[SFD_MAX_TENSOR_NAME];
    const size_t one = 1;
    size_t dims[5];
    weight_dims(node, dims);
    name_param(name, node, "weight");
    sfd_status status = fn(user, &(sfd_param_desc){name, 5, dims, SFD_PARAM_WEIGHT}, err);
    for (size_t i = 0; status == SFD_OK && i < sizeof vectors / sizeof *vectors; i++) {
        if (vectors[i].residual && !a->byte_residual)
            continue;
        const sfd_param_role role =
            strcmp(vectors[i].field, "bias") == 0 ? SFD_PARAM_BIAS : SFD_PARAM_MEAN;
        name_param(name, node, vectors[i].field);
        status =
            fn(user, &(sfd_param_desc){name, 1, vectors[i].per_channel ? dims : &one, role}, err);
    }
    return status;
}

static sfd_status read_vector(float **out, const sfd_node *node, const char *field, size_t n,
                              const sfd_weights *w, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    name_param(name, node, field);
    return sfd_param_read(out, w, &(sfd_param_desc){.name = name, .n_dims = 1, .dims = &n}, err);
}

static sfd_status read_one(float *out, const sfd_node *node, const char *field,
                           const sfd_weights *w, sfd_error *err)
{
    float *value;
    const sfd_status status = read_vector(&value, node, field, 1, w, err);
    if (status == SFD_OK)
        *out = *value;
    free(value);
    return status;
}

/* Scales are read as finite; those far outside any network's would leave float32's range. */
static sfd_status check_scale(float scale, const sfd_node *node, const char *field, size_t i,
                              const sfd_weights *w, sfd_error *err)
{
    return scale >= 1e-30f && scale <= 1e30f
               ? SFD_OK
               : sfd_fail(err, SFD_ERR_FORMAT, "%s: %s.%s[%zu] = %g is not a scale",
                          sfd_weights_origin(w), node->name, field, i, (double)scale);
}

sfd_status sfd_qconv_read_scale(sfd_byte_scale *out, bool *found, const sfd_node *node, int input,
                                const sfd_weights *w, sfd_error *err)
{
    const char *scale_field = input ? "residual_scale" : "input_scale";
    const char *zero_field = input ? "residual_zero_point" : "input_zero_point";
    float scale, zero;
    if (!sfd_qconv_can_be(node))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: %s has weights of 8-bit integers, but it has groups, an activation "
                        "or sums that they are not made for",
                        sfd_weights_origin(w), node->name);
    *found = input == 0 || find(w, node, scale_field);
    if (!*found)
        return SFD_OK;
    sfd_status status = read_one(&scale, node, scale_field, w, err);
    if (status == SFD_OK)
        status = check_scale(scale, node, scale_field, 0, w, err);
    if (status == SFD_OK)
        status = read_one(&zero, node, zero_field, w, err);
    if (status == SFD_OK && !(zero >= 0 && zero <= 255 && zero == rintf(zero)))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s.%s = %g is not a byte", sfd_weights_origin(w),
                        node->name, zero_field, (double)zero);
    if (status == SFD_OK)
        *out = (sfd_byte_scale){scale, (int)zero};
    return status;
}

static sfd_status read_weights(int8_t **out, const sfd_node *node, const sfd_weights *w,
                               sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    const sfd_tensor_info *info;
    size_t dims[5];
    float *values;
    weight_dims(node, dims);
    name_param(name, node, "weight");
    const sfd_param_desc p = {.name = name, .n_dims = 5, .dims = dims};
    sfd_status status = sfd_param_find(&info, w, &p, err);
    if (status == SFD_OK && info->dtype != SFD_I8)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: tensor \"%s\" has a scale, but is %s, not I8",
                        sfd_weights_origin(w), name, sfd_dtype_name(info->dtype));
    if (status == SFD_OK)
        status = sfd_param_read(&values, w, &p, err);
    if (status != SFD_OK)
        return status;
    *out = sfd_malloc_array(info->n_elements, 1);
    for (size_t i = 0; *out && i < info->n_elements; i++)
        (*out)[i] = (int8_t)values[i];
    free(values);
    return *out ? SFD_OK : sfd_fail_nomem(err, name);
}

/* ------------------------------------------------------------------ preparing */

static bool has_silu(const sfd_node_view *v)
{
    return ((const sfd_conv_attributes *)v->node->attributes)->activation == SFD_ACTIVATION_SILU;
}

/* What the output's bytes mean; floats mean themselves. */
static double out_scale_of(const sfd_node_view *v)
{
    return v->out.dtype == SFD_U8 ? (double)v->out.scale : 1;
}

/* The zero points of the output and the residual, in units of the output. */
static double zeros_of(const sfd_node_view *v)
{
    const sfd_map *residual = v->node->n_inputs > 1 ? &v->in[1] : NULL;
    const double moved = residual && residual->dtype == SFD_U8
                             ? (double)residual->scale * residual->zero / out_scale_of(v)
                             : 0;
    return (v->out.dtype == SFD_U8 ? v->out.zero : 0) - moved;
}

/* What a layer's sums are multiplied with and what is added to them, in units of the output, or of
 * what SiLU takes, in place of the weights' scales and biases; *v has the maps' scales. */
static sfd_status fold(float *scale, float *bias, const sfd_node_view *v, const sfd_weights *w,
                       sfd_error *err)
{
    const sfd_map *in = &v->in[0];
    const double out_scale = has_silu(v) ? 1 : out_scale_of(v);
    const double zeros = has_silu(v) ? 0 : zeros_of(v);
    for (size_t c = 0; c < (size_t)v->out.channels; c++) {
        const float given = scale[c];
        scale[c] = (float)((double)in->scale * (double)given / out_scale);
        bias[c] = (float)((double)bias[c] / out_scale + zeros);
        sfd_status status = check_scale(given, v->node, "weight_scale", c, w, err);
        if (status == SFD_OK && !(isfinite(scale[c]) && isfinite(bias[c])))
            status = sfd_fail(err, SFD_ERR_FORMAT,
                              "%s: the scales of %s, %g for its input, %g for weights %zu, %g for "
                              "its output, leave float32's range",
                              sfd_weights_origin(w), v->node->name, (double)in->scale,
                              (double)given, c, out_scale);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}

static sfd_status fill(qconv_prepared *p, size_t *n_bytes, const sfd_node_view *v,
                       const sfd_prepare_settings *s, sfd_error *err)
{
    const sfd_conv_shape shape = sfd_conv_node_shape(v, 1);
    const size_t n = sfd_conv_cout(&shape);
    float *scale = NULL, *bias = NULL;
    int8_t *w = NULL;
    sfd_status status = read_weights(&w, v->node, s->weights, err);
    if (status == SFD_OK)
        status = read_vector(&scale, v->node, "weight_scale", n, s->weights, err);
    if (status == SFD_OK)
        status = read_vector(&bias, v->node, "bias", n, s->weights, err);
    if (status == SFD_OK)
        status = fold(scale, bias, v, s->weights, err);
    if (status == SFD_OK) {
        p->algorithm = sfd_qconv_choose(s->kernels, &shape, w);
        *n_bytes = p->algorithm->weight_bytes(&shape);
        p->weights = sfd_malloc_aligned(*n_bytes, 1);
        if (p->weights)
            p->algorithm->prepare(
                &shape, &(sfd_qconv_params){w, scale, bias, (uint8_t)v->in[0].zero}, p->weights);
        else
            status = sfd_fail_nomem(err, v->node->name);
    }
    free(w);
    free(scale);
    free(bias);
    return status;
}

static void release(void *prepared)
{
    qconv_prepared *p = prepared;
    if (!p)
        return;
    free(p->weights);
    free(p);
}

static sfd_status prepare(void **prepared, size_t *n_bytes, const sfd_node_view *v,
                          const sfd_prepare_settings *s, sfd_error *err)
{
    *prepared = NULL;
    qconv_prepared *p = sfd_calloc(1, sizeof *p);
    if (!p)
        return sfd_fail_nomem(err, v->node->name);
    sfd_status status = fill(p, n_bytes, v, s, err);
    if (status != SFD_OK) {
        release(p);
        return status;
    }
    *prepared = p;
    return SFD_OK;
}

/* ------------------------------------------------------------------ running */

/* Nothing is rounded but single results. */
static int rows_reached(const sfd_node_view *v, const void *prepared, int rows)
{
    (void)prepared;
    const sfd_conv_attributes *a = v->node->attributes;
    return sfd_window_rows_reached(&a->window, v->out.size[1], rows);
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    const qconv_prepared *p = prepared;
    const sfd_conv_attributes *a = v->node->attributes;
    const sfd_map *residual = v->node->n_inputs > 1 ? &v->in[1] : NULL;
    const bool bytes = v->out.dtype == SFD_U8, relu = a->activation == SFD_ACTIVATION_RELU;
    const float out_scale = (float)out_scale_of(v);
    (void)k;
    sfd_qconv_io io = {.x = v->in[0].data,
                       .x_zero = (uint8_t)v->in[0].zero,
                       .weights = p->weights,
                       .y_type = v->out.dtype,
                       .low = bytes  ? (relu ? (float)v->out.zero : 0)
                              : relu ? 0
                                     : -INFINITY,
                       .high = bytes ? 255 : INFINITY,
                       .silu = has_silu(v),
                       .silu_scale = (float)(1 / out_scale_of(v)),
                       .silu_zero = (float)zeros_of(v),
                       .y = v->out.data};
    if (residual) {
        io.residual = residual->data;
        io.residual_type = residual->dtype;
        io.residual_scale = (residual->dtype == SFD_U8 ? residual->scale : 1) / out_scale;
    }
    *(qconv_step *)step = (qconv_step){p->algorithm, sfd_conv_node_shape(v, n_threads), io};
}

static size_t n_tiles(const void *step)
{
    const qconv_step *s = step;
    return s->algorithm->n_tiles(&s->shape);
}

static size_t scratch_bytes(const void *step)
{
    const qconv_step *s = step;
    return s->algorithm->scratch_bytes(&s->shape);
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const qconv_step *s = step;
    s->algorithm->run_tile(&s->shape, &s->io, tile, scratch);
}

static const char *variant(const void *prepared)
{
    return ((const qconv_prepared *)prepared)->algorithm->name;
}

const sfd_op sfd_op_qconv = {.name = "conv",
                             .attributes_bytes = sizeof(sfd_conv_attributes),
                             .overwrites = 1,
                             .out_size = sfd_conv_out_size,
                             .rows_reached = rows_reached,
                             .rows_read = sfd_conv_rows_read,
                             .each_param = each_param,
                             .prepare = prepare,
                             .release = release,
                             .step_bytes = sizeof(qconv_step),
                             .bind = bind,
                             .n_tiles = n_tiles,
                             .scratch_bytes = scratch_bytes,
                             .run_tile = run_tile,
                             .macs = sfd_conv_node_macs,
                             .window = sfd_conv_window,
                             .variant = variant,
                             .compare = sfd_qconv_compare};
