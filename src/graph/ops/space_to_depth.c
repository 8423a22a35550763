/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/space_to_depth.h"

#include "base/error.h"

#include <string.h>

typedef struct focus_step {
    sfd_map x, y;
} focus_step;

int sfd_graph_add_space_to_depth(sfd_graph *g, const char *name, int input)
{
    return sfd_graph_add_node(g, &sfd_op_space_to_depth, name, NULL, 1, &input);
}

static int out_channels(const void *attributes, const int *in_channels)
{
    (void)attributes;
    return 4 * in_channels[0];
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const int *in = v->in[0].size;
    if (in[1] % 2 != 0 || in[2] % 2 != 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: a map of %dx%d (HxW) cannot be halved",
                        v->node->name, in[1], in[2]);
    out[0] = in[0];
    out[1] = in[1] / 2;
    out[2] = in[2] / 2;
    return SFD_OK;
}

static int rows_reached(const sfd_node_view *v, const void *prepared, int rows)
{
    (void)v, (void)prepared;
    return (rows + 1) / 2;
}

static int rows_read(const sfd_node_view *v, int rows)
{
    (void)v;
    return 2 * rows;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)k;
    (void)n_threads;
    *(focus_step *)step = (focus_step){v->in[0], v->out};
}

/* Rows of the output. */
static size_t n_tiles(const void *step)
{
    const focus_step *s = step;
    return (size_t)s->y.size[0] * (size_t)s->y.size[1];
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const focus_step *s = step;
    const size_t width = (size_t)s->y.size[2], in_row = 2 * width * s->x.ld;
    const size_t n = (size_t)s->x.channels, ld = s->x.ld;
    const size_t bytes = sfd_dtype_size(s->x.dtype);
    const char *x = (const char *)s->x.data + 2 * tile * in_row * bytes;
    char *y = (char *)s->y.data + tile * width * s->y.ld * bytes;
    const size_t neighbours[4] = {0, in_row, ld, in_row + ld};
    (void)scratch;
    for (size_t i = 0; i < width; i++)
        for (size_t k = 0; k < 4; k++)
            memcpy(y + (i * s->y.ld + k * n) * bytes, x + (2 * i * ld + neighbours[k]) * bytes,
                   n * bytes);
}

const sfd_op sfd_op_space_to_depth = {.name = "space to depth",
                                      .overwrites = -1,
                                      .moves = true,
                                      .out_channels = out_channels,
                                      .out_size = out_size,
                                      .rows_reached = rows_reached,
                                      .rows_read = rows_read,
                                      .step_bytes = sizeof(focus_step),
                                      .bind = bind,
                                      .n_tiles = n_tiles,
                                      .run_tile = run_tile};
