/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding in training. */
#include "train/bytes.h"

#include "base/alloc.h"
#include "base/error.h"
#include "graph/quantise.h"
#include "quant/scales.h"

#include <stdlib.h>

#define SLIVER                                                                                     \
    0x1p-14f /* of a step: seen beside 255 of them in float32, and nothing beside one              \
              */

/* ------------------------------------------------------------------ what will be bytes */

/* Of the quantised twin, which has the same tensors and further ones behind them. Inputs are
 * rounded by who reads them where they are not bytes. */
static void take_maps(sfd_train_bytes *b, const sfd_graph *twin, size_t n_tensors)
{
    for (size_t i = 0; i < n_tensors; i++) {
        const sfd_graph_tensor *t = &twin->tensors[i];
        if (t->dtype == SFD_U8 || sfd_graph_find_input(twin, (int)i) < twin->n_inputs)
            b->maps[i] = (sfd_byte_scale){t->scale, t->zero};
    }
}

static sfd_status fill(sfd_train_bytes *b, const sfd_net *net, sfd_error *err)
{
    sfd_net twin;
    b->convs = sfd_calloc(net->graph.n_nodes, sizeof *b->convs);
    b->maps = sfd_calloc(net->graph.n_tensors, sizeof *b->maps);
    if (!b->convs || !b->maps)
        return sfd_fail_nomem(err, net->config.name);
    for (size_t i = 0; i < net->graph.n_nodes; i++)
        b->convs[i] = sfd_qconv_is_stored(&net->graph.nodes[i], b->scales);
    sfd_status status = sfd_net_build(&twin, &net->config, err);
    if (status == SFD_OK)
        status = sfd_graph_quantise(&twin.graph, b->scales, err);
    if (status == SFD_OK)
        take_maps(b, &twin.graph, net->graph.n_tensors);
    sfd_net_free(&twin);
    return status;
}

sfd_status sfd_train_bytes_open(sfd_train_bytes *b, const sfd_net *net, const char *path,
                                sfd_error *err)
{
    *b = (sfd_train_bytes){0};
    const sfd_status status = sfd_scales_open(&b->scales, path, &net->graph, err);
    return status == SFD_OK ? fill(b, net, err) : status;
}

void sfd_train_bytes_free(sfd_train_bytes *b)
{
    sfd_weights_close(b->scales);
    free(b->convs);
    free(b->maps);
    *b = (sfd_train_bytes){0};
}

/* ------------------------------------------------------------------ maps */

typedef struct rounding {
    sfd_batch_map values, grads;
    float scale, zero, low, high; /* the first and the last step's meaning */
} rounding;

static bool describe(rounding *r, const sfd_train_graph *g, int tensor)
{
    const sfd_train_bytes *bytes = g->params->bytes;
    const sfd_byte_scale s = bytes ? bytes->maps[tensor] : (sfd_byte_scale){0};
    *r = (rounding){.values = sfd_train_values(g, tensor),
                    .grads = sfd_train_grads(g, tensor),
                    .scale = s.scale,
                    .zero = (float)s.zero,
                    .low = s.scale * (float)-s.zero,
                    .high = s.scale * (float)(255 - s.zero)};
    return s.scale > 0;
}

static float *row_at(const sfd_batch_map *m, size_t sample, size_t p)
{
    return m->x + sample * m->sample_floats + p * m->ld;
}

/* Added to and taken from a float below 2^22, it leaves the nearest integer, ties to even. */
#define ROUNDING 0x1.8p23f

static void round_sample(void *user, size_t sample, int thread)
{
    const rounding *r = user;
    const float factor = 1 / r->scale, sliver = r->scale * SLIVER;
    (void)thread;
    for (size_t p = 0; p < r->values.positions; p++) {
        float *x = row_at(&r->values, sample, p);
        for (size_t c = 0; c < r->values.channels; c++) {
            const float at = x[c] * factor + r->zero;
            float byte = at > 0 ? at : 0;
            byte = (byte < 255 ? byte : 255) + ROUNDING - ROUNDING;
            const float value = r->scale * (byte - r->zero);
            const bool above = at > 255.5f || (x[c] > 0 && byte == r->zero);
            const float beside = above ? sliver : at < -0.5f ? -sliver : 0;
            x[c] = at == at ? value + beside : at; /* NaN stays */
        }
    }
}

void sfd_train_round_map(const sfd_train_graph *g, int tensor)
{
    rounding r;
    if (describe(&r, g, tensor))
        sfd_team_for(g->team, g->batch, round_sample, &r);
}

static void clear_sample(void *user, size_t sample, int thread)
{
    const rounding *r = user;
    (void)thread;
    for (size_t p = 0; p < r->values.positions; p++) {
        const float *x = row_at(&r->values, sample, p);
        float *d = row_at(&r->grads, sample, p);
        for (size_t c = 0; c < r->values.channels; c++)
            d[c] = x[c] > r->high || x[c] < r->low ? 0 : d[c];
    }
}

void sfd_train_clear_clipped(const sfd_train_graph *g, int tensor)
{
    rounding r;
    if (describe(&r, g, tensor))
        sfd_team_for(g->team, g->batch, clear_sample, &r);
}
