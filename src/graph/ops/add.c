/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/add.h"

#include "base/bf16.h"
#include "base/error.h"

#include <string.h>

#define TILE_POSITIONS 256

typedef struct add_step {
    sfd_map a, b, y;
} add_step;

int sfd_graph_add_sum(sfd_graph *g, const char *name, int a, int b)
{
    return sfd_graph_add_node(g, &sfd_op_add, name, NULL, 2, (int[]){a, b});
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_map *a = &v->in[0], *b = &v->in[1];
    if (a->channels != b->channels || memcmp(a->size, b->size, sizeof a->size) != 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: maps of %dx%dx%d and %dx%dx%d (HxWxC) have no sum",
                        v->node->name, a->size[1], a->size[2], a->channels, b->size[1], b->size[2],
                        b->channels);
    memcpy(out, a->size, sizeof a->size);
    return SFD_OK;
}

static void limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    (void)v, (void)s;
    sfd_types_alike(t, 2);
    if (!sfd_dtype_is_float(t->out))
        *t = (sfd_node_types){.out = SFD_F32};
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)k;
    (void)n_threads;
    *(add_step *)step = (add_step){v->in[0], v->in[1], v->out};
}

static size_t n_tiles(const void *step)
{
    const add_step *s = step;
    return (sfd_map_positions(&s->y) + TILE_POSITIONS - 1) / TILE_POSITIONS;
}

/* One position. */
static void add_bf16(const add_step *s, size_t p)
{
    const uint16_t *a = (const uint16_t *)s->a.data + p * s->a.ld;
    const uint16_t *b = (const uint16_t *)s->b.data + p * s->b.ld;
    uint16_t *y = (uint16_t *)s->y.data + p * s->y.ld;
    for (int c = 0; c < s->y.channels; c++)
        y[c] = sfd_bf16_of(sfd_bf16_float(a[c]) + sfd_bf16_float(b[c]));
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const add_step *s = step;
    const size_t n = sfd_map_positions(&s->y), first = tile * TILE_POSITIONS;
    const size_t end = first + TILE_POSITIONS < n ? first + TILE_POSITIONS : n;
    const float *a = s->a.data, *b = s->b.data;
    float *y = s->y.data;
    (void)scratch;
    for (size_t p = first; s->y.dtype == SFD_BF16 && p < end; p++)
        add_bf16(s, p);
    for (size_t p = first; s->y.dtype == SFD_F32 && p < end; p++)
        for (int c = 0; c < s->y.channels; c++)
            y[p * s->y.ld + (size_t)c] = a[p * s->a.ld + (size_t)c] + b[p * s->b.ld + (size_t)c];
}

const sfd_op sfd_op_add = {.name = "add",
                           .overwrites = 1,
                           .out_size = out_size,
                           .rows_reached = sfd_same_rows_reached,
                           .rows_read = sfd_same_rows_read,
                           .limit_types = limit_types,
                           .step_bytes = sizeof(add_step),
                           .bind = bind,
                           .n_tiles = n_tiles,
                           .run_tile = run_tile};
