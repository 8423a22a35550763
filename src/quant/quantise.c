/* SPDX-License-Identifier: Apache-2.0 */
/* A model that watches its maps, and what follows for its convolutions. */
#include "graph/quantise.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "quant/quantiser.h"

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
    const int root = sfd_quantiser_root(q->graph, v->node->output);
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

/* Whether a map has the values of the picture, perhaps at other places. */
static bool shows_picture(const sfd_graph *g, int tensor)
{
    if (sfd_graph_find_input(g, tensor) < g->n_inputs)
        return true;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].output == tensor && g->nodes[i].op->moves)
            return shows_picture(g, g->nodes[i].inputs[0]);
    return false;
}

sfd_status sfd_quantiser_scale(const sfd_quantiser *q, int tensor, const char *reader,
                               sfd_byte_scale *out, double *noise, sfd_error *err)
{
    const sfd_graph *g = q->graph;
    const sfd_histogram *h = q->seen[sfd_quantiser_root(g, tensor)];
    *noise = 0;
    if (q->net && sfd_graph_find_input(g, tensor) < g->n_inputs) {
        *out = picture_scale(&q->net->config);
        return SFD_OK;
    }
    if (q->persons && shows_picture(g, tensor)) {
        *out = (sfd_byte_scale){1, 0};
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
    const size_t input = sfd_graph_find_input(q->graph, node->inputs[0]);
    const sfd_net_config *c = q->net ? &q->net->config : NULL;
    return c && input < q->graph->n_inputs && c->fast_input != SFD_FAST_INPUT_RGB &&
           sfd_net_config_is_fast(c, (int)input);
}

/* The last layer of a detector, of which boxes are made; they take next to no time. */
static bool predicts(const sfd_quantiser *q, const sfd_node *node)
{
    for (size_t i = 0; q->persons && i < q->graph->n_outputs; i++)
        if (q->graph->outputs[i].tensor == node->output)
            return true;
    return false;
}

const char *sfd_quantiser_reason(const sfd_quantiser *q, const sfd_node *node)
{
    if (!sfd_qconv_can_be(node))
        return "groups or sums beyond 32 bits";
    if (reads_differences(q, node))
        return "reads pictures that are not RGB";
    if (predicts(q, node))
        return "predicts";
    const bool kept = (q->keep && q->keep[node - q->graph->nodes]) ||
                      (q->scales && !sfd_qconv_is_stored(node, q->scales));
    return kept ? "kept" : NULL;
}

static bool is_quantised(const sfd_quantiser *q, const sfd_node *node)
{
    return node->op == &sfd_op_conv && !sfd_quantiser_reason(q, node);
}

/* The map that a node makes, with the sum that it takes over. */
static int output_of(const sfd_quantiser *q, const sfd_node *node)
{
    int other;
    const size_t sum = sfd_graph_find_sum(q->graph, (size_t)(node - q->graph->nodes), &other);
    return sum < q->graph->n_nodes ? q->graph->nodes[sum].output : node->output;
}

int sfd_quantiser_byte_residual(const sfd_quantiser *q, const sfd_node *node)
{
    const sfd_graph *g = q->graph;
    int residual = SFD_NO_TENSOR;
    if (node->n_inputs > 1)
        residual = node->inputs[1];
    else
        sfd_graph_find_sum(g, (size_t)(node - g->nodes), &residual);
    for (size_t i = 0; residual != SFD_NO_TENSOR && i < g->n_nodes; i++) {
        const sfd_node *other = &g->nodes[i];
        const int root = sfd_quantiser_root(g, residual);
        if (is_quantised(q, other) && (sfd_quantiser_root(g, other->inputs[0]) == root ||
                                       sfd_quantiser_root(g, output_of(q, other)) == root))
            return residual;
    }
    return SFD_NO_TENSOR;
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
    const sfd_graph *g = q->graph;
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

/* Multiply-adds of one convolution, or of all of them (NULL). */
static sfd_status count_macs(const sfd_quantiser *q, const sfd_node *node, double *macs,
                             sfd_error *err)
{
    sfd_plan plan;
    const sfd_status status =
        sfd_plan_make(&plan, q->graph, q->height, q->width, SFD_PLAN_SHARE, err);
    *macs = 0;
    for (size_t i = 0; status == SFD_OK && i < q->graph->n_nodes; i++) {
        const sfd_node_view v = sfd_plan_view(&plan, &q->graph->nodes[i], NULL);
        if (v.node->op == &sfd_op_conv && (!node || v.node == node))
            *macs += sfd_op_conv.macs(&v);
    }
    sfd_plan_free(&plan);
    return status;
}

static void watch_model(sfd_quantiser *q)
{
    if (q->persons) {
        sfd_person_model_observe(q->persons, watch, q);
        return;
    }
    q->model->executable.observe = watch;
    q->model->executable.observer = q;
}

static sfd_status set_up(sfd_quantiser *q, const sfd_quantiser_settings *s, sfd_error *err)
{
    sfd_status status = sfd_quantiser_open(q, s, err);
    if (status != SFD_OK)
        return status;
    const sfd_graph *g = q->graph;
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
        status = count_macs(q, NULL, &q->macs, err);
    if (!q->scales)
        watch_model(q);
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
    for (size_t i = 0; q->seen && i < q->graph->n_tensors; i++)
        free(q->seen[i]);
    free(q->seen);
    free(q->keep);
    sfd_model_free(q->model);
    sfd_person_model_free(q->persons);
    sfd_weights_close(q->weights);
    sfd_weights_close(q->scales);
    free(q);
}

const sfd_model *sfd_quantiser_model(const sfd_quantiser *q)
{
    return q->model;
}

const sfd_person_model *sfd_quantiser_persons(const sfd_quantiser *q)
{
    return q->persons;
}

/* ------------------------------------------------------------------ what it comes to */

static const sfd_node *find_conv(const sfd_quantiser *q, size_t i)
{
    const sfd_graph *g = q->graph;
    for (size_t turn = 0; turn < g->n_nodes; turn++) {
        const sfd_node *node = &g->nodes[g->order[turn]];
        if (node->op == &sfd_op_conv && i-- == 0)
            return node;
    }
    return NULL;
}

sfd_status sfd_quantiser_layer(const sfd_quantiser *q, size_t i, sfd_quantised_layer *layer,
                               sfd_error *err)
{
    const sfd_node *node = find_conv(q, i);
    *layer = (sfd_quantised_layer){0};
    if (!q->watched && !q->scales)
        return sfd_fail(err, SFD_ERR_MISMATCH, "no clip was watched");
    if (!node)
        return sfd_fail(err, SFD_ERR_END, "there is no convolution number %zu", i);
    layer->name = node->name;
    layer->reason = sfd_quantiser_reason(q, node);
    layer->quantised = !layer->reason;
    sfd_status status = count_macs(q, node, &layer->macs_share, err);
    layer->macs_share /= q->macs;
    if (status != SFD_OK || layer->reason)
        return status;
    sfd_byte_weights w;
    status = sfd_byte_weights_make(&w, node, q->weights, err);
    layer->weight_noise = w.noise;
    sfd_byte_weights_free(&w);
    sfd_byte_scale scale;
    return status == SFD_OK && q->watched ? sfd_quantiser_scale(q, node->inputs[0], node->name,
                                                                &scale, &layer->input_noise, err)
                                          : status;
}
