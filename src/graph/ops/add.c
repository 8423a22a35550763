/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/add.h"

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

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const add_step *s = step;
    const size_t n = sfd_map_positions(&s->y), first = tile * TILE_POSITIONS;
    const size_t end = first + TILE_POSITIONS < n ? first + TILE_POSITIONS : n;
    const float *a = s->a.data, *b = s->b.data;
    float *y = s->y.data;
    (void)scratch;
    for (size_t p = first; p < end; p++)
        for (int c = 0; c < s->y.channels; c++)
            y[p * s->y.ld + (size_t)c] = a[p * s->a.ld + (size_t)c] + b[p * s->b.ld + (size_t)c];
}

const sfd_op sfd_op_add = {.name = "add",
                           .overwrites = 1,
                           .out_size = out_size,
                           .step_bytes = sizeof(add_step),
                           .bind = bind,
                           .n_tiles = n_tiles,
                           .run_tile = run_tile};
