/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/silu.h"

#define TILE_POSITIONS 256

typedef struct silu_step {
    const sfd_kernels *kernels;
    sfd_map x, y;
} silu_step;

int sfd_graph_add_silu(sfd_graph *g, const char *name, int input)
{
    return sfd_graph_add_node(g, &sfd_op_silu, name, NULL, 1, &input);
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)n_threads;
    *(silu_step *)step = (silu_step){k, v->in[0], v->out};
}

static size_t n_tiles(const void *step)
{
    const silu_step *s = step;
    return (sfd_map_positions(&s->y) + TILE_POSITIONS - 1) / TILE_POSITIONS;
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const silu_step *s = step;
    const size_t n = sfd_map_positions(&s->y), first = tile * TILE_POSITIONS;
    const size_t end = first + TILE_POSITIONS < n ? first + TILE_POSITIONS : n;
    const float *x = s->x.data;
    float *y = s->y.data;
    (void)scratch;
    for (size_t p = first; p < end; p++)
        s->kernels->silu(y + p * s->y.ld, x + p * s->x.ld, (size_t)s->y.channels);
}

const sfd_op sfd_op_silu = {.name = "silu",
                            .overwrites = 0,
                            .out_size = sfd_same_out_size,
                            .rows_reached = sfd_same_rows_reached,
                            .rows_read = sfd_same_rows_read,
                            .step_bytes = sizeof(silu_step),
                            .bind = bind,
                            .n_tiles = n_tiles,
                            .run_tile = run_tile};
