/* SPDX-License-Identifier: Apache-2.0 */
/* Quantised weights as a file; docs/weights.md has the format. */
#include "base/error.h"
#include "persons/person_class.h"
#include "persons/yolox_graph.h"
#include "quant/quantiser.h"
#include "quant/scales.h"
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

/* Of a node's input, or of what it adds. */
static sfd_status add_scale(const writing *w, const sfd_node *node, int tensor, bool residual,
                            sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    const size_t one = 1;
    sfd_byte_scale s;
    bool found = true;
    double noise;
    sfd_status status = w->q->scales
                            ? sfd_qconv_read_scale(&s, &found, node, residual, w->q->scales, err)
                            : sfd_quantiser_scale(w->q, tensor, node->name, &s, &noise, err);
    if (status != SFD_OK || !found)
        return status;
    const uint8_t zero = (uint8_t)s.zero;
    status = add_floats(w->out, name_param(name, node, residual ? "residual_scale" : "input_scale"),
                        1, &s.scale, err);
    return status == SFD_OK
               ? add_bytes(
                     w->out,
                     name_param(name, node, residual ? "residual_zero_point" : "input_zero_point"),
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
        status = add_scale(w, node, node->inputs[0], false, err);
    const int residual = sfd_quantiser_byte_residual(w->q, node);
    return status == SFD_OK && residual != SFD_NO_TENSOR ? add_scale(w, node, residual, true, err)
                                                         : status;
}

static sfd_status add_graph(writing *w, sfd_error *err)
{
    const sfd_graph *g = w->q->graph;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < g->n_nodes; i++) {
        const sfd_node *node = &g->nodes[i];
        if (node->op == &sfd_op_conv && !sfd_quantiser_reason(w->q, node))
            status = add_quantised(w, node, err);
        else if (node->op->each_param)
            status = node->op->each_param(node, copy_param, w, err);
    }
    return status;
}

/* What is no convolution of the network stays floats. */
static sfd_status add_actions(writing *w, sfd_error *err)
{
    const sfd_net *net = w->q->net;
    const char *classes = sfd_weights_metadata(w->q->weights, SFD_METADATA_LABELS);
    sfd_head_desc head;
    sfd_head_describe(&head, net);
    sfd_status status = sfd_graph_each_param(&net->relation, copy_param, w, err);
    if (status == SFD_OK)
        status = sfd_classifier_each_param(&head.classifier, copy_param, w, err);
    if (status == SFD_OK)
        status = sfd_weights_set_config(w->out, &net->config, err);
    return status == SFD_OK && classes
               ? sfd_weights_set_metadata(w->out, SFD_METADATA_LABELS, classes, err)
               : status;
}

/* What the detector's own conventions are read from. */
static sfd_status add_persons(writing *w, sfd_error *err)
{
    static const char *const keys[] = {SFD_METADATA_PERSON_SIDE, SFD_METADATA_PERSON_NMS,
                                       SFD_METADATA_PERSON_KNOWS, SFD_METADATA_PERSON_CLASS};
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < sizeof keys / sizeof *keys; i++) {
        const char *value = sfd_weights_metadata(w->q->weights, keys[i]);
        if (value)
            status = sfd_weights_set_metadata(w->out, keys[i], value, err);
    }
    return status;
}

sfd_status sfd_quantiser_to_weights(sfd_weights **out, const sfd_quantiser *q, const char *origin,
                                    sfd_error *err)
{
    writing w = {q, NULL};
    *out = NULL;
    sfd_status status = sfd_weights_create(&w.out, origin, err);
    if (status == SFD_OK)
        status = add_graph(&w, err);
    if (status == SFD_OK)
        status = q->net ? add_actions(&w, err) : add_persons(&w, err);
    if (status != SFD_OK) {
        sfd_weights_close(w.out);
        return status;
    }
    *out = w.out;
    return SFD_OK;
}

sfd_status sfd_quantise_as(sfd_weights **out, const sfd_net *net, sfd_weights *weights,
                           sfd_weights *scales, sfd_error *err)
{
    const sfd_quantiser q = {
        .weights = weights, .scales = scales, .net = net, .graph = &net->graph};
    return sfd_quantiser_to_weights(out, &q, sfd_weights_origin(weights), err);
}

sfd_status sfd_quantiser_write(const sfd_quantiser *q, const char *path, sfd_error *err)
{
    sfd_weights *out = NULL;
    sfd_read_files read = {0};
    if (!q->watched && !q->scales)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no clip was watched",
                        sfd_weights_origin(q->weights));
    if (q->no_memory)
        return sfd_fail_nomem(err, path);
    sfd_status status = sfd_read_files_add(&read, sfd_weights_origin(q->weights), err);
    if (status == SFD_OK && q->scales)
        status = sfd_read_files_add(&read, sfd_weights_origin(q->scales), err);
    if (status == SFD_OK)
        status = sfd_read_files_refuse(&read, path, err);
    if (status == SFD_OK && q->model)
        status = sfd_read_files_refuse(&q->model->assumed.files, path, err);
    if (status == SFD_OK)
        status = sfd_quantiser_to_weights(&out, q, path, err);
    if (status == SFD_OK)
        status = sfd_weights_write(out, path, SFD_F32, err);
    sfd_weights_close(out);
    sfd_read_files_free(&read);
    return status;
}
