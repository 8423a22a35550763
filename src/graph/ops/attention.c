/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/attention.h"

#include "base/error.h"

#include <string.h>

int sfd_graph_add_attention(sfd_graph *g, const char *name, const sfd_attention_attributes *a,
                            const int inputs[3])
{
    return sfd_graph_add_node(g, &sfd_op_attention, name, a, 3, inputs);
}

static int out_channels(const void *attributes, const int *in_channels)
{
    (void)attributes;
    return in_channels[2];
}

static sfd_status out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    const sfd_attention_attributes *a = v->node->attributes;
    const int frames = v->in[0].size[0], pooled = v->in[1].size[0];
    memcpy(out, v->in[0].size, sizeof v->in[0].size);
    if (frames % a->pieces == 0 && pooled % a->pieces == 0)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                    "%s: %d frames (%d pooled) cannot be cut into NONLOCAL.GROUP = %d pieces",
                    v->node->name, frames, pooled, a->pieces);
}

sfd_attention_pieces sfd_attention_cut(const sfd_node_view *v)
{
    const sfd_attention_attributes *a = v->node->attributes;
    const sfd_map *q = &v->in[0], *k = &v->in[1], *values = &v->in[2];
    const size_t n = (size_t)a->pieces;
    const size_t n_q = sfd_map_positions(q) / n, n_k = sfd_map_positions(k) / n;
    return (sfd_attention_pieces){.first = {.n_queries = n_q,
                                            .n_keys = n_k,
                                            .channels = (size_t)q->channels,
                                            .queries_ld = q->ld,
                                            .keys_ld = k->ld,
                                            .values_ld = values->ld,
                                            .y_ld = v->out.ld,
                                            .softmax = a->softmax,
                                            .queries = q->data,
                                            .keys = k->data,
                                            .values = values->data,
                                            .y = v->out.data,
                                            .y_type = v->out.dtype},
                                  .n = n,
                                  .queries = n_q * q->ld,
                                  .keys = n_k * k->ld,
                                  .values = n_k * values->ld,
                                  .y = n_q * v->out.ld};
}

sfd_attention sfd_attention_piece(const sfd_attention_pieces *p, size_t i)
{
    sfd_attention a = p->first;
    a.queries += i * p->queries;
    a.keys += i * p->keys;
    a.values += i * p->values;
    a.y = (char *)a.y + i * p->y * sfd_dtype_size(a.y_type);
    return a;
}

/* Computes with float32, for products of maps are not many. */
static void limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    (void)v, (void)s;
    *t = (sfd_node_types){.out = sfd_dtype_is_float(t->out) ? t->out : SFD_F32};
}

static void bind(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads)
{
    (void)prepared;
    (void)k;
    (void)n_threads;
    *(sfd_attention_pieces *)step = sfd_attention_cut(v);
}

static size_t n_tiles(const void *step)
{
    const sfd_attention_pieces *p = step;
    return p->n * sfd_attention_n_tiles(&p->first);
}

static size_t scratch_bytes(const void *step)
{
    const sfd_attention_pieces *p = step;
    return sfd_attention_scratch_floats(&p->first) * sizeof(float);
}

static void run_tile(const void *step, size_t tile, void *scratch)
{
    const sfd_attention_pieces *p = step;
    const size_t tiles = sfd_attention_n_tiles(&p->first);
    const sfd_attention a = sfd_attention_piece(p, tile / tiles);
    sfd_attention_run_tile(&a, tile % tiles, scratch);
}

static double macs(const sfd_node_view *v)
{
    const sfd_attention_attributes *a = v->node->attributes;
    const double queries = (double)sfd_map_positions(&v->in[0]);
    const double keys = (double)sfd_map_positions(&v->in[1]) / a->pieces;
    return 2 * queries * keys * v->in[0].channels;
}

const sfd_op sfd_op_attention = {.name = "attention",
                                 .attributes_bytes = sizeof(sfd_attention_attributes),
                                 .overwrites = -1,
                                 .out_channels = out_channels,
                                 .out_size = out_size,
                                 .limit_types = limit_types,
                                 .step_bytes = sizeof(sfd_attention_pieces),
                                 .bind = bind,
                                 .n_tiles = n_tiles,
                                 .scratch_bytes = scratch_bytes,
                                 .run_tile = run_tile,
                                 .macs = macs};
