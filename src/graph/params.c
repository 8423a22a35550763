/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors of a graph: names, shapes, finding them. */
#include "graph/params.h"

#include "base/alloc.h"
#include "base/error.h"

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

sfd_status sfd_param_find(const sfd_tensor_info **out, const sfd_weights *weights, const char *name,
                          int n_dims, const size_t *dims, sfd_error *err)
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

sfd_status sfd_param_read(float **out, const sfd_weights *weights, const char *name, int n_dims,
                          const size_t *dims, sfd_error *err)
{
    const sfd_tensor_info *info;
    *out = NULL;
    sfd_status status = sfd_param_find(&info, weights, name, n_dims, dims, err);
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

static sfd_status each_vector(sfd_param_fn fn, void *user, const char *prefix, const char *field,
                              size_t n, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    return fn(user, name, 1, &n, err);
}

static sfd_status each_conv_param(const sfd_layer *l, sfd_param_fn fn, void *user, sfd_error *err)
{
    static const char *const norm_fields[] = {"weight", "bias", "running_mean", "running_var"};
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.weight", l->name);
    const size_t dims[5] = {(size_t)l->cout, (size_t)(l->cin / l->groups), (size_t)l->kernel[0],
                            (size_t)l->kernel[1], (size_t)l->kernel[2]};
    sfd_status status = fn(user, name, 5, dims, err);
    if (status == SFD_OK && l->bias)
        status = each_vector(fn, user, l->name, "bias", (size_t)l->cout, err);
    for (size_t i = 0; *l->norm && status == SFD_OK && i < 4; i++)
        status = each_vector(fn, user, l->norm, norm_fields[i], (size_t)l->cout, err);
    return status;
}

sfd_status sfd_graph_each_param(const sfd_graph *g, sfd_param_fn fn, void *user, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < g->n_layers; i++)
        if (g->layers[i].kind == SFD_LAYER_CONV)
            status = each_conv_param(&g->layers[i], fn, user, err);
    return status;
}
