/* SPDX-License-Identifier: Apache-2.0 */
/* Quantised weights as a file; docs/weights.md has the format. */
#include "base/error.h"
#include "quant/quantiser.h"
#include "weights/formats/safetensors.h"
#include "weights/weights_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writing {
    const sfd_quantiser *q;
    sfd_weights *out;
} writing;

/* What stays as it is. */
static sfd_status copy_param(void *user, const sfd_param_desc *p, sfd_error *err)
{
    const writing *w = user;
    const sfd_tensor_info *info;
    float *data;
    sfd_status status = sfd_param_find(&info, w->q->weights, p, err);
    if (status == SFD_OK)
        status = sfd_weights_add(w->out, p->name, p->n_dims, p->dims, &data, err);
    return status == SFD_OK ? sfd_weights_read_f32(w->q->weights, info, data, err) : status;
}

static const char *name_param(char name[SFD_MAX_TENSOR_NAME], const sfd_node *node,
                              const char *field)
{
    snprintf(name, SFD_MAX_TENSOR_NAME, "%s.%s", node->name, field);
    return name;
}

static sfd_status add_bytes(sfd_weights *out, const char *name, sfd_dtype dtype, int n_dims,
                            const size_t *dims, const void *bytes, size_t n, sfd_error *err)
{
    unsigned char *own = malloc(n);
    if (!own)
        return sfd_fail_nomem(err, name);
    memcpy(own, bytes, n);
    const sfd_status status = sfd_weights_own(out, own, err);
    return status == SFD_OK ? sfd_weights_add_view(out, name, dtype, n_dims, dims, NULL, own, err)
                            : status;
}

static sfd_status add_floats(sfd_weights *out, const char *name, size_t n, const float *values,
                             sfd_error *err)
{
    float *data;
    const sfd_status status = sfd_weights_add(out, name, 1, &n, &data, err);
    if (status == SFD_OK)
        memcpy(data, values, n * sizeof *values);
    return status;
}

static sfd_status add_scale(const writing *w, const sfd_node *node, int input, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    const size_t one = 1;
    sfd_byte_scale s;
    double noise;
    sfd_status status = sfd_quantiser_scale(w->q, node->inputs[input], node->name, &s, &noise, err);
    if (status != SFD_OK)
        return status;
    const uint8_t zero = (uint8_t)s.zero;
    status = add_floats(w->out, name_param(name, node, input ? "residual_scale" : "input_scale"), 1,
                        &s.scale, err);
    return status == SFD_OK
               ? add_bytes(
                     w->out,
                     name_param(name, node, input ? "residual_zero_point" : "input_zero_point"),
                     SFD_U8, 1, &one, &zero, 1, err)
               : status;
}

static sfd_status add_quantised(const writing *w, const sfd_node *node, sfd_error *err)
{
    const sfd_conv_attributes *a = node->attributes;
    const int *kernel = a->window.kernel;
    const size_t dims[5] = {(size_t)a->cout, (size_t)a->cin, (size_t)kernel[0], (size_t)kernel[1],
                            (size_t)kernel[2]};
    char name[SFD_MAX_TENSOR_NAME];
    sfd_byte_weights b;
    sfd_status status = sfd_byte_weights_make(&b, node, w->q->weights, err);
    if (status == SFD_OK)
        status = add_bytes(w->out, name_param(name, node, "weight"), SFD_I8, 5, dims, b.w,
                           dims[0] * dims[1] * dims[2] * dims[3] * dims[4], err);
    if (status == SFD_OK)
        status = add_floats(w->out, name_param(name, node, "weight_scale"), dims[0], b.scale, err);
    if (status == SFD_OK)
        status = add_floats(w->out, name_param(name, node, "bias"), dims[0], b.bias, err);
    sfd_byte_weights_free(&b);
    if (status == SFD_OK)
        status = add_scale(w, node, 0, err);
    if (status == SFD_OK && node->n_inputs > 1 && sfd_quantiser_residual_is_bytes(w->q, node))
        status = add_scale(w, node, 1, err);
    return status;
}

static sfd_status add_all(writing *w, sfd_error *err)
{
    const sfd_net *net = &w->q->model->net;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < net->graph.n_nodes; i++) {
        const sfd_node *node = &net->graph.nodes[i];
        if (node->op == &sfd_op_conv && !sfd_quantiser_reason(w->q, node))
            status = add_quantised(w, node, err);
        else if (node->op->each_param)
            status = node->op->each_param(node, copy_param, w, err);
    }
    if (status == SFD_OK) /* stays floats */
        status = sfd_graph_each_param(&w->q->model->net.relation, copy_param, w, err);
    if (status == SFD_OK)
        status = sfd_classifier_each_param(&w->q->model->head.desc.classifier, copy_param, w, err);
    if (status == SFD_OK)
        status = sfd_weights_set_config(w->out, &net->config, err);
    if (status == SFD_OK && w->q->model->class_list)
        status =
            sfd_weights_set_metadata(w->out, SFD_METADATA_LABELS, w->q->model->class_list, err);
    return status;
}

sfd_status sfd_quantiser_write(const sfd_quantiser *q, const char *path, sfd_error *err)
{
    writing w = {q, NULL};
    if (!q->watched)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no clip was watched",
                        sfd_weights_origin(q->weights));
    if (q->no_memory)
        return sfd_fail_nomem(err, path);
    sfd_status status = sfd_read_files_refuse(&q->model->assumed.files, path, err);
    if (status == SFD_OK)
        status = sfd_weights_create(&w.out, path, err);
    if (status == SFD_OK)
        status = add_all(&w, err);
    if (status == SFD_OK)
        status = sfd_weights_write(w.out, path, SFD_F32, err);
    sfd_weights_close(w.out);
    return status;
}
