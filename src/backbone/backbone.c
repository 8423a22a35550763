/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: batch norm folded into the convolutions, weights prepared for the chosen algorithms. */
#include "backbone/backbone.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE_TEXT 64

static void print_shape(char text[SHAPE_TEXT], int n_dims, const size_t *dims)
{
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < n_dims && n < SHAPE_TEXT; i++)
        n += (size_t)snprintf(text + n, SHAPE_TEXT - n, "%s%zu", i ? "x" : "", dims[i]);
}

sfd_status sfd_backbone_find_param(const sfd_tensor_info **out, const sfd_weights *weights,
                                   const char *name, int n_dims, const size_t *dims, sfd_error *err)
{
    const sfd_tensor_info *info = sfd_weights_find(weights, name);
    char wanted[SHAPE_TEXT], found[SHAPE_TEXT];
    print_shape(wanted, n_dims, dims);
    if (!info)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor \"%s\" [%s] is missing",
                        sfd_weights_origin(weights), name, wanted);
    if (info->n_dims != n_dims || memcmp(info->dims, dims, (size_t)n_dims * sizeof *dims) != 0) {
        print_shape(found, info->n_dims, info->dims);
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor \"%s\" is [%s], the network wants [%s]",
                        sfd_weights_origin(weights), name, found, wanted);
    }
    *out = info;
    return SFD_OK;
}

sfd_status sfd_backbone_read_param(float **out, const sfd_weights *weights, const char *name,
                                   int n_dims, const size_t *dims, sfd_error *err)
{
    const sfd_tensor_info *info;
    *out = NULL;
    sfd_status status = sfd_backbone_find_param(&info, weights, name, n_dims, dims, err);
    if (status != SFD_OK)
        return status;
    float *data = sfd_malloc_aligned(info->n_elements, sizeof *data);
    if (!data)
        return sfd_fail_nomem(err, name);
    status = sfd_weights_read_f32(weights, info, data, err);
    if (status != SFD_OK) {
        free(data);
        return status;
    }
    *out = data;
    return SFD_OK;
}

static sfd_status read_vector(float **out, const sfd_weights *weights, const char *prefix,
                              const char *field, size_t n, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    return sfd_backbone_read_param(out, weights, name, 1, &n, err);
}

/* Batch norm at test time is y = (x - mean) / sqrt(var + eps) * gain + shift per channel: scales
 * the weights' rows and moves the bias. */
static sfd_status fold_norm(const sfd_layer *l, const sfd_weights *weights, float *w, float *bias,
                            sfd_error *err)
{
    static const char *const fields[4] = {"weight", "bias", "running_mean", "running_var"};
    const size_t n = (size_t)l->cout;
    const size_t row = (size_t)(l->cin / l->groups) * (size_t)l->kernel[0] * (size_t)l->kernel[1] *
                       (size_t)l->kernel[2];
    float *v[4] = {NULL};
    sfd_status status = SFD_OK;
    for (int i = 0; status == SFD_OK && i < 4; i++)
        status = read_vector(&v[i], weights, l->norm, fields[i], n, err);
    for (size_t c = 0; status == SFD_OK && c < n; c++) {
        const double scale = v[0][c] / sqrt((double)v[3][c] + SFD_BN_EPS);
        if (!isfinite(scale)) {
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s: %s.running_var[%zu] = %g is not a variance",
                              sfd_weights_origin(weights), l->norm, c, v[3][c]);
            break;
        }
        bias[c] = (float)((bias[c] - (double)v[2][c]) * scale + v[1][c]);
        for (size_t i = 0; i < row; i++)
            w[c * row + i] = (float)(w[c * row + i] * scale);
    }
    for (int i = 0; i < 4; i++)
        free(v[i]);
    return status;
}

static sfd_status read_conv(const sfd_layer *l, const sfd_weights *weights, float **w, float **bias,
                            sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.weight", l->name);
    const size_t dims[5] = {(size_t)l->cout, (size_t)(l->cin / l->groups), (size_t)l->kernel[0],
                            (size_t)l->kernel[1], (size_t)l->kernel[2]};
    sfd_status status = sfd_backbone_read_param(w, weights, name, 5, dims, err);
    if (status != SFD_OK)
        return status;
    if (l->bias) {
        status = read_vector(bias, weights, l->name, "bias", dims[0], err);
    } else {
        *bias = sfd_malloc_aligned(dims[0], sizeof **bias);
        if (!*bias)
            return sfd_fail_nomem(err, l->name);
        memset(*bias, 0, dims[0] * sizeof **bias);
    }
    return status == SFD_OK && *l->norm ? fold_norm(l, weights, *w, *bias, err) : status;
}

static sfd_status load_conv(const sfd_backbone *b, size_t i, const sfd_weights *weights,
                            const sfd_conv_shape *shape, bool exact, sfd_error *err)
{
    const sfd_layer *l = &b->net.layers[i];
    sfd_conv_weights *conv = &b->conv[i];
    float *w = NULL;
    sfd_status status = read_conv(l, weights, &w, &conv->bias, err);
    if (status == SFD_OK) {
        conv->algorithm = sfd_conv_choose(b->kernels, shape, exact);
        conv->n_floats = conv->algorithm->weight_floats(shape);
        conv->weights = sfd_malloc_aligned(conv->n_floats, sizeof *conv->weights);
        if (conv->weights)
            conv->algorithm->prepare(shape, w, conv->weights);
        else
            status = sfd_fail_nomem(err, l->name);
    }
    free(w);
    return status;
}

/* Layers are prepared in parallel; of several errors the first layer's is reported. */
static sfd_status load_planned(sfd_backbone *b, const sfd_weights *weights, const sfd_plan *plan,
                               bool exact, sfd_error *err)
{
    sfd_error *errors = sfd_calloc(b->net.n_layers, sizeof *errors);
    sfd_status status = SFD_OK;
    if (!errors)
        return sfd_fail_nomem(err, b->net.config.name);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < b->net.n_layers; i++) {
        if (b->net.layers[i].kind != SFD_LAYER_CONV)
            continue;
        const sfd_conv_shape shape = sfd_plan_conv_shape(plan, &b->net.layers[i], 1);
        errors[i].status = load_conv(b, i, weights, &shape, exact, &errors[i]);
    }
    for (size_t i = 0; status == SFD_OK && i < b->net.n_layers; i++) {
        status = errors[i].status;
        if (status != SFD_OK && err)
            *err = errors[i];
    }
    free(errors);
    return status;
}

/* Algorithms are chosen at the network's own test size, 4:3: they are kept for every picture size.
 */
static sfd_status load_all(sfd_backbone *b, const sfd_weights *weights, bool exact, sfd_error *err)
{
    sfd_plan plan;
    const int side = b->net.config.test_crop_size;
    sfd_status status = sfd_plan_make(&plan, &b->net, side, side * 4 / 3, SFD_PLAN_SHARE, err);
    if (status == SFD_OK)
        status = load_planned(b, weights, &plan, exact, err);
    sfd_plan_free(&plan);
    for (size_t i = 0; i < b->net.n_layers; i++)
        if (b->conv[i].weights)
            b->weights_bytes +=
                (b->conv[i].n_floats + (size_t)b->net.layers[i].cout) * sizeof(float);
    return status;
}

sfd_status sfd_backbone_create(sfd_backbone *b, const sfd_net_config *config,
                               const sfd_weights *weights, const sfd_kernels *kernels, bool exact,
                               sfd_error *err)
{
    *b = (sfd_backbone){.kernels = kernels};
    sfd_status status = sfd_net_build(&b->net, config, err);
    if (status != SFD_OK)
        return status;
    b->conv = sfd_calloc(b->net.n_layers, sizeof *b->conv);
    if (!b->conv)
        return sfd_fail_nomem(err, config->name);
    return load_all(b, weights, exact, err);
}

void sfd_backbone_free(sfd_backbone *b)
{
    for (size_t i = 0; b->conv && i < b->net.n_layers; i++) {
        free(b->conv[i].weights);
        free(b->conv[i].bias);
    }
    free(b->conv);
    sfd_net_free(&b->net);
    *b = (sfd_backbone){0};
}
