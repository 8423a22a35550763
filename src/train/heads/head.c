/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of heads have in common in training: memory, batches, the mean over time. */
#include "train/heads/head.h"

#include "base/alloc.h"
#include "base/error.h"
#include "detect/heads/pool_time.h"

#include <stdlib.h>
#include <string.h>

static const sfd_train_head_kind *const kinds[] = {&sfd_train_roi_head, &sfd_train_clip_head};

const sfd_train_head_kind *sfd_train_head_find(const sfd_net_config *config)
{
    size_t i = 0;
    while (!kinds[i]->kind->fits(config))
        i++;
    return kinds[i];
}

static void get_maps(const sfd_train_head *h, size_t sample, sfd_map maps[SFD_MAX_MAPS])
{
    const sfd_graph *graph = h->graph->graph;
    for (int p = 0; p < h->desc.n_pathways + (h->desc.n_heard > 0); p++) {
        const int tensor = graph->outputs[p].tensor;
        maps[p] = sfd_plan_map(&h->graph->plan, tensor,
                               h->graph->value + sample * h->graph->plan.arena_bytes);
    }
}

/* ------------------------------------------------------------------ memory */

static sfd_status allocate(sfd_train_head *h, const sfd_map *maps, sfd_error *err)
{
    const size_t cells = (size_t)h->desc.config->roi_resolution;
    size_t widest = 0, shared = 0;
    bool ok = true;
    for (int p = 0; p < h->desc.n_pathways; p++) {
        const size_t n = sfd_pooled_floats(&maps[p]), channels = (size_t)maps[p].channels;
        h->d_pooled[p] = sfd_malloc_aligned(h->graph->batch * n, sizeof **h->d_pooled);
        ok = ok && h->d_pooled[p];
        widest = channels > widest ? channels : widest;
        shared += n;
    }
    h->scratch_floats = (cells * cells + 1) * widest;
    h->shared = sfd_malloc_aligned(shared, sizeof *h->shared);
    h->scratch =
        sfd_malloc_aligned((size_t)sfd_team_size(h->team) * h->scratch_floats, sizeof *h->scratch);
    return ok && h->shared && h->scratch ? SFD_OK : sfd_fail_nomem(err, h->desc.config->name);
}

sfd_status sfd_train_head_create(sfd_train_head *h, const sfd_net *net,
                                 const sfd_train_graph *graph, sfd_team *team, sfd_error *err)
{
    sfd_map maps[SFD_MAX_MAPS];
    *h = (sfd_train_head){.kind = sfd_train_head_find(&net->config), .graph = graph, .team = team};
    sfd_head_describe(&h->desc, net);
    get_maps(h, 0, maps);
    return allocate(h, maps, err);
}

sfd_status sfd_train_head_check(const sfd_train_head *h, sfd_error *err)
{
    sfd_map maps[SFD_MAX_MAPS];
    get_maps(h, 0, maps);
    return h->kind->check(&h->desc, maps, err);
}

void sfd_train_head_free(sfd_train_head *h)
{
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
        free(h->d_pooled[p]);
    free(h->shared);
    free(h->scratch);
    free(h->features);
    free(h->d_features);
    free(h->winners);
    *h = (sfd_train_head){0};
}

static sfd_status reserve(sfd_train_head *h, size_t n, sfd_error *err)
{
    const size_t row = h->desc.n_features;
    if (n <= h->rows_alloc)
        return SFD_OK;
    free(h->features);
    free(h->d_features);
    free(h->winners);
    h->rows_alloc = 0;
    h->features = sfd_malloc_aligned(n * row, sizeof *h->features);
    h->d_features = sfd_malloc_aligned(n * row, sizeof *h->d_features);
    h->winners = sfd_malloc_array(n * row, sizeof *h->winners);
    if (!h->features || !h->d_features || !h->winners)
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu box%s", n, n == 1 ? "" : "es");
    h->rows_alloc = n;
    return SFD_OK;
}

/* ------------------------------------------------------------------ batches */

/* A sample's rows. */
static size_t first_row(const sfd_train_head *h, const sfd_batch_boxes *b, size_t sample)
{
    return h->kind->whole_videos ? sample : b->first[sample];
}

sfd_status sfd_train_head_forward(sfd_train_head *h, const sfd_batch_boxes *boxes, sfd_error *err)
{
    const size_t batch = h->graph->batch, width = h->desc.n_features;
    sfd_map maps[SFD_MAX_MAPS];
    sfd_status status = reserve(h, first_row(h, boxes, batch), err);
    for (size_t n = 0; status == SFD_OK && n < batch; n++) {
        const size_t row = first_row(h, boxes, n);
        get_maps(h, n, maps);
        const sfd_head_run run = {.maps = maps,
                                  .boxes = boxes->boxes + boxes->first[n],
                                  .n_boxes = boxes->first[n + 1] - boxes->first[n],
                                  .kernels = h->graph->kernels,
                                  .team = h->team,
                                  .shared = h->shared,
                                  .scratch = h->scratch,
                                  .scratch_floats = h->scratch_floats,
                                  .winners = h->winners + row * width};
        h->kind->forward(&h->desc, &run, h->features + row * width);
        sfd_head_hear(&h->desc, &run, h->features + row * width, first_row(h, boxes, n + 1) - row);
    }
    return status;
}

/* What the items of the loop over samples know. */
typedef struct backward_loop {
    const sfd_train_head *head;
    const sfd_batch_boxes *boxes;
} backward_loop;

/* Spreads the gradient of a mean over time. */
static void spread_over_time(const sfd_kernels *k, const sfd_map *map, const float *d_pooled,
                             float *dx)
{
    const size_t frame = (size_t)map->size[1] * (size_t)map->size[2], n = (size_t)map->channels;
    for (size_t i = 0; i < (size_t)map->size[0] * frame; i++)
        k->add_scaled(dx + i * map->ld, d_pooled + i % frame * n, 1 / (float)map->size[0], n);
}

/* Back through the mean over the sound's map, for all rows of a sample. */
static void hear_backward(const sfd_train_head *h, const sfd_map *map, const float *d_features,
                          size_t n_rows, size_t sample)
{
    const sfd_head_desc *d = &h->desc;
    const int tensor = h->graph->graph->outputs[d->n_pathways].tensor;
    const size_t positions = (size_t)map->size[1] * (size_t)map->size[2];
    if (!sfd_train_graph_wants(h->graph, tensor))
        return;
    float *dx = sfd_train_graph_grad(h->graph, tensor, sample);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t i = 0; i < positions; i++)
            h->graph->kernels->add_scaled(dx + i * map->ld,
                                          d_features + (row + 1) * d->n_features - d->n_heard,
                                          1 / (float)positions, d->n_heard);
}

/* One thread takes all boxes of a sample, so that sums into its maps have one order. */
static void sample_backward(void *user, size_t sample, int thread)
{
    const backward_loop *l = user;
    const sfd_train_head *h = l->head;
    const size_t row = first_row(h, l->boxes, sample), width = h->desc.n_features;
    sfd_map maps[SFD_MAX_MAPS];
    float *d_pooled[SFD_MAX_PATHWAYS];
    get_maps(h, sample, maps);
    for (int p = 0; p < h->desc.n_pathways; p++) {
        const size_t n = sfd_pooled_floats(&maps[p]);
        d_pooled[p] = h->d_pooled[p] + sample * n;
        memset(d_pooled[p], 0, n * sizeof *d_pooled[p]);
    }
    const sfd_head_gradient g = {.maps = maps,
                                 .boxes = l->boxes->boxes + l->boxes->first[sample],
                                 .n_rows = first_row(h, l->boxes, sample + 1) - row,
                                 .d_features = h->d_features + row * width,
                                 .winners = h->winners + row * width,
                                 .kernels = h->graph->kernels,
                                 .d_pooled = d_pooled,
                                 .scratch = h->scratch + (size_t)thread * h->scratch_floats};
    h->kind->backward(&h->desc, &g);
    for (int p = 0; p < h->desc.n_pathways; p++) {
        const int tensor = h->graph->graph->outputs[p].tensor;
        if (sfd_train_graph_wants(h->graph, tensor))
            spread_over_time(h->graph->kernels, &maps[p], d_pooled[p],
                             sfd_train_graph_grad(h->graph, tensor, sample));
    }
    if (h->desc.n_heard > 0)
        hear_backward(h, &maps[h->desc.n_pathways], g.d_features, g.n_rows, sample);
}

void sfd_train_head_backward(sfd_train_head *h, const sfd_batch_boxes *boxes)
{
    backward_loop l = {h, boxes};
    sfd_team_for(h->team, h->graph->batch, sample_backward, &l);
}
