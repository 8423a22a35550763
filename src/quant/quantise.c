/* SPDX-License-Identifier: Apache-2.0 */
/* A model that watches its maps, and what follows for its convolutions. */
#include "graph/quantise.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "quant/quantiser.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sfd_quantiser_settings_defaults_sized(sfd_quantiser_settings *s, size_t struct_size)
{
    const sfd_quantiser_settings defaults = {0};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

/* ------------------------------------------------------------------ watching */

int sfd_quantiser_root(const sfd_graph *g, int tensor)
{
    while (g->tensors[tensor].parent != SFD_NO_TENSOR)
        tensor = g->tensors[tensor].parent;
    return tensor;
}

static void watch(void *user, const sfd_node_view *v)
{
    sfd_quantiser *q = user;
    const int root = sfd_quantiser_root(&q->model->net.graph, v->node->output);
    if (!q->seen[root])
        q->seen[root] = sfd_calloc(1, sizeof **q->seen);
    q->no_memory = q->no_memory || !q->seen[root];
    q->watched = true;
    if (q->seen[root])
        sfd_histogram_add(q->seen[root], &v->out);
}

/* The bytes of a picture after normalisation are what they were before, but for their meaning,
 * which is the channels' where they are normalised alike. */
static sfd_byte_scale picture_scale(const sfd_net_config *c)
{
    double least = INFINITY, most = -INFINITY;
    for (int i = 0; i < 3; i++) {
        least = fmin(least, -(double)c->mean[i] / (double)c->std[i]);
        most = fmax(most, (1 - (double)c->mean[i]) / (double)c->std[i]);
    }
    const double scale = (fmax(most, 0) - fmin(least, 0)) / 255;
    return (sfd_byte_scale){(float)scale, (int)rint(-fmin(least, 0) / scale)};
}

sfd_status sfd_quantiser_scale(const sfd_quantiser *q, int tensor, const char *reader,
                               sfd_byte_scale *out, double *noise, sfd_error *err)
{
    const sfd_graph *g = &q->model->net.graph;
    const sfd_histogram *h = q->seen[sfd_quantiser_root(g, tensor)];
    *noise = 0;
    if (sfd_graph_find_input(g, tensor) < g->n_inputs) {
        *out = picture_scale(&q->model->net.config);
        return SFD_OK;
    }
    if (!h)
        return sfd_fail(err, SFD_ERR_MISMATCH, "no clip was watched");
    if (h->broken)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: what %s reads is not finite",
                        sfd_weights_origin(q->weights), reader);
    *out = sfd_histogram_scale(h, noise);
    return SFD_OK;
}

/* ------------------------------------------------------------------ which ones */

/* Pictures whose values have no range that is known beforehand. */
static bool reads_differences(const sfd_quantiser *q, const sfd_node *node)
{
    const sfd_net *net = &q->model->net;
    const size_t input = sfd_graph_find_input(&net->graph, node->inputs[0]);
    return input < net->graph.n_inputs && net->config.fast_input != SFD_FAST_INPUT_RGB &&
           sfd_net_config_is_fast(&net->config, (int)input);
}

const char *sfd_quantiser_reason(const sfd_quantiser *q, const sfd_node *node)
{
    if (!sfd_qconv_can_be(node))
        return "groups, SiLU or sums beyond 32 bits";
    if (reads_differences(q, node))
        return "reads pictures that are not RGB";
    return q->keep[node - q->model->net.graph.nodes] ? "kept" : NULL;
}

static bool is_quantised(const sfd_quantiser *q, const sfd_node *node)
{
    return node->op == &sfd_op_conv && !sfd_quantiser_reason(q, node);
}

bool sfd_quantiser_residual_is_bytes(const sfd_quantiser *q, const sfd_node *node)
{
    const sfd_graph *g = &q->model->net.graph;
    const int root = sfd_quantiser_root(g, node->inputs[1]);
    for (size_t i = 0; i < g->n_nodes; i++) {
        const sfd_node *other = &g->nodes[i];
        if (is_quantised(q, other) && (sfd_quantiser_root(g, other->inputs[0]) == root ||
                                       sfd_quantiser_root(g, other->output) == root))
            return true;
    }
    return false;
}

static bool has_name(const char *pattern, const char *name)
{
    const size_t n = strlen(pattern);
    if (n > 0 && (pattern[n - 1] == '.' || pattern[n - 1] == '*'))
        return strncmp(name, pattern, n - (pattern[n - 1] == '*')) == 0;
    return strcmp(name, pattern) == 0;
}

sfd_status sfd_quantiser_keep(sfd_quantiser *q, const char *name, bool keep, sfd_error *err)
{
    const sfd_graph *g = &q->model->net.graph;
    bool found = false;
    for (size_t i = 0; i < g->n_nodes; i++) {
        if (g->nodes[i].op != &sfd_op_conv || !has_name(name, g->nodes[i].name))
            continue;
        q->keep[i] = keep;
        found = true;
    }
    return found ? SFD_OK
                 : sfd_fail(err, SFD_ERR_ARG, "%s: no convolution is called \"%s\"",
                            sfd_weights_origin(q->weights), name);
}

/* ------------------------------------------------------------------ creation */

/* A model as sfd_model_open makes it, of weights that stay open. */
static sfd_status open_model(sfd_quantiser *q, const sfd_quantiser_settings *s, sfd_error *err)
{
    sfd_net_config config;
    sfd_notes notes = {0};
    unsigned cpu;
    if (!s->weights)
        return sfd_fail(err, SFD_ERR_ARG, "no weights to quantise given");
    sfd_status status = sfd_cpu_choose(&cpu, s->cpu, err);
    if (status == SFD_OK)
        status = sfd_zoo_open(&q->weights, s->weights, err);
    if (status == SFD_OK)
        status = sfd_notes_add_file(&notes, sfd_weights_origin(q->weights), err);
    if (status == SFD_OK)
        status = sfd_weights_config(q->weights, s->config, &config, &notes, err);
    if (status == SFD_OK)
        status = sfd_model_create(
            &q->model, &config,
            &(sfd_prepare_settings){.weights = q->weights, .kernels = sfd_kernels_get(cpu)}, err);
    if (status == SFD_OK)
        q->model->assumed = notes;
    else
        sfd_notes_free(&notes);
    return status;
}

static sfd_status count_macs(sfd_quantiser *q, sfd_error *err)
{
    const sfd_net *net = &q->model->net;
    const int side = net->config.test_crop_size;
    sfd_plan plan;
    const sfd_status status =
        sfd_plan_make(&plan, &net->graph, side, side * 4 / 3, SFD_PLAN_SHARE, err);
    for (size_t i = 0; status == SFD_OK && i < net->graph.n_nodes; i++) {
        const sfd_node_view v = sfd_plan_view(&plan, &net->graph.nodes[i], NULL);
        q->macs += v.node->op == &sfd_op_conv ? sfd_op_conv.macs(&v) : 0;
    }
    sfd_plan_free(&plan);
    return status;
}

static sfd_status set_up(sfd_quantiser *q, const sfd_quantiser_settings *s, sfd_error *err)
{
    sfd_status status = open_model(q, s, err);
    if (status != SFD_OK)
        return status;
    const sfd_graph *g = &q->model->net.graph;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].op == &sfd_op_qconv)
            return sfd_fail(err, SFD_ERR_MISMATCH, "%s: the weights are 8-bit integers already",
                            sfd_weights_origin(q->weights));
    q->seen = sfd_calloc(g->n_tensors, sizeof(*q->seen));
    q->keep = sfd_calloc(g->n_nodes, sizeof *q->keep);
    if (!q->seen || !q->keep)
        return sfd_fail_nomem(err, g->name);
    for (size_t i = 0; status == SFD_OK && i < s->n_keep; i++)
        status = sfd_quantiser_keep(q, s->keep[i], true, err);
    if (status == SFD_OK)
        status = count_macs(q, err);
    q->model->executable.observe = watch;
    q->model->executable.observer = q;
    return status;
}

sfd_status sfd_quantiser_create(sfd_quantiser **out, const sfd_quantiser_settings *settings,
                                sfd_error *err)
{
    sfd_quantiser_settings s;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_quantiser_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    sfd_quantiser *q = sfd_calloc(1, sizeof *q);
    if (!q)
        return sfd_fail_nomem(err, "quantising");
    status = set_up(q, &s, err);
    if (status != SFD_OK) {
        sfd_quantiser_free(q);
        return status;
    }
    *out = q;
    return SFD_OK;
}

void sfd_quantiser_free(sfd_quantiser *q)
{
    if (!q)
        return;
    for (size_t i = 0; q->seen && i < q->model->net.graph.n_tensors; i++)
        free(q->seen[i]);
    free(q->seen);
    free(q->keep);
    sfd_model_free(q->model);
    sfd_weights_close(q->weights);
    free(q);
}

const sfd_model *sfd_quantiser_model(const sfd_quantiser *q)
{
    return q->model;
}

/* ------------------------------------------------------------------ what it comes to */

static const sfd_node *find_conv(const sfd_quantiser *q, size_t i)
{
    const sfd_graph *g = &q->model->net.graph;
    for (size_t turn = 0; turn < g->n_nodes; turn++) {
        const sfd_node *node = &g->nodes[g->order[turn]];
        if (node->op == &sfd_op_conv && i-- == 0)
            return node;
    }
    return NULL;
}

static double share_of(const sfd_quantiser *q, const sfd_node *node)
{
    const sfd_net *net = &q->model->net;
    const int side = net->config.test_crop_size;
    sfd_plan plan;
    double macs = 0;
    if (sfd_plan_make(&plan, &net->graph, side, side * 4 / 3, SFD_PLAN_SHARE, NULL) == SFD_OK) {
        const sfd_node_view v = sfd_plan_view(&plan, node, NULL);
        macs = sfd_op_conv.macs(&v);
    }
    sfd_plan_free(&plan);
    return macs / q->macs;
}

sfd_status sfd_quantiser_layer(const sfd_quantiser *q, size_t i, sfd_quantised_layer *layer,
                               sfd_error *err)
{
    const sfd_node *node = find_conv(q, i);
    *layer = (sfd_quantised_layer){0};
    if (!q->watched)
        return sfd_fail(err, SFD_ERR_MISMATCH, "no clip was watched");
    if (!node)
        return sfd_fail(err, SFD_ERR_END, "there is no convolution number %zu", i);
    layer->name = node->name;
    layer->reason = sfd_quantiser_reason(q, node);
    layer->quantised = !layer->reason;
    layer->macs_share = share_of(q, node);
    if (layer->reason)
        return SFD_OK;
    sfd_byte_weights w;
    const sfd_status status = sfd_byte_weights_make(&w, node, q->weights, err);
    layer->weight_noise = w.noise;
    sfd_byte_weights_free(&w);
    sfd_byte_scale scale;
    return status == SFD_OK ? sfd_quantiser_scale(q, node->inputs[0], node->name, &scale,
                                                  &layer->input_noise, err)
                            : status;
}
