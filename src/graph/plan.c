/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and memory places of all tensors at one picture size. */
#include "graph/plan.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Arena places are multiples of a cache line; the end leaves room for a vector read past a row. */
#define PLACE_BYTES 64
#define SLACK_BYTES 256
/* Keeps size arithmetic far from overflow and refuses absurd inputs early. */
#define MAX_PICTURE_SIDE 8192
#define MAX_TENSOR_BYTES ((size_t)1 << 36)

/* ------------------------------------------------------------------ sizes */

static size_t n_positions(const sfd_plan_tensor *t)
{
    return (size_t)t->size[0] * (size_t)t->size[1] * (size_t)t->size[2];
}

static size_t element_bytes(const sfd_plan_tensor *t)
{
    return sfd_dtype_size(t->dtype);
}

/* A slice gives its size to the map that it is part of; all slices must agree. */
static sfd_status set_parent_size(sfd_plan *plan, int tensor, sfd_error *err)
{
    const int parent = plan->graph->tensors[tensor].parent;
    if (parent == SFD_NO_TENSOR)
        return SFD_OK;
    const int *size = plan->tensors[tensor].size;
    int *whole = plan->tensors[parent].size;
    if (whole[0] > 0 && memcmp(whole, size, sizeof plan->tensors[tensor].size) != 0)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: maps of %dx%dx%d and %dx%dx%d (TxHxW) cannot lie side by side",
                        plan->graph->name, whole[0], whole[1], whole[2], size[0], size[1], size[2]);
    memcpy(whole, size, sizeof plan->tensors[tensor].size);
    return SFD_OK;
}

static sfd_status set_node_size(sfd_plan *plan, const sfd_node *node, sfd_error *err)
{
    const sfd_node_view view = sfd_plan_view(plan, node, NULL);
    int *out = plan->tensors[node->output].size;
    const int *in = view.in[0].size;
    sfd_status status = node->op->out_size(&view, out, err);
    if (status != SFD_OK)
        return status;
    for (int axis = 0; axis < 3; axis++)
        if (out[axis] <= 0)
            return sfd_fail(err, SFD_ERR_ARG, "%s: a map of %dx%dx%d (TxHxW) is too small for %s",
                            plan->graph->name, in[0], in[1], in[2], node->name);
    return set_parent_size(plan, node->output, err);
}

static sfd_status set_sizes(sfd_plan *plan, int height, int width, sfd_error *err)
{
    const sfd_graph *graph = plan->graph;
    for (size_t i = 0; i < graph->n_tensors; i++) {
        plan->tensors[i].channels = graph->tensors[i].channels;
        plan->tensors[i].dtype = graph->tensors[i].dtype;
    }
    for (size_t i = 0; i < graph->n_inputs; i++) {
        const sfd_graph_input *in = &graph->inputs[i];
        const int size[3] = {in->frames, in->height ? in->height : height / in->shrink,
                             in->width ? in->width : width / in->shrink};
        memcpy(plan->tensors[in->tensor].size, size, sizeof size);
        if (size[1] < 1 || size[2] < 1)
            return sfd_fail(err, SFD_ERR_ARG, "%s: a picture of %dx%d is too small", graph->name,
                            width, height);
    }
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < graph->n_nodes; i++)
        status = set_node_size(plan, &graph->nodes[i], err);
    return status;
}

/* ------------------------------------------------------------------ memory */

/* A tensor's storage: a channel slice of `root`, which lives from one layer to another. */
typedef struct storage {
    int root, channel;
    size_t first, last; /* of a root: turns of layers, 0 for inputs */
    size_t n_bytes;     /* of a root */
    bool wanted, placed;
} storage;

/* The node whose turn it is. (Turns are counted from one.) */
static const sfd_node *node_at(const sfd_graph *graph, size_t turn)
{
    return &graph->nodes[graph->order[turn - 1]];
}

/* Turn of the last node that reads a tensor; n_nodes + 1 for what must stay to the end. */
static void find_last_reads(const sfd_graph *graph, size_t *last)
{
    for (size_t i = 0; i < graph->n_tensors; i++)
        last[i] = 0;
    for (size_t turn = 1; turn <= graph->n_nodes; turn++) {
        const sfd_node *node = node_at(graph, turn);
        for (int i = 0; i < node->n_inputs; i++)
            last[node->inputs[i]] = turn;
    }
    for (size_t i = 0; i < graph->n_outputs; i++)
        last[graph->outputs[i].tensor] = graph->n_nodes + 1;
}

static bool reads_otherwise(const sfd_graph *graph, const sfd_node *node, int which)
{
    const int tensor = node->inputs[which];
    for (int i = 0; i < node->n_inputs; i++)
        if (i != which &&
            (node->inputs[i] == tensor || graph->tensors[node->inputs[i]].parent == tensor))
            return true;
    return false;
}

/* The input that a node's output is laid over, or SFD_NO_TENSOR. */
static int overwritten_input(const sfd_graph *graph, const sfd_node *node, size_t turn,
                             const size_t *last)
{
    const int which = node->op->overwrites;
    if (which < 0 || which >= node->n_inputs || reads_otherwise(graph, node, which))
        return SFD_NO_TENSOR;
    const int tensor = node->inputs[which];
    const sfd_graph_tensor *in = &graph->tensors[tensor];
    const bool own = in->parent == SFD_NO_TENSOR && last[tensor] == turn &&
                     in->dtype == graph->tensors[node->output].dtype &&
                     sfd_graph_find_input(graph, tensor) == graph->n_inputs;
    return own ? tensor : SFD_NO_TENSOR;
}

/* Lays slices into their parents and, sharing, inputs under the outputs that replace them. Nodes
 * are taken from the last to the first, so that the target's own storage is known. */
static void merge_storage(const sfd_graph *graph, sfd_plan_mode mode, const size_t *last,
                          storage *s)
{
    for (size_t i = 0; i < graph->n_tensors; i++)
        s[i].root = (int)i;
    for (size_t turn = graph->n_nodes; turn > 0; turn--) {
        const sfd_node *node = node_at(graph, turn);
        const sfd_graph_tensor *out = &graph->tensors[node->output];
        if (out->parent != SFD_NO_TENSOR) {
            s[node->output].root = s[out->parent].root;
            s[node->output].channel = s[out->parent].channel + out->parent_channel;
        }
        const int r = overwritten_input(graph, node, turn, last);
        if (mode == SFD_PLAN_SHARE && r != SFD_NO_TENSOR) {
            s[r].root = s[node->output].root;
            s[r].channel = s[node->output].channel;
        }
    }
}

/* Rows of bfloat16 are whole words of four bytes; a multiple of 2 KiB apart they would all fall
 * into the same few cache sets. */
static size_t row_elements(int channels, size_t bytes)
{
    const size_t word = bytes == sizeof(uint16_t) ? 2 : 1;
    const size_t n = ((size_t)channels + word - 1) / word * word;
    return n * bytes % 2048 == 0 ? n + PLACE_BYTES / bytes : n;
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
        const size_t bytes = element_bytes(t);
        t->ld = row_elements(graph->tensors[s[i].root].channels, bytes);
        s[i].n_bytes =
            (n_positions(t) * t->ld * bytes + PLACE_BYTES - 1) / PLACE_BYTES * PLACE_BYTES;
        if (s[i].n_bytes > MAX_TENSOR_BYTES)
            return sfd_fail(err, SFD_ERR_ARG, "%s: a map of %dx%dx%d with %d channels is too large",
                            graph->name, t->size[0], t->size[1], t->size[2], t->channels);
        s[i].first = graph->n_nodes + 1;
    }
    for (size_t i = 0; i < graph->n_inputs; i++)
        s[graph->inputs[i].tensor].first = 0;
    for (size_t turn = 1; turn <= graph->n_nodes; turn++) {
        const int out = node_at(graph, turn)->output;
        extend_life(&s[s[out].root], turn,
                    mode == SFD_PLAN_KEEP_ALL ? graph->n_nodes + 1 : last[out]);
    }
    /* inputs and concatenated tensors are read under their own number */
    for (size_t i = 0; i < graph->n_tensors; i++)
        s[s[i].root].last = last[i] > s[s[i].root].last ? last[i] : s[s[i].root].last;
    for (size_t i = 0; mode == SFD_PLAN_KEEP_ALL && i < graph->n_inputs; i++)
        s[graph->inputs[i].tensor].last = graph->n_nodes + 1;
    return SFD_OK;
}

/* Takes the memory from maps of which nothing is wanted. */
static void leave_out(const sfd_graph *graph, const bool *wanted, storage *s)
{
    for (size_t i = 0; i < graph->n_tensors; i++)
        s[s[i].root].wanted |= wanted[i];
    for (size_t i = 0; i < graph->n_tensors; i++)
        if (!s[s[i].root].wanted)
            s[i].n_bytes = 0;
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
            const size_t begin = plan->tensors[i].offset, end = begin + s[i].n_bytes;
            if (at < end && begin < at + s[r].n_bytes) {
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
            if (s[i].root == (int)i && !s[i].placed && (r == n || s[i].n_bytes > s[r].n_bytes))
                r = i;
        if (r == n)
            break;
        const size_t at = find_place(plan, s, r);
        plan->tensors[r].offset = at;
        s[r].placed = true;
        if (at + s[r].n_bytes > plan->arena_bytes)
            plan->arena_bytes = at + s[r].n_bytes;
    }
    for (size_t i = 0; i < n; i++) {
        sfd_plan_tensor *t = &plan->tensors[i];
        t->offset = plan->tensors[s[i].root].offset + (size_t)s[i].channel * element_bytes(t);
        plan->unshared_bytes += n_positions(t) * (size_t)t->channels * element_bytes(t);
    }
    plan->arena_bytes += SLACK_BYTES;
}

static sfd_status place_all(sfd_plan *plan, sfd_plan_mode mode, const bool *wanted, sfd_error *err)
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
        if (status == SFD_OK && wanted)
            leave_out(graph, wanted, s);
        if (status == SFD_OK)
            place_roots(plan, s);
    }
    free(s);
    free(last);
    return status;
}

sfd_status sfd_plan_make_for(sfd_plan *plan, const sfd_graph *graph, int height, int width,
                             sfd_plan_mode mode, const bool *wanted, sfd_error *err)
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
        status = place_all(plan, mode, wanted, err);
    return status;
}

sfd_status sfd_plan_make(sfd_plan *plan, const sfd_graph *graph, int height, int width,
                         sfd_plan_mode mode, sfd_error *err)
{
    return sfd_plan_make_for(plan, graph, height, width, mode, NULL, err);
}

/* Slices of slices, too, are parts of the tensor. */
static bool is_part(const sfd_graph *graph, int tensor, int whole)
{
    while (tensor != SFD_NO_TENSOR && tensor != whole)
        tensor = graph->tensors[tensor].parent;
    return tensor == whole;
}

size_t sfd_plan_last_read(const sfd_graph *graph, int tensor)
{
    for (size_t i = 0; i < graph->n_outputs; i++)
        if (is_part(graph, graph->outputs[i].tensor, tensor))
            return graph->n_nodes + 1;
    for (size_t turn = graph->n_nodes; turn > 0; turn--)
        for (int i = 0; i < node_at(graph, turn)->n_inputs; i++)
            if (is_part(graph, node_at(graph, turn)->inputs[i], tensor))
                return turn;
    return 0;
}

void sfd_plan_free(sfd_plan *plan)
{
    free(plan->tensors);
    *plan = (sfd_plan){0};
}

/* ------------------------------------------------------------------ views */

sfd_map sfd_plan_map(const sfd_plan *plan, int tensor, void *arena)
{
    const sfd_plan_tensor *t = &plan->tensors[tensor];
    return (sfd_map){.size = {t->size[0], t->size[1], t->size[2]},
                     .channels = t->channels,
                     .dtype = t->dtype,
                     .scale = plan->graph->tensors[tensor].scale,
                     .zero = plan->graph->tensors[tensor].zero,
                     .ld = t->ld,
                     .data = arena ? (char *)arena + t->offset : NULL};
}

sfd_node_view sfd_plan_view(const sfd_plan *plan, const sfd_node *node, void *arena)
{
    sfd_node_view v = {.node = node, .out = sfd_plan_map(plan, node->output, arena)};
    for (int i = 0; i < node->n_inputs; i++)
        v.in[i] = sfd_plan_map(plan, node->inputs[i], arena);
    return v;
}
