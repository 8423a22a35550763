/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: batch norm folded into the convolutions, weights prepared for the chosen algorithms. */
#include "graph/executable.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sfd_status read_vector(float **out, const sfd_weights *weights, const char *prefix,
                              const char *field, size_t n, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    return sfd_param_read(out, weights, name, 1, &n, err);
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
    sfd_status status = sfd_param_read(w, weights, name, 5, dims, err);
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

static sfd_status load_conv(const sfd_executable *x, size_t i, const sfd_weights *weights,
                            const sfd_conv_shape *shape, bool exact, sfd_error *err)
{
    const sfd_layer *l = &x->graph->layers[i];
    sfd_conv_weights *conv = &x->conv[i];
    float *w = NULL;
    sfd_status status = read_conv(l, weights, &w, &conv->bias, err);
    if (status == SFD_OK) {
        conv->algorithm = sfd_conv_choose(x->kernels, shape, exact);
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
static sfd_status load_planned(sfd_executable *x, const sfd_weights *weights, const sfd_plan *plan,
                               bool exact, sfd_error *err)
{
    sfd_error *errors = sfd_calloc(x->graph->n_layers, sizeof *errors);
    sfd_status status = SFD_OK;
    if (!errors)
        return sfd_fail_nomem(err, x->graph->name);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < x->graph->n_layers; i++) {
        if (x->graph->layers[i].kind != SFD_LAYER_CONV)
            continue;
        const sfd_conv_shape shape = sfd_plan_conv_shape(plan, &x->graph->layers[i], 1);
        errors[i].status = load_conv(x, i, weights, &shape, exact, &errors[i]);
    }
    for (size_t i = 0; status == SFD_OK && i < x->graph->n_layers; i++) {
        status = errors[i].status;
        if (status != SFD_OK && err)
            *err = errors[i];
    }
    free(errors);
    return status;
}

sfd_status sfd_executable_create(sfd_executable *x, const sfd_graph *graph, int height, int width,
                                 const sfd_weights *weights, const sfd_kernels *kernels, bool exact,
                                 sfd_error *err)
{
    sfd_plan plan;
    *x = (sfd_executable){.kernels = kernels, .graph = graph};
    x->conv = sfd_calloc(graph->n_layers, sizeof *x->conv);
    if (!x->conv)
        return sfd_fail_nomem(err, graph->name);
    sfd_status status = sfd_plan_make(&plan, graph, height, width, SFD_PLAN_SHARE, err);
    if (status == SFD_OK)
        status = load_planned(x, weights, &plan, exact, err);
    sfd_plan_free(&plan);
    for (size_t i = 0; i < graph->n_layers; i++)
        if (x->conv[i].weights)
            x->weights_bytes +=
                (x->conv[i].n_floats + (size_t)graph->layers[i].cout) * sizeof(float);
    return status;
}

void sfd_executable_free(sfd_executable *x)
{
    for (size_t i = 0; x->conv && i < x->graph->n_layers; i++) {
        free(x->conv[i].weights);
        free(x->conv[i].bias);
    }
    free(x->conv);
    *x = (sfd_executable){0};
}
