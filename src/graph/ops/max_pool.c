/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/max_pool.h"

#include <string.h>

#define TILE_ROWS 4

typedef struct pool_step {
    sfd_pool_shape shape;
    const sfd_kernels *kernels;
    const void *x;
    void *y;
} pool_step;

int sfd_graph_add_max_pool(sfd_graph *g, const char *name, const sfd_window *window, int input)
{
    const sfd_max_pool_attributes a = {*window};
    return sfd_graph_add_node(g, &sfd_op_max_pool, name, &a, 1, &input);
}

sfd_pool_shape sfd_max_pool_shape(const sfd_node_view *v)
{
    const sfd_max_pool_attributes *a = v->node->attributes;
    const sfd_map *in = &v->in[0], *out = &v->out;
    sfd_pool_shape s = {.channels = in->channels,
                        .x_ld = in->ld,
                        .y_ld = out->ld,
                        .x_type = in->dtype,
                        .y_type = out->dtype};
    memcpy(s.in, in->size, sizeof s.in);
    memcpy(s.out, out->size, sizeof s.out);
    memcpy(s.kernel, a->window.kernel, sizeof s.kernel);
    memcpy(s.stride, a->window.stride, sizeof s.stride);
    memcpy(s.padding, a->window.padding, sizeof s.padding);
    return s;
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_max_pool_attributes *a = v->node->attributes;
    (void)err;
    sfd_window_out_size(&a->window, v->in[0].size, out);
    return SFD_OK;
}

static int rows_reached(const sfd_node_view *v, const void *prepared, int rows)
{
    (void)prepared;
    const sfd_max_pool_attributes *a = v->node->attributes;
    return sfd_window_rows_reached(&a->window, v->out.size[1], rows);
}

static int rows_read(const sfd_node_view *v, int rows)
{
    const sfd_max_pool_attributes *a = v->node->attributes;
    return sfd_window_rows_read(&a->window, v->in[0].size[1], rows);
}

/* Converts on the way: a stem's map stays as it is. */
static void limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    (void)v, (void)s;
    if (!sfd_dtype_is_float(t->in[0]) || !sfd_dtype_is_float(t->out))
        *t = (sfd_node_types){.out = SFD_F32};
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)n_threads;
    *(pool_step *)step = (pool_step){sfd_max_pool_shape(v), k, v->in[0].data, v->out.data};
}

static size_t n_rows(const pool_step *s)
{
    return (size_t)s->shape.out[0] * (size_t)s->shape.out[1];
}

static size_t n_tiles(const void *step)
{
    return (n_rows(step) + TILE_ROWS - 1) / TILE_ROWS;
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const pool_step *s = step;
    const size_t height = (size_t)s->shape.out[1];
    (void)scratch;
    for (size_t row = tile * TILE_ROWS; row < (tile + 1) * TILE_ROWS && row < n_rows(s); row++)
        s->kernels->max_pool_row(&s->shape, s->x, s->y, (int)(row / height), (int)(row % height));
}

static const sfd_window *window(const void *attributes)
{
    return &((const sfd_max_pool_attributes *)attributes)->window;
}

const sfd_op sfd_op_max_pool = {.name = "max pool",
                                .attributes_bytes = sizeof(sfd_max_pool_attributes),
                                .overwrites = -1,
                                .moves = true,
                                .out_size = out_size,
                                .rows_reached = rows_reached,
                                .rows_read = rows_read,
                                .limit_types = limit_types,
                                .step_bytes = sizeof(pool_step),
                                .bind = bind,
                                .n_tiles = n_tiles,
                                .run_tile = run_tile,
                                .window = window};
