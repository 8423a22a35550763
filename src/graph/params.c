/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors of a graph, and finding them in a file's. */
#include "graph/params.h"

#include "base/alloc.h"
#include "base/error.h"
#include "graph/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE_TEXT 64

size_t sfd_param_elements(const sfd_param_desc *p)
{
    size_t n = 1;
    for (int i = 0; i < p->n_dims; i++)
        n *= p->dims[i];
    return n;
}

sfd_status sfd_graph_each_param(const sfd_graph *g, sfd_param_fn fn, void *user, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < g->n_nodes; i++)
        if (g->nodes[i].op->each_param)
            status = g->nodes[i].op->each_param(&g->nodes[i], fn, user, err);
    return status;
}

static void print_shape(char text[SHAPE_TEXT], int n_dims, const size_t *dims)
{
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < n_dims && n < SHAPE_TEXT; i++)
        n += (size_t)snprintf(text + n, SHAPE_TEXT - n, "%s%zu", i ? "x" : "", dims[i]);
}

/* A convolution over pictures is stored without the time axis, of which it has one tap; a linear
 * layer, which is one over all of a small map, without any axes. */
static bool has_shape(const sfd_tensor_info *info, const sfd_param_desc *p)
{
    if (info->n_dims == 2 && p->n_dims == 5)
        return info->dims[0] == p->dims[0] && info->n_elements == sfd_param_elements(p);
    if (info->n_dims == 4 && p->n_dims == 5 && p->dims[2] == 1)
        return memcmp(info->dims, p->dims, 2 * sizeof *p->dims) == 0 &&
               memcmp(info->dims + 2, p->dims + 3, 2 * sizeof *p->dims) == 0;
    return info->n_dims == p->n_dims &&
           memcmp(info->dims, p->dims, (size_t)p->n_dims * sizeof *p->dims) == 0;
}

sfd_status sfd_param_find(const sfd_tensor_info **out, const sfd_weights *weights,
                          const sfd_param_desc *p, sfd_error *err)
{
    const sfd_tensor_info *info = sfd_weights_find(weights, p->name);
    char wanted[SHAPE_TEXT], found[SHAPE_TEXT], name[SFD_MAX_TENSOR_NAME];
    print_shape(wanted, p->n_dims, p->dims);
    if (!info)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor \"%s\" [%s] is missing",
                        sfd_weights_origin(weights), sfd_weights_spelling(weights, p->name, name),
                        wanted);
    if (!has_shape(info, p)) {
        print_shape(found, info->n_dims, info->dims);
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor \"%s\" is [%s], the network wants [%s]",
                        sfd_weights_origin(weights), sfd_weights_spelling(weights, p->name, name),
                        found, wanted);
    }
    *out = info;
    return SFD_OK;
}

sfd_status sfd_param_read(float **out, const sfd_weights *weights, const sfd_param_desc *p,
                          sfd_error *err)
{
    const sfd_tensor_info *info;
    *out = NULL;
    sfd_status status = sfd_param_find(&info, weights, p, err);
    if (status != SFD_OK)
        return status;
    float *data = sfd_malloc_aligned(info->n_elements, sizeof *data);
    if (!data)
        return sfd_fail_nomem(err, p->name);
    status = sfd_weights_read_f32(weights, info, data, err);
    if (status != SFD_OK) {
        free(data);
        return status;
    }
    *out = data;
    return SFD_OK;
}
