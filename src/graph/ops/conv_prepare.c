/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution's weights: batch norm folded, arranged as the chosen algorithm wants them. */
#include "base/alloc.h"
#include "base/error.h"
#include "graph/ops/conv_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sfd_status read_vector(float **out, const sfd_weights *weights, const char *prefix,
                              const char *field, size_t n, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    return sfd_param_read(out, weights, &(sfd_param_desc){.name = name, .n_dims = 1, .dims = &n},
                          err);
}

/* Batch norm at test time is y = (x - mean) / sqrt(var + eps) * gain + shift per channel: scales
 * the weights' rows and moves the bias. One that follows the sum with another convolution scales
 * this one's rows as well; the bias is moved there. */
static sfd_status fold_norm(const sfd_conv_attributes *a, const sfd_weights *weights, float *w,
                            float *bias, sfd_error *err)
{
    const bool own = *a->norm != '\0';
    const char *norm = own ? a->norm : a->sum_norm;
    static const char *const fields[4] = {"weight", "bias", "running_mean", "running_var"};
    const size_t n = (size_t)a->cout;
    const int *kernel = a->window.kernel;
    const size_t row =
        (size_t)(a->cin / a->groups) * (size_t)kernel[0] * (size_t)kernel[1] * (size_t)kernel[2];
    float *v[4] = {NULL};
    sfd_status status = SFD_OK;
    for (int i = 0; status == SFD_OK && i < (a->affine ? 2 : 4); i++)
        status = read_vector(&v[i], weights, norm, fields[i], n, err);
    for (size_t c = 0; status == SFD_OK && c < n; c++) {
        const double mean = a->affine ? 0 : v[2][c];
        const double scale = a->affine ? v[0][c] : v[0][c] / sqrt((double)v[3][c] + a->eps);
        if (!isfinite(scale)) {
            status = sfd_fail(err, SFD_ERR_FORMAT, "%s: %s.running_var[%zu] = %g is not a variance",
                              sfd_weights_origin(weights), norm, c, v[3][c]);
            break;
        }
        bias[c] = own ? (float)((bias[c] - mean) * scale + v[1][c]) : (float)(bias[c] * scale);
        for (size_t i = 0; i < row; i++)
            w[c * row + i] = (float)(w[c * row + i] * scale);
    }
    for (int i = 0; i < 4; i++)
        free(v[i]);
    return status;
}

/* Ones where a channel of the input is one of the output's, [cout][cin]. */
static sfd_status make_sum(float **w, const sfd_node *node, sfd_error *err)
{
    const sfd_conv_attributes *a = node->attributes;
    const size_t cin = (size_t)a->cin, cout = (size_t)a->cout;
    *w = sfd_malloc_aligned(cout * cin, sizeof **w);
    if (!*w)
        return sfd_fail_nomem(err, node->name);
    for (size_t i = 0; i < cout * cin; i++)
        (*w)[i] = i % cin % cout == i / cin ? 1 : 0;
    return SFD_OK;
}

static sfd_status read_weights(float **w, const sfd_node *node, const sfd_weights *weights,
                               sfd_error *err)
{
    const sfd_conv_attributes *a = node->attributes;
    const int *kernel = a->window.kernel;
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.weight", node->name);
    const size_t dims[5] = {(size_t)a->cout, (size_t)(a->cin / a->groups), (size_t)kernel[0],
                            (size_t)kernel[1], (size_t)kernel[2]};
    if (a->sums_parts)
        return make_sum(w, node, err);
    return sfd_param_read(w, weights, &(sfd_param_desc){.name = name, .n_dims = 5, .dims = dims},
                          err);
}

sfd_status sfd_conv_read_folded(const sfd_node *node, const sfd_weights *weights, float **w,
                                float **bias, sfd_error *err)
{
    const sfd_conv_attributes *a = node->attributes;
    const size_t n = (size_t)a->cout;
    sfd_status status = read_weights(w, node, weights, err);
    if (status != SFD_OK)
        return status;
    if (a->bias) {
        status = read_vector(bias, weights, node->name, "bias", n, err);
    } else {
        *bias = sfd_malloc_aligned(n, sizeof **bias);
        if (!*bias)
            return sfd_fail_nomem(err, node->name);
        memset(*bias, 0, n * sizeof **bias);
    }
    return status == SFD_OK && (*a->norm || *a->sum_norm) ? fold_norm(a, weights, *w, *bias, err)
                                                          : status;
}

static sfd_status fill(sfd_conv_prepared *p, size_t *n_bytes, const sfd_node_view *v,
                       const sfd_prepare_settings *s, sfd_error *err)
{
    const sfd_conv_shape shape = sfd_conv_node_shape(v, 1);
    float *w = NULL;
    sfd_status status = sfd_conv_read_folded(v->node, s->weights, &w, &p->bias, err);
    if (status == SFD_OK) {
        p->algorithm = sfd_conv_choose(s->kernels, &shape, s->exact);
        const size_t n_floats = p->algorithm->weight_floats(&shape);
        *n_bytes = (n_floats + (size_t)shape.cout) * sizeof(float);
        p->weights = sfd_malloc_aligned(n_floats, sizeof *p->weights);
        if (p->weights)
            p->algorithm->prepare(&shape, w, p->weights);
        else
            status = sfd_fail_nomem(err, v->node->name);
    }
    free(w);
    return status;
}

sfd_status sfd_conv_prepare(void **prepared, size_t *n_bytes, const sfd_node_view *v,
                            const sfd_prepare_settings *s, sfd_error *err)
{
    *prepared = NULL;
    sfd_conv_prepared *p = sfd_calloc(1, sizeof *p);
    if (!p)
        return sfd_fail_nomem(err, v->node->name);
    sfd_status status = fill(p, n_bytes, v, s, err);
    if (status != SFD_OK) {
        sfd_conv_release(p);
        return status;
    }
    *prepared = p;
    return SFD_OK;
}

void sfd_conv_release(void *prepared)
{
    sfd_conv_prepared *p = prepared;
    if (!p)
        return;
    free(p->weights);
    free(p->bias);
    free(p);
}
