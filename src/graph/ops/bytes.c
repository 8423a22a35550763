/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/bytes.h"

#include <math.h>
#include <string.h>

#define TILE_POSITIONS 256
/* Added to and taken from a float below 2^22, it leaves the nearest integer, ties to even. */
#define ROUNDING 0x1.8p23f

typedef struct bytes_step {
    sfd_map in, out;
    float factor;
} bytes_step;

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    (void)err;
    memcpy(out, v->in[0].size, sizeof v->in[0].size);
    return SFD_OK;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)k;
    (void)n_threads;
    *(bytes_step *)step = (bytes_step){v->in[0], v->out, 1 / v->out.scale};
}

static size_t n_tiles(const void *step)
{
    const bytes_step *s = step;
    return (sfd_map_positions(&s->out) + TILE_POSITIONS - 1) / TILE_POSITIONS;
}

/* NaN becomes the lowest byte: there is none for it. */
static void to_bytes(uint8_t *y, const float *x, int n, float factor, float zero)
{
    for (int i = 0; i < n; i++) {
        float v = x[i] * factor + zero;
        v = v > 0 ? v : 0;
        v = v < 255 ? v : 255;
        y[i] = (uint8_t)(int)(v + ROUNDING - ROUNDING);
    }
}

static void to_floats(float *y, const uint8_t *x, int n, float scale, int zero)
{
    for (int i = 0; i < n; i++)
        y[i] = scale * (float)(x[i] - zero);
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const bytes_step *s = step;
    const size_t n = sfd_map_positions(&s->out), first = tile * TILE_POSITIONS;
    const size_t end = first + TILE_POSITIONS < n ? first + TILE_POSITIONS : n;
    const int channels = s->out.channels;
    (void)scratch;
    for (size_t p = first; p < end; p++)
        if (s->out.dtype == SFD_U8)
            to_bytes((uint8_t *)s->out.data + p * s->out.ld,
                     (const float *)s->in.data + p * s->in.ld, channels, s->factor,
                     (float)s->out.zero);
        else
            to_floats((float *)s->out.data + p * s->out.ld,
                      (const uint8_t *)s->in.data + p * s->in.ld, channels, s->in.scale,
                      s->in.zero);
}

const sfd_op sfd_op_bytes = {.name = "bytes",
                             .overwrites = -1,
                             .out_size = out_size,
                             .step_bytes = sizeof(bytes_step),
                             .bind = bind,
                             .n_tiles = n_tiles,
                             .run_tile = run_tile};
