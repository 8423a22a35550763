/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/sample.h"

#include <string.h>

typedef struct sample_step {
    sfd_map x, y;
    int stride;
} sample_step;

int sfd_graph_add_sample(sfd_graph *g, const char *name, int stride, int input)
{
    const sfd_sample_attributes a = {stride};
    return sfd_graph_add_node(g, &sfd_op_sample, name, &a, 1, &input);
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_sample_attributes *a = v->node->attributes;
    (void)err;
    memcpy(out, v->in[0].size, sizeof v->in[0].size);
    out[0] = (out[0] + a->stride - 1) / a->stride;
    return SFD_OK;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    const sfd_sample_attributes *a = v->node->attributes;
    (void)prepared, (void)k, (void)n_threads;
    *(sample_step *)step = (sample_step){v->in[0], v->out, a->stride};
}

static size_t n_tiles(const void *step)
{
    return (size_t)((const sample_step *)step)->y.size[0];
}

/* One frame. */
static void run_tile(const void *step, size_t tile, void *scratch)
{
    const sample_step *s = step;
    const size_t frame = (size_t)s->y.size[1] * (size_t)s->y.size[2];
    const size_t bytes = sfd_dtype_size(s->y.dtype), row = (size_t)s->y.channels * bytes;
    const char *x = (const char *)s->x.data + tile * (size_t)s->stride * frame * s->x.ld * bytes;
    char *y = (char *)s->y.data + tile * frame * s->y.ld * bytes;
    (void)scratch;
    sfd_copy_positions(y, s->y.ld * bytes, x, s->x.ld * bytes, frame, row);
}

const sfd_op sfd_op_sample = {.name = "sample",
                              .attributes_bytes = sizeof(sfd_sample_attributes),
                              .overwrites = -1,
                              .out_size = out_size,
                              .limit_types = sfd_alike_limit_types,
                              .step_bytes = sizeof(sample_step),
                              .bind = bind,
                              .n_tiles = n_tiles,
                              .run_tile = run_tile};
