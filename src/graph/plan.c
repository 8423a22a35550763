/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and memory places of all tensors at one picture size. */
#include "graph/plan.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Arena places are multiples of a cache line; the end leaves room for a vector read past a row. */
#define PLACE_FLOATS 16
#define SLACK_FLOATS 64
/* Keeps size arithmetic far from overflow and refuses absurd inputs early. */
#define MAX_PICTURE_SIDE  8192
#define MAX_TENSOR_FLOATS ((size_t)1 << 34)

/* ------------------------------------------------------------------ sizes */

static size_t n_positions(const sfd_plan_tensor *t)
{
    return (size_t)t->size[0] * (size_t)t->size[1] * (size_t)t->size[2];
}

static sfd_status set_layer_size(sfd_plan *plan, const sfd_layer *layer, sfd_error *err)
{
    const sfd_plan_tensor *in = &plan->tensors[layer->input];
    sfd_plan_tensor *out = &plan->tensors[layer->output];
    for (int axis = 0; axis < 3; axis++) {
        out->size[axis] = layer->kind == SFD_LAYER_ATTENTION
                              ? in->size[axis]
                              : sfd_layer_out_size(layer, axis, in->size[axis]);
        if (out->size[axis] <= 0)
            return sfd_fail(err, SFD_ERR_ARG, "%s: a map of %dx%dx%d (TxHxW) is too small for %s",
                            plan->graph->name, in->size[0], in->size[1], in->size[2], layer->name);
    }
    const int parent = plan->graph->tensors[layer->output].parent;
    if (parent != SFD_NO_TENSOR)
        memcpy(plan->tensors[parent].size, out->size, sizeof out->size);
    return SFD_OK;
}

static sfd_status check_attention(const sfd_plan *plan, const sfd_layer *layer, sfd_error *err)
{
    const int t = plan->tensors[layer->input].size[0], keys = plan->tensors[layer->keys].size[0];
    if (t % layer->pieces == 0 && keys % layer->pieces == 0)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                    "%s: %d frames (%d pooled) cannot be cut into NONLOCAL.GROUP = %d pieces",
                    layer->name, t, keys, layer->pieces);
}

static sfd_status set_sizes(sfd_plan *plan, int height, int width, sfd_error *err)
{
    const sfd_graph *graph = plan->graph;
    for (size_t i = 0; i < graph->n_tensors; i++)
        plan->tensors[i].channels = graph->tensors[i].channels;
    for (size_t i = 0; i < graph->n_inputs; i++) {
        const int size[3] = {graph->inputs[i].frames, height, width};
        memcpy(plan->tensors[graph->inputs[i].tensor].size, size, sizeof size);
    }
    for (size_t i = 0; i < graph->n_layers; i++) {
        sfd_status status = set_layer_size(plan, &graph->layers[i], err);
        if (status == SFD_OK && graph->layers[i].kind == SFD_LAYER_ATTENTION)
            status = check_attention(plan, &graph->layers[i], err);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}

/* ------------------------------------------------------------------ memory */

/* A tensor's storage: a channel slice of `root`, which lives from one layer to another. */
typedef struct storage {
    int root, channel;
    size_t first, last; /* of a root: turns of layers, 0 for inputs */
    size_t n_floats;    /* of a root */
    bool placed;
} storage;

/* Turn of the last layer that reads a tensor; n_layers + 1 for what must stay to the end. (A
 * layer's turn is its place in the running order plus one.) */
static void find_last_reads(const sfd_graph *graph, size_t *last)
{
    for (size_t i = 0; i < graph->n_tensors; i++)
        last[i] = 0;
    for (size_t turn = 1; turn <= graph->n_layers; turn++) {
        const sfd_layer *l = &graph->layers[sfd_graph_layer_at(graph, turn - 1)];
        const int reads[] = {l->input, l->residual, l->keys, l->values};
        for (size_t r = 0; r < sizeof reads / sizeof *reads; r++)
            if (reads[r] != SFD_NO_TENSOR)
                last[reads[r]] = turn;
    }
    for (size_t i = 0; i < graph->n_outputs; i++)
        last[graph->outputs[i].tensor] = graph->n_layers + 1;
}

/* Lays slices into their parents and, sharing, shortcuts into the sums that replace them. Layers
 * are taken from the last to the first, so that the target's own storage is known. */
static void merge_storage(const sfd_graph *graph, sfd_plan_mode mode, const size_t *last,
                          storage *s)
{
    for (size_t i = 0; i < graph->n_tensors; i++)
        s[i].root = (int)i;
    for (size_t turn = graph->n_layers; turn > 0; turn--) {
        const sfd_layer *l = &graph->layers[sfd_graph_layer_at(graph, turn - 1)];
        const sfd_graph_tensor *out = &graph->tensors[l->output];
        if (out->parent != SFD_NO_TENSOR) {
            s[l->output].root = s[out->parent].root;
            s[l->output].channel = s[out->parent].channel + out->parent_channel;
        }
        const int r = l->residual;
        if (mode == SFD_PLAN_SHARE && r != SFD_NO_TENSOR && last[r] == turn &&
            graph->tensors[r].parent == SFD_NO_TENSOR) {
            s[r].root = s[l->output].root;
            s[r].channel = s[l->output].channel;
        }
    }
}

/* Rows a multiple of 2 KiB apart would all fall into the same few cache sets. */
static size_t row_floats(int channels)
{
    const size_t n = (size_t)channels;
    return n % 512 == 0 ? n + PLACE_FLOATS : n;
}

static void extend_life(storage *root, size_t from, size_t to)
{
    root->first = from < root->first ? from : root->first;
    root->last = to > root->last ? to : root->last;
}

static sfd_status measure_storage(sfd_plan *plan, sfd_plan_mode mode, const size_t *last,
                                  storage *s, sfd_error *err)
{
    const sfd_graph *graph = plan->graph;
    for (size_t i = 0; i < graph->n_tensors; i++) {
        sfd_plan_tensor *t = &plan->tensors[i];
        t->ld = row_floats(graph->tensors[s[i].root].channels);
        s[i].n_floats = (n_positions(t) * t->ld + PLACE_FLOATS - 1) / PLACE_FLOATS * PLACE_FLOATS;
        if (s[i].n_floats > MAX_TENSOR_FLOATS)
            return sfd_fail(err, SFD_ERR_ARG, "%s: a map of %dx%dx%d with %d channels is too large",
                            graph->name, t->size[0], t->size[1], t->size[2], t->channels);
        s[i].first = graph->n_layers + 1;
    }
    for (size_t i = 0; i < graph->n_inputs; i++)
        s[graph->inputs[i].tensor].first = 0;
    for (size_t turn = 1; turn <= graph->n_layers; turn++) {
        const int out = graph->layers[sfd_graph_layer_at(graph, turn - 1)].output;
        extend_life(&s[s[out].root], turn,
                    mode == SFD_PLAN_SHARE ? last[out] : graph->n_layers + 1);
    }
    /* inputs and concatenated tensors are read under their own number */
    for (size_t i = 0; i < graph->n_tensors; i++)
        s[s[i].root].last = last[i] > s[s[i].root].last ? last[i] : s[s[i].root].last;
    for (size_t i = 0; mode == SFD_PLAN_KEEP_ALL && i < graph->n_inputs; i++)
        s[graph->inputs[i].tensor].last = graph->n_layers + 1;
    return SFD_OK;
}

/* Lowest place for root r that no placed root of an overlapping lifetime covers. */
static size_t find_place(const sfd_plan *plan, const storage *s, size_t r)
{
    const size_t n = plan->graph->n_tensors;
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < n; i++) {
            if (!s[i].placed || s[i].last < s[r].first || s[i].first > s[r].last)
                continue;
            const size_t begin = plan->tensors[i].offset, end = begin + s[i].n_floats;
            if (at < end && begin < at + s[r].n_floats) {
                at = end;
                moved = true;
            }
        }
    }
    return at;
}

/* Greedy by size: the largest tensors are placed first, each as low as it fits. */
static void place_roots(sfd_plan *plan, storage *s)
{
    const size_t n = plan->graph->n_tensors;
    for (;;) {
        size_t r = n;
        for (size_t i = 0; i < n; i++)
            if (s[i].root == (int)i && !s[i].placed && (r == n || s[i].n_floats > s[r].n_floats))
                r = i;
        if (r == n)
            break;
        const size_t at = find_place(plan, s, r);
        plan->tensors[r].offset = at;
        s[r].placed = true;
        if (at + s[r].n_floats > plan->arena_floats)
            plan->arena_floats = at + s[r].n_floats;
    }
    for (size_t i = 0; i < n; i++) {
        plan->tensors[i].offset = plan->tensors[s[i].root].offset + (size_t)s[i].channel;
        plan->unshared_floats += n_positions(&plan->tensors[i]) * (size_t)plan->tensors[i].channels;
    }
    plan->arena_floats += SLACK_FLOATS;
}

static sfd_status place_all(sfd_plan *plan, sfd_plan_mode mode, sfd_error *err)
{
    const sfd_graph *graph = plan->graph;
    storage *s = sfd_calloc(graph->n_tensors, sizeof *s);
    size_t *last = sfd_malloc_array(graph->n_tensors, sizeof *last);
    sfd_status status = SFD_OK;
    if (!s || !last) {
        status = sfd_fail_nomem(err, graph->name);
    } else {
        find_last_reads(graph, last);
        merge_storage(graph, mode, last, s);
        status = measure_storage(plan, mode, last, s, err);
        if (status == SFD_OK)
            place_roots(plan, s);
    }
    free(s);
    free(last);
    return status;
}

sfd_status sfd_plan_make(sfd_plan *plan, const sfd_graph *graph, int height, int width,
                         sfd_plan_mode mode, sfd_error *err)
{
    *plan = (sfd_plan){.graph = graph};
    if (height < 1 || width < 1 || height > MAX_PICTURE_SIDE || width > MAX_PICTURE_SIDE)
        return sfd_fail(err, SFD_ERR_ARG, "picture size %dx%d is not within 1x1 and %dx%d", width,
                        height, MAX_PICTURE_SIDE, MAX_PICTURE_SIDE);
    plan->tensors = sfd_calloc(graph->n_tensors, sizeof *plan->tensors);
    if (!plan->tensors)
        return sfd_fail_nomem(err, graph->name);
    sfd_status status = set_sizes(plan, height, width, err);
    if (status == SFD_OK)
        status = place_all(plan, mode, err);
    return status;
}

void sfd_plan_free(sfd_plan *plan)
{
    free(plan->tensors);
    *plan = (sfd_plan){0};
}

/* ------------------------------------------------------------------ views for kernels */

sfd_conv_shape sfd_plan_conv_shape(const sfd_plan *plan, const sfd_layer *layer, int n_threads)
{
    const sfd_plan_tensor *in = &plan->tensors[layer->input], *out = &plan->tensors[layer->output];
    sfd_conv_shape s = {.cin = layer->cin,
                        .cout = layer->cout,
                        .groups = layer->groups,
                        .x_ld = in->ld,
                        .y_ld = out->ld,
                        .relu = layer->relu,
                        .n_threads = n_threads};
    memcpy(s.in, in->size, sizeof s.in);
    memcpy(s.out, out->size, sizeof s.out);
    memcpy(s.kernel, layer->kernel, sizeof s.kernel);
    memcpy(s.stride, layer->stride, sizeof s.stride);
    memcpy(s.padding, layer->padding, sizeof s.padding);
    memcpy(s.dilation, layer->dilation, sizeof s.dilation);
    if (layer->residual != SFD_NO_TENSOR)
        s.residual_ld = plan->tensors[layer->residual].ld;
    return s;
}

sfd_pool_shape sfd_plan_pool_shape(const sfd_plan *plan, const sfd_layer *layer)
{
    const sfd_plan_tensor *in = &plan->tensors[layer->input], *out = &plan->tensors[layer->output];
    sfd_pool_shape s = {.channels = layer->cin, .x_ld = in->ld, .y_ld = out->ld};
    memcpy(s.in, in->size, sizeof s.in);
    memcpy(s.out, out->size, sizeof s.out);
    memcpy(s.kernel, layer->kernel, sizeof s.kernel);
    memcpy(s.stride, layer->stride, sizeof s.stride);
    memcpy(s.padding, layer->padding, sizeof s.padding);
    return s;
}

double sfd_plan_layer_macs(const sfd_plan *plan, const sfd_layer *layer)
{
    if (layer->kind == SFD_LAYER_CONV) {
        const sfd_conv_shape s = sfd_plan_conv_shape(plan, layer, 1);
        return sfd_conv_macs(&s);
    }
    if (layer->kind == SFD_LAYER_ATTENTION) {
        const double queries = (double)n_positions(&plan->tensors[layer->input]);
        const double keys = (double)n_positions(&plan->tensors[layer->keys]) / layer->pieces;
        return 2 * queries * keys * layer->cin;
    }
    return 0;
}
