/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/add_to_frames.h"

#include "base/bf16.h"
#include "base/error.h"

#include <string.h>

typedef struct add_step {
    sfd_map x, each, y;
} add_step;

int sfd_graph_add_to_frames(sfd_graph *g, const char *name, int x, int each)
{
    return sfd_graph_add_node(g, &sfd_op_add_to_frames, name, NULL, 2, (int[]){x, each});
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_map *x = &v->in[0], *each = &v->in[1];
    if (x->channels != each->channels || (size_t)x->size[0] != sfd_map_positions(each))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: %d frames of %d channels, %zu positions of %d channels to be added to "
                        "them",
                        v->node->name, x->size[0], x->channels, sfd_map_positions(each),
                        each->channels);
    memcpy(out, x->size, sizeof x->size);
    return SFD_OK;
}

/* What is added is small, and stays as it is. */
static void limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    (void)v, (void)s;
    sfd_types_alike(t, 1);
    if (!sfd_dtype_is_float(t->out))
        t->in[0] = t->out = SFD_F32;
    t->in[1] = SFD_F32;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared, (void)k, (void)n_threads;
    *(add_step *)step = (add_step){v->in[0], v->in[1], v->out};
}

/* Rows. */
static size_t n_tiles(const void *step)
{
    const add_step *s = step;
    return (size_t)s->y.size[0] * (size_t)s->y.size[1];
}

static void add_bf16(const add_step *s, size_t p, const float *each)
{
    const uint16_t *x = (const uint16_t *)s->x.data + p * s->x.ld;
    uint16_t *y = (uint16_t *)s->y.data + p * s->y.ld;
    for (int c = 0; c < s->y.channels; c++)
        y[c] = sfd_bf16_of(sfd_bf16_float(x[c]) + each[c]);
}

static void add_f32(const add_step *s, size_t p, const float *each)
{
    const float *x = (const float *)s->x.data + p * s->x.ld;
    float *y = (float *)s->y.data + p * s->y.ld;
    for (int c = 0; c < s->y.channels; c++)
        y[c] = x[c] + each[c];
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const add_step *s = step;
    const size_t width = (size_t)s->y.size[2], frame = tile / (size_t)s->y.size[1];
    const float *each = (const float *)s->each.data + frame * s->each.ld;
    (void)scratch;
    for (size_t p = tile * width; p < (tile + 1) * width; p++)
        (s->y.dtype == SFD_BF16 ? add_bf16 : add_f32)(s, p, each);
}

const sfd_op sfd_op_add_to_frames = {.name = "add to frames",
                                     .overwrites = 0,
                                     .out_size = out_size,
                                     .limit_types = limit_types,
                                     .step_bytes = sizeof(add_step),
                                     .bind = bind,
                                     .n_tiles = n_tiles,
                                     .run_tile = run_tile};
