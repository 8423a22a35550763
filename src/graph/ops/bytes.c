/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/bytes.h"

#define TILE_POSITIONS 256

typedef struct bytes_step {
    sfd_map in, out;
    float factor;
    const sfd_kernels *kernels;
} bytes_step;

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)n_threads;
    *(bytes_step *)step = (bytes_step){v->in[0], v->out, 1 / v->out.scale, k};
}

static size_t n_tiles(const void *step)
{
    const bytes_step *s = step;
    return (sfd_map_positions(&s->out) + TILE_POSITIONS - 1) / TILE_POSITIONS;
}

/* n values side by side. */
static void convert(const bytes_step *s, size_t from, size_t to, size_t n)
{
    if (s->out.dtype == SFD_U8)
        s->kernels->u8_from_f32((uint8_t *)s->out.data + to, (const float *)s->in.data + from,
                                s->factor, (float)s->out.zero, n);
    else
        s->kernels->f32_from_u8((float *)s->out.data + to, (const uint8_t *)s->in.data + from,
                                s->in.scale, s->in.zero, n);
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const bytes_step *s = step;
    const size_t n = sfd_map_positions(&s->out), first = tile * TILE_POSITIONS;
    const size_t end = first + TILE_POSITIONS < n ? first + TILE_POSITIONS : n;
    const size_t channels = (size_t)s->out.channels;
    (void)scratch;
    if (s->in.ld == s->out.ld) { /* gaps, too: whatever stands there */
        convert(s, first * s->in.ld, first * s->out.ld, (end - first - 1) * s->in.ld + channels);
        return;
    }
    for (size_t p = first; p < end; p++)
        convert(s, p * s->in.ld, p * s->out.ld, channels);
}

const sfd_op sfd_op_bytes = {.name = "bytes",
                             .overwrites = -1,
                             .out_size = sfd_same_out_size,
                             .rows_reached = sfd_same_rows_reached,
                             .rows_read = sfd_same_rows_read,
                             .step_bytes = sizeof(bytes_step),
                             .bind = bind,
                             .n_tiles = n_tiles,
                             .run_tile = run_tile};
