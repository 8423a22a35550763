/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/to_channel.h"

#include "base/error.h"

#include <string.h>

typedef struct to_channel_step {
    sfd_map x, y;
    int frames;
} to_channel_step;

int sfd_graph_add_to_channel(sfd_graph *g, const char *name, int frames, int input)
{
    const sfd_to_channel_attributes a = {frames};
    return sfd_graph_add_node(g, &sfd_op_to_channel, name, &a, 1, &input);
}

static int out_channels(const void *attributes, const int *in_channels)
{
    return in_channels[0] * ((const sfd_to_channel_attributes *)attributes)->frames;
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_to_channel_attributes *a = v->node->attributes;
    memcpy(out, v->in[0].size, sizeof v->in[0].size);
    if (out[0] % a->frames != 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: %d frames cannot be taken %d at a time",
                        v->node->name, out[0], a->frames);
    out[0] /= a->frames;
    return SFD_OK;
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    const sfd_to_channel_attributes *a = v->node->attributes;
    (void)prepared, (void)k, (void)n_threads;
    *(to_channel_step *)step = (to_channel_step){v->in[0], v->out, a->frames};
}

static size_t n_tiles(const void *step)
{
    return (size_t)((const to_channel_step *)step)->x.size[0];
}

/* One frame of the input. */
static void run_tile(const void *step, size_t tile, void *scratch)
{
    const to_channel_step *s = step;
    const size_t frame = (size_t)s->x.size[1] * (size_t)s->x.size[2], n = (size_t)s->frames;
    const size_t bytes = sfd_dtype_size(s->x.dtype), row = (size_t)s->x.channels * bytes;
    const char *x = (const char *)s->x.data + tile * frame * s->x.ld * bytes;
    char *y = (char *)s->y.data + tile / n * frame * s->y.ld * bytes + tile % n * row;
    (void)scratch;
    sfd_copy_positions(y, s->y.ld * bytes, x, s->x.ld * bytes, frame, row);
}

const sfd_op sfd_op_to_channel = {.name = "to channel",
                                  .attributes_bytes = sizeof(sfd_to_channel_attributes),
                                  .overwrites = -1,
                                  .out_channels = out_channels,
                                  .out_size = out_size,
                                  .limit_types = sfd_alike_limit_types,
                                  .step_bytes = sizeof(to_channel_step),
                                  .bind = bind,
                                  .n_tiles = n_tiles,
                                  .run_tile = run_tile};
