/* SPDX-License-Identifier: Apache-2.0 */
/* Mean over time, RoIAlign and the maximum over its cells; or the mean over everything. */
#include "train/roi_head.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kernels/roi/roi_align.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const sfd_plan_tensor *output_tensor(const sfd_roi_head *h, int pathway)
{
    return &h->graph->plan.tensors[h->net->graph.outputs[pathway].tensor];
}

static size_t plane_floats(const sfd_plan_tensor *t)
{
    return (size_t)t->size[1] * (size_t)t->size[2] * (size_t)t->channels;
}

static size_t n_cells(const sfd_roi_head *h)
{
    const size_t side = (size_t)h->net->config.roi_resolution;
    return side * side;
}

/* ------------------------------------------------------------------ memory */

sfd_status sfd_roi_head_create(sfd_roi_head *h, const sfd_net *net, const sfd_train_graph *graph,
                               sfd_error *err)
{
    const sfd_net_config *c = &net->config;
    *h = (sfd_roi_head){.net = net, .graph = graph};
    if (c->temporal_max || c->global_context)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: heads with %s can run, but not be trained; freeze the backbone",
                        c->name, c->temporal_max ? "a maximum over time" : "global context");
    size_t widest = 0;
    bool ok = true;
    for (int p = 0; p < net->n_pathways; p++) {
        const sfd_plan_tensor *t = output_tensor(h, p);
        const size_t n = graph->batch * plane_floats(t);
        h->pooled[p] = sfd_malloc_aligned(n, sizeof **h->pooled);
        h->d_pooled[p] = sfd_malloc_aligned(n, sizeof **h->d_pooled);
        ok = ok && h->pooled[p] && h->d_pooled[p];
        widest = (size_t)t->channels > widest ? (size_t)t->channels : widest;
    }
    h->scratch_floats = (n_cells(h) + 1) * widest;
    h->scratch =
        sfd_malloc_aligned((size_t)sfd_team_size(graph->team) * h->scratch_floats, sizeof(float));
    return ok && h->scratch ? SFD_OK : sfd_fail_nomem(err, c->name);
}

void sfd_roi_head_free(sfd_roi_head *h)
{
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++) {
        free(h->pooled[p]);
        free(h->d_pooled[p]);
    }
    free(h->scratch);
    free(h->features);
    free(h->d_features);
    free(h->winners);
    *h = (sfd_roi_head){0};
}

static sfd_status reserve(sfd_roi_head *h, size_t n, sfd_error *err)
{
    const size_t row = (size_t)h->net->n_features;
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
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu boxes", n);
    h->rows_alloc = n;
    return SFD_OK;
}

/* ------------------------------------------------------------------ mean over time */

static void pool_sample(const sfd_roi_head *h, int pathway, size_t sample)
{
    const sfd_plan_tensor *t = output_tensor(h, pathway);
    const float *x = sfd_train_graph_value(h->graph, h->net->graph.outputs[pathway].tensor, sample);
    const size_t frame = (size_t)t->size[1] * (size_t)t->size[2], n = (size_t)t->channels;
    float *out = h->pooled[pathway] + sample * plane_floats(t);
    memset(out, 0, plane_floats(t) * sizeof *out);
    for (size_t i = 0; i < (size_t)t->size[0] * frame; i++)
        h->graph->kernels->add(out + i % frame * n, x + i * t->ld, n);
    for (size_t i = 0; i < plane_floats(t); i++)
        out[i] /= (float)t->size[0];
}

static void pool_sample_backward(const sfd_roi_head *h, int pathway, size_t sample)
{
    const sfd_plan_tensor *t = output_tensor(h, pathway);
    float *dx = sfd_train_graph_grad(h->graph, h->net->graph.outputs[pathway].tensor, sample);
    const size_t frame = (size_t)t->size[1] * (size_t)t->size[2], n = (size_t)t->channels;
    const float *d = h->d_pooled[pathway] + sample * plane_floats(t);
    for (size_t i = 0; i < (size_t)t->size[0] * frame; i++)
        h->graph->kernels->add_scaled(dx + i * t->ld, d + i % frame * n, 1 / (float)t->size[0], n);
}

/* ------------------------------------------------------------------ boxes */

static sfd_roi_map roi_map(const sfd_roi_head *h, int pathway, size_t sample)
{
    const sfd_plan_tensor *t = output_tensor(h, pathway);
    return (sfd_roi_map){h->pooled[pathway] + sample * plane_floats(t), t->size[1], t->size[2],
                         t->channels, (size_t)t->channels};
}

static sfd_roi_settings roi_settings(const sfd_roi_head *h)
{
    const sfd_net_config *c = &h->net->config;
    return (sfd_roi_settings){1.0f / (float)c->spatial_scale_factor, c->roi_resolution, c->aligned};
}

static void find_winners(const float *cells, size_t cells_count, size_t n, uint16_t *winners)
{
    for (size_t c = 0; c < n; c++) {
        size_t best = 0;
        for (size_t i = 1; i < cells_count; i++)
            if (cells[i * n + c] > cells[best * n + c])
                best = i;
        winners[c] = (uint16_t)best;
    }
}

static void box_forward(const sfd_roi_head *h, size_t sample, const sfd_box_px *box, size_t row,
                        float *scratch)
{
    const sfd_roi_settings settings = roi_settings(h);
    size_t at = row * (size_t)h->net->n_features;
    for (int p = 0; p < h->net->n_pathways; p++) {
        const sfd_roi_map map = roi_map(h, p, sample);
        const size_t n = (size_t)map.channels;
        sfd_roi_align_max(h->graph->kernels, &map, &settings, box, h->features + at, scratch,
                          scratch + n_cells(h) * n);
        find_winners(scratch, n_cells(h), n, h->winners + at);
        at += n;
    }
}

static void box_backward(const sfd_roi_head *h, size_t sample, const sfd_box_px *box, size_t row,
                         float *scratch)
{
    const sfd_roi_settings settings = roi_settings(h);
    size_t at = row * (size_t)h->net->n_features;
    for (int p = 0; p < h->net->n_pathways; p++) {
        const sfd_roi_map map = roi_map(h, p, sample);
        float *d_map = h->d_pooled[p] + sample * plane_floats(output_tensor(h, p));
        sfd_roi_align_max_backward(h->graph->kernels, &map, &settings, box, h->winners + at,
                                   h->d_features + at, d_map, scratch);
        at += (size_t)map.channels;
    }
}

/* ------------------------------------------------------------------ whole clips */

static void clip_forward(const sfd_roi_head *h, size_t sample)
{
    float *out = h->features + sample * (size_t)h->net->n_features;
    for (int p = 0; p < h->net->n_pathways; p++) {
        const sfd_roi_map map = roi_map(h, p, sample);
        const size_t n = (size_t)map.channels, positions = (size_t)(map.height * map.width);
        memset(out, 0, n * sizeof *out);
        for (size_t i = 0; i < positions; i++)
            h->graph->kernels->add_scaled(out, map.x + i * n, 1 / (float)positions, n);
        out += n;
    }
}

static void clip_backward(const sfd_roi_head *h, size_t sample)
{
    const float *d = h->d_features + sample * (size_t)h->net->n_features;
    for (int p = 0; p < h->net->n_pathways; p++) {
        const sfd_roi_map map = roi_map(h, p, sample);
        const size_t n = (size_t)map.channels, positions = (size_t)(map.height * map.width);
        float *d_map = h->d_pooled[p] + sample * positions * n;
        for (size_t i = 0; i < positions; i++)
            h->graph->kernels->add_scaled(d_map + i * n, d, 1 / (float)positions, n);
        d += n;
    }
}

/* ------------------------------------------------------------------ batches */

/* One thread takes all boxes of a sample, so that sums into its map have one order. */
static void sample_forward(const sfd_roi_head *h, const sfd_batch_boxes *b, size_t sample)
{
    float *scratch = h->scratch + (size_t)omp_get_thread_num() * h->scratch_floats;
    for (int p = 0; p < h->net->n_pathways; p++)
        pool_sample(h, p, sample);
    if (!h->net->config.detection)
        clip_forward(h, sample);
    else
        for (size_t row = b->first[sample]; row < b->first[sample + 1]; row++)
            box_forward(h, sample, &b->boxes[row], row, scratch);
}

static void sample_backward(const sfd_roi_head *h, const sfd_batch_boxes *b, size_t sample)
{
    float *scratch = h->scratch + (size_t)omp_get_thread_num() * h->scratch_floats;
    for (int p = 0; p < h->net->n_pathways; p++) {
        const size_t n = plane_floats(output_tensor(h, p));
        memset(h->d_pooled[p] + sample * n, 0, n * sizeof **h->d_pooled);
    }
    if (!h->net->config.detection)
        clip_backward(h, sample);
    else
        for (size_t row = b->first[sample]; row < b->first[sample + 1]; row++)
            box_backward(h, sample, &b->boxes[row], row, scratch);
    for (int p = 0; p < h->net->n_pathways; p++)
        pool_sample_backward(h, p, sample);
}

sfd_status sfd_roi_head_forward(sfd_roi_head *h, const sfd_batch_boxes *boxes, sfd_error *err)
{
    const size_t batch = h->graph->batch;
    const bool detection = h->net->config.detection;
    sfd_status status = reserve(h, detection ? boxes->first[batch] : batch, err);
    if (status != SFD_OK)
        return status;
#pragma omp parallel for num_threads(sfd_team_size(h->graph->team)) schedule(dynamic)
    for (size_t n = 0; n < batch; n++)
        sample_forward(h, boxes, n);
    return SFD_OK;
}

void sfd_roi_head_backward(sfd_roi_head *h, const sfd_batch_boxes *boxes)
{
#pragma omp parallel for num_threads(sfd_team_size(h->graph->team)) schedule(dynamic)
    for (size_t n = 0; n < h->graph->batch; n++)
        sample_backward(h, boxes, n);
}
