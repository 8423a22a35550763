/* SPDX-License-Identifier: Apache-2.0 */
/* Networks as tables of layers. */
#include "base/alloc.h"
#include "base/error.h"
#include "config/load.h"
#include "detect/head.h"
#include "graph/plan.h"
#include "graph/quantise.h"
#include "inspect/layer_info.h"
#include "inspect/remarks.h"
#include "media/sha256.h"
#include "weights/kind.h"
#include "weights/weights_config.h"
#include "weights/zoo.h"

#include <sfdet/inspect.h>

#include <stdlib.h>
#include <string.h>

struct sfd_network {
    sfd_net net;
    sfd_head_desc head;
    sfd_plan plan, relation; /* the latter where the network has one */
    sfd_network_totals totals;
    int in_width, in_height;
    size_t n_layers;
    sfd_layer_info *layers; /* backbone, relation and, last, the classifier's */
    sfd_notes remarks;
};

static sfd_status count_param(void *user, const sfd_param_desc *p, sfd_error *err)
{
    size_t *total = user;
    (void)err;
    *total += sfd_param_is_learned(p) ? sfd_param_elements(p) : 0;
    return SFD_OK;
}

sfd_layer_info sfd_describe_layer(const sfd_plan *plan, const sfd_node *node)
{
    const sfd_op *op = node->op;
    const sfd_node_view v = sfd_plan_view(plan, node, NULL);
    const sfd_window *window = op->window ? op->window(node->attributes) : &sfd_window_one;
    sfd_layer_info info = {.name = node->name,
                           .kind = op->name,
                           .in_channels = v.in[0].channels,
                           .out_channels = v.out.channels,
                           .macs = op->macs ? op->macs(&v) : 0};
    if (op->each_param)
        op->each_param(node, count_param, &info.n_parameters, NULL);
    memcpy(info.kernel, window->kernel, sizeof info.kernel);
    memcpy(info.stride, window->stride, sizeof info.stride);
    memcpy(info.dilation, window->dilation, sizeof info.dilation);
    memcpy(info.in_size, v.in[0].size, sizeof info.in_size);
    memcpy(info.out_size, v.out.size, sizeof info.out_size);
    return info;
}

static sfd_layer_info describe_classifier(const sfd_classifier_layer *l)
{
    return (sfd_layer_info){.name = l->name,
                            .kind = "linear",
                            .kernel = {1, 1, 1},
                            .stride = {1, 1, 1},
                            .dilation = {1, 1, 1},
                            .in_channels = (int)l->n_in,
                            .out_channels = (int)l->n_out,
                            .in_size = {1, 1, 1},
                            .out_size = {1, 1, 1},
                            .n_parameters = l->n_out * (l->n_in + 1),
                            .macs = (double)(l->n_out * l->n_in)};
}

static sfd_status describe_all(sfd_network *n, sfd_error *err)
{
    const sfd_graph *graph = &n->net.graph, *relation = &n->net.relation;
    const sfd_classifier_desc *classifier = &n->head.classifier;
    const size_t n_nodes = graph->n_nodes + relation->n_nodes;
    n->n_layers = n_nodes + (size_t)classifier->n_layers;
    n->layers = sfd_calloc(n->n_layers, sizeof *n->layers);
    if (!n->layers)
        return sfd_fail_nomem(err, n->net.config.name);
    for (size_t i = 0; i < graph->n_nodes; i++)
        n->layers[i] = sfd_describe_layer(&n->plan, &graph->nodes[i]);
    for (size_t i = 0; i < relation->n_nodes; i++)
        n->layers[graph->n_nodes + i] = sfd_describe_layer(&n->relation, &relation->nodes[i]);
    for (int i = 0; i < classifier->n_layers; i++)
        n->layers[n_nodes + (size_t)i] = describe_classifier(&classifier->layers[i]);
    return SFD_OK;
}

static sfd_status add_assumptions(sfd_network *n, const sfd_notes *assumed, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < assumed->n_lines; i++)
        status = sfd_notes_add(&n->remarks, err, "%s", assumed->lines[i]);
    return status;
}

/* The network of weights already opened (NULL: of the configuration alone). */
static sfd_status build(sfd_network *n, const char *config, const sfd_weights *weights,
                        sfd_error *err)
{
    sfd_net_config c;
    sfd_notes assumed = {0};
    sfd_status status;
    if (weights)
        status = sfd_weights_config(weights, config, &c, &assumed, err);
    else if (config)
        status = sfd_net_config_load(&c, config, &assumed, err);
    else
        status = sfd_fail(err, SFD_ERR_ARG, "neither weights nor a network configuration given");
    if (status == SFD_OK)
        status = sfd_net_build(&n->net, &c, err);
    if (status == SFD_OK && sfd_graph_is_quantised(&n->net.graph, weights))
        status = sfd_graph_quantise(&n->net.graph, weights, err);
    if (status == SFD_OK) {
        sfd_head_describe(&n->head, &n->net);
        status = sfd_remark_conventions(&n->remarks, &n->head, err);
    }
    if (status == SFD_OK)
        status = add_assumptions(n, &assumed, err);
    if (status == SFD_OK && weights)
        status = sfd_remark_weights(&n->remarks, &n->net, weights, err);
    sfd_notes_free(&assumed);
    return status;
}

/* The digits of "...-5180ea3c.pth", which OpenMMLab and torchvision put there; NULL: no such name.
 */
static const char *promised_digits(const char *path)
{
    const char *dot = strrchr(path, '.');
    const size_t n = sizeof "-01234567" - 1;
    if (!dot || (size_t)(dot - path) < n || (strcmp(dot, ".pth") != 0 && strcmp(dot, ".pt") != 0))
        return NULL;
    const char *dash = dot - n;
    return *dash == '-' && strspn(dash + 1, "0123456789abcdef") == n - 1 ? dash + 1 : NULL;
}

static sfd_status check_name(sfd_network *n, const sfd_weights *weights, sfd_error *err)
{
    char sha[SFD_SHA256_TEXT];
    const char *digits = promised_digits(sfd_weights_origin(weights));
    sfd_status status = digits ? sfd_sha256_file(sha, sfd_weights_origin(weights), err) : SFD_OK;
    if (!digits || status != SFD_OK)
        return status;
    if (strncmp(sha, digits, 8) == 0)
        return sfd_notes_add(&n->remarks, err, "SHA-256 begins with %.8s, as the name promises",
                             digits);
    return sfd_notes_add(&n->remarks, err,
                         "does not match its name: SHA-256 begins with %.8s, the name promises "
                         "%.8s: damaged, or another file",
                         sha, digits);
}

static sfd_status plan_and_describe(sfd_network *n, int in_width, int in_height, sfd_error *err)
{
    const int side = n->net.config.test_crop_size;
    n->in_width = in_width ? in_width : side;
    n->in_height = in_height ? in_height : side;
    sfd_status status =
        sfd_plan_make(&n->plan, &n->net.graph, n->in_height, n->in_width, SFD_PLAN_SHARE, err);
    if (status == SFD_OK && n->net.relation.n_nodes > 0) {
        const sfd_map map = sfd_plan_map(&n->plan, n->net.graph.outputs[0].tensor, NULL);
        status = sfd_plan_make(&n->relation, &n->net.relation, map.size[1], map.size[2],
                               SFD_PLAN_SHARE, err);
    }
    return status == SFD_OK ? describe_all(n, err) : status;
}

static void add_up(sfd_network *n)
{
    n->totals = (sfd_network_totals){.name = n->net.config.name,
                                     .in_width = n->net.n_pathways > 0 ? n->in_width : 0,
                                     .in_height = n->net.n_pathways > 0 ? n->in_height : 0,
                                     .activation_bytes = n->plan.arena_bytes,
                                     .unshared_bytes = n->plan.unshared_bytes};
    for (size_t i = 0; i < n->n_layers; i++) {
        n->totals.n_parameters += n->layers[i].n_parameters;
        n->totals.macs += n->layers[i].macs;
    }
}

sfd_status sfd_network_open(sfd_network **out, const char *weights_path, const char *config,
                            int in_width, int in_height, sfd_error *err)
{
    sfd_weights *weights = NULL;
    *out = NULL;
    sfd_network *n = sfd_calloc(1, sizeof *n);
    if (!n)
        return sfd_fail_nomem(err, "network");
    sfd_status status = weights_path ? sfd_zoo_open(&weights, weights_path, err) : SFD_OK;
    if (status == SFD_OK)
        status = build(n, config, weights, err);
    if (status == SFD_OK && weights)
        status = check_name(n, weights, err);
    sfd_weights_close(weights);
    if (status == SFD_OK)
        status = plan_and_describe(n, in_width, in_height, err);
    if (status != SFD_OK) {
        sfd_network_free(n);
        return status;
    }
    add_up(n);
    *out = n;
    return SFD_OK;
}

void sfd_network_free(sfd_network *n)
{
    if (!n)
        return;
    sfd_plan_free(&n->plan);
    sfd_plan_free(&n->relation);
    sfd_net_free(&n->net);
    free(n->layers);
    sfd_notes_free(&n->remarks);
    free(n);
}

size_t sfd_network_n_layers(const sfd_network *n)
{
    return n->n_layers;
}

const sfd_layer_info *sfd_network_layer(const sfd_network *n, size_t i)
{
    return &n->layers[i];
}

const sfd_network_totals *sfd_network_get_totals(const sfd_network *n)
{
    return &n->totals;
}

const char *sfd_network_remark(const sfd_network *n, size_t i)
{
    return i < n->remarks.n_lines ? n->remarks.lines[i] : NULL;
}

sfd_network_use sfd_network_use_of(const char *path)
{
    sfd_weights *w;
    if (sfd_zoo_open(&w, path, NULL) != SFD_OK)
        return SFD_USE_UNKNOWN;
    const sfd_kind kind = sfd_weights_guess_kind(w).kind;
    sfd_weights_close(w);
    sfd_release_freed();
    return kind == SFD_KIND_ACTIONS   ? SFD_USE_ACTIONS
           : kind == SFD_KIND_PERSONS ? SFD_USE_PERSONS
                                      : SFD_USE_UNKNOWN;
}

bool sfd_weights_are_quantised(const char *path)
{
    static const char mark[] = ".weight_scale"; /* docs/weights.md */
    sfd_weights *w;
    bool found = false;
    if (sfd_zoo_open(&w, path, NULL) != SFD_OK)
        return false;
    for (size_t i = 0; !found && i < sfd_weights_count(w); i++) {
        const char *name = sfd_weights_info(w, i)->name;
        const size_t n = strlen(name);
        found = n >= sizeof mark && strcmp(name + n - (sizeof mark - 1), mark) == 0;
    }
    sfd_weights_close(w);
    sfd_release_freed();
    return found;
}

bool sfd_is_preset(const char *text)
{
    for (size_t i = 0; sfd_preset_name(i); i++)
        if (strcmp(text, sfd_preset_name(i)) == 0)
            return true;
    return false;
}

sfd_status sfd_zoo_each(void (*fn)(void *user, const sfd_zoo_entry *entry), void *user,
                        sfd_error *err)
{
    sfd_zoo zoo;
    sfd_status status = sfd_zoo_read(&zoo, err);
    for (size_t i = 0; status == SFD_OK && i < zoo.n_entries; i++)
        fn(user, &zoo.entries[i]);
    if (status == SFD_OK)
        sfd_zoo_free(&zoo);
    return status;
}
