/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/upsample.h"

#include <string.h>

typedef struct upsample_step {
    sfd_map x, y;
} upsample_step;

int sfd_graph_add_upsample(sfd_graph *g, const char *name, int input)
{
    return sfd_graph_add_node(g, &sfd_op_upsample, name, NULL, 1, &input);
}

int sfd_graph_add_upsample_to(sfd_graph *g, const char *name, int input, int like)
{
    return sfd_graph_add_node(g, &sfd_op_upsample, name, NULL, 2, (int[]){input, like});
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    (void)err;
    out[0] = v->in[0].size[0];
    for (int axis = 1; axis < 3; axis++)
        out[axis] = v->node->n_inputs > 1 ? v->in[1].size[axis] : 2 * v->in[0].size[axis];
    return SFD_OK;
}

/* Of the second map only the size counts. */
static void limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    const sfd_dtype like = t->in[1];
    (void)v, (void)s;
    sfd_types_alike(t, 1);
    t->in[1] = like;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)k;
    (void)n_threads;
    *(upsample_step *)step = (upsample_step){v->in[0], v->out};
}

/* Rows of the output. */
static size_t n_tiles(const void *step)
{
    const upsample_step *s = step;
    return (size_t)s->y.size[0] * (size_t)s->y.size[1];
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const upsample_step *s = step;
    const size_t height = (size_t)s->y.size[1], width = (size_t)s->y.size[2];
    const size_t in_height = (size_t)s->x.size[1], in_width = (size_t)s->x.size[2];
    const size_t from_row = tile / height * in_height + tile % height * in_height / height;
    const size_t bytes = sfd_dtype_size(s->x.dtype), x_step = s->x.ld * bytes;
    const char *x = (const char *)s->x.data + from_row * in_width * x_step;
    char *y = (char *)s->y.data + tile * width * s->y.ld * bytes;
    (void)scratch;
    for (size_t i = 0; i < width; i++)
        memcpy(y + i * s->y.ld * bytes, x + i * in_width / width * x_step,
               (size_t)s->y.channels * bytes);
}

const sfd_op sfd_op_upsample = {.name = "upsample",
                                .overwrites = -1,
                                .moves = true,
                                .out_size = out_size,
                                .limit_types = limit_types,
                                .step_bytes = sizeof(upsample_step),
                                .bind = bind,
                                .n_tiles = n_tiles,
                                .run_tile = run_tile};
