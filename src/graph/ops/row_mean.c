/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/row_mean.h"

#include <string.h>

typedef struct mean_step {
    sfd_map x, y;
} mean_step;

int sfd_graph_add_row_mean(sfd_graph *g, const char *name, int input)
{
    return sfd_graph_add_node(g, &sfd_op_row_mean, name, NULL, 1, &input);
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    (void)err;
    memcpy(out, v->in[0].size, sizeof v->in[0].size);
    out[2] = 1;
    return SFD_OK;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared, (void)k, (void)n_threads;
    *(mean_step *)step = (mean_step){v->in[0], v->out};
}

static size_t n_tiles(const void *step)
{
    return sfd_map_positions(&((const mean_step *)step)->y);
}

/* One row. */
static void run_tile(const void *step, size_t tile, void *scratch)
{
    const mean_step *s = step;
    const size_t width = (size_t)s->x.size[2], n = (size_t)s->y.channels;
    const float *x = (const float *)s->x.data + tile * width * s->x.ld;
    float *y = (float *)s->y.data + tile * s->y.ld;
    (void)scratch;
    memcpy(y, x, n * sizeof *y);
    for (size_t i = 1; i < width; i++)
        for (size_t c = 0; c < n; c++)
            y[c] += x[i * s->x.ld + c];
    for (size_t c = 0; c < n; c++)
        y[c] /= (float)width;
}

const sfd_op sfd_op_row_mean = {.name = "row mean",
                                .overwrites = -1,
                                .out_size = out_size,
                                .step_bytes = sizeof(mean_step),
                                .bind = bind,
                                .n_tiles = n_tiles,
                                .run_tile = run_tile};
