/* SPDX-License-Identifier: Apache-2.0 */
/* RoI head and classification head. */
#include "detect/head.h"

#include "kernels/attention/attention.h"
#include "kernels/roi/roi_align.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <string.h>

size_t sfd_head_pooled_floats(const sfd_head_map *map)
{
    return (size_t)map->size[1] * (size_t)map->size[2] * (size_t)map->channels;
}

static void pool_position(const sfd_head *h, const sfd_head_map *map, size_t p, float *out)
{
    const size_t frame = (size_t)map->size[1] * (size_t)map->size[2] * map->ld;
    const size_t n = (size_t)map->channels;
    const float *x = map->x + p * map->ld;
    memcpy(out, x, n * sizeof *out);
    for (int t = 1; t < map->size[0]; t++)
        if (h->config->temporal_max)
            h->kernels->max(out, x + (size_t)t * frame, n);
        else
            h->kernels->add(out, x + (size_t)t * frame, n);
    for (size_t i = 0; !h->config->temporal_max && i < n; i++)
        out[i] /= (float)map->size[0];
}

void sfd_head_pool_time(const sfd_head *h, const sfd_head_map *map, float *pooled, int n_threads)
{
    const size_t n = (size_t)map->size[1] * (size_t)map->size[2];
#pragma omp parallel for num_threads(n_threads)
    for (size_t p = 0; p < n; p++)
        pool_position(h, map, p, pooled + p * (size_t)map->channels);
}

static sfd_roi_map pooled_map(const sfd_head_map *map, const float *pooled)
{
    return (sfd_roi_map){pooled, map->size[1], map->size[2], map->channels, (size_t)map->channels};
}

/* The whole picture as a RoI: adaptive average pooling to the RoI's cells, then the maximum. */
static void global_features(const sfd_head *h, const sfd_roi_map *map, float *out, float *acc)
{
    const int cells = h->config->roi_resolution;
    const size_t n = (size_t)map->channels;
    for (int cell = 0; cell < cells * cells; cell++) {
        const int row = cell / cells, col = cell % cells;
        const int y0 = row * map->height / cells, x0 = col * map->width / cells;
        const int y1 = ((row + 1) * map->height + cells - 1) / cells;
        const int x1 = ((col + 1) * map->width + cells - 1) / cells;
        memset(acc, 0, n * sizeof *acc);
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x++)
                h->kernels->add(acc, map->x + (size_t)(y * map->width + x) * map->ld, n);
        for (size_t i = 0; i < n; i++)
            acc[i] /= (float)((y1 - y0) * (x1 - x0));
        if (cell == 0)
            memcpy(out, acc, n * sizeof *out);
        else
            h->kernels->max(out, acc, n);
    }
}

static void box_features(const sfd_head *h, const sfd_head_map *maps, float *const *pooled,
                         const sfd_box_px *box, float *features, float *acc)
{
    const sfd_roi_settings settings = {.scale = 1.0f / (float)h->config->spatial_scale_factor,
                                       .cells = h->config->roi_resolution,
                                       .aligned = h->config->aligned};
    for (int p = 0; p < h->n_pathways; p++) {
        const sfd_roi_map map = pooled_map(&maps[p], pooled[p]);
        sfd_roi_align_max(h->kernels, &map, &settings, box, features, NULL, acc);
        features += map.channels;
    }
}

/* The global half of a feature row is the same for all boxes. */
static void add_global_features(const sfd_head *h, const sfd_head_map *maps, float *const *pooled,
                                float *features, size_t n_boxes, float *acc)
{
    const size_t half = (size_t)h->n_features / 2;
    float *out = features + half;
    for (int p = 0; p < h->n_pathways; p++) {
        const sfd_roi_map map = pooled_map(&maps[p], pooled[p]);
        global_features(h, &map, out, acc);
        out += map.channels;
    }
    for (size_t i = 1; i < n_boxes; i++)
        memcpy(features + i * (size_t)h->n_features + half, features + half,
               half * sizeof *features);
}

void sfd_head_roi_features(const sfd_head *h, const sfd_head_map *maps, float *const *pooled,
                           const sfd_box_px *boxes, size_t n_boxes, float *features, float *scratch,
                           int n_threads)
{
    const size_t row = (size_t)h->n_features;
#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
    for (size_t i = 0; i < n_boxes; i++)
        box_features(h, maps, pooled, &boxes[i], features + i * row,
                     scratch + (size_t)omp_get_thread_num() * row);
    if (h->config->global_context && n_boxes > 0)
        add_global_features(h, maps, pooled, features, n_boxes, scratch);
}

void sfd_head_project(const sfd_head *h, const float *features, size_t n, float *logits)
{
    const blasint classes = h->config->num_classes, k = h->n_features;
    for (size_t i = 0; i < n; i++)
        memcpy(logits + i * (size_t)classes, h->bias, (size_t)classes * sizeof *logits);
    if (n > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, classes, k, 1.0f, features,
                    k, h->weights, k, 1.0f, logits, classes);
}

void sfd_head_activate(const sfd_head *h, float *rows, size_t n)
{
    const size_t classes = (size_t)h->config->num_classes;
    for (size_t i = 0; i < n * classes; i++)
        if (!isfinite(rows[i]))
            rows[i] = NAN; /* an infinite logit comes of broken weights: 0 or 1 would hide that */
    if (h->config->head_act == SFD_HEAD_SIGMOID)
        for (size_t i = 0; i < n * classes; i++)
            rows[i] = 1.0f / (1.0f + expf(-rows[i]));
    else if (h->config->head_act == SFD_HEAD_SOFTMAX)
        for (size_t i = 0; i < n; i++)
            sfd_softmax_row(rows + i * classes, classes);
}

/* ------------------------------------------------------------------ classification */

static void window_size(const sfd_head *h, int pathway, int size[3])
{
    const sfd_net_config *c = h->config;
    const int frames =
        h->n_pathways == 2 && pathway == 0 ? c->num_frames / c->alpha : c->num_frames;
    size[0] = c->arch == SFD_ARCH_C2D ? frames / 2 : frames;
    size[1] = size[2] = c->train_crop_size / 32;
}

size_t sfd_head_n_windows(const sfd_head *h, const sfd_head_map *maps, int windows[3])
{
    for (int p = 0; p < h->n_pathways; p++) {
        int window[3];
        window_size(h, p, window);
        for (int axis = 0; axis < 3; axis++) {
            const int n = window[axis] > 0 ? maps[p].size[axis] - window[axis] + 1 : 0;
            if (n <= 0 || (p > 0 && n != windows[axis]))
                return 0;
            windows[axis] = n;
        }
    }
    return (size_t)windows[0] * (size_t)windows[1] * (size_t)windows[2];
}

static void average_window(const sfd_head *h, const sfd_head_map *map, const int at[3],
                           const int size[3], float *out)
{
    const size_t n = (size_t)map->channels;
    memset(out, 0, n * sizeof *out);
    for (int t = at[0]; t < at[0] + size[0]; t++)
        for (int y = at[1]; y < at[1] + size[1]; y++)
            for (int x = at[2]; x < at[2] + size[2]; x++) {
                const size_t p =
                    ((size_t)t * (size_t)map->size[1] + (size_t)y) * (size_t)map->size[2] +
                    (size_t)x;
                h->kernels->add(out, map->x + p * map->ld, n);
            }
    const float count = (float)size[0] * (float)size[1] * (float)size[2];
    for (size_t i = 0; i < n; i++)
        out[i] /= count;
}

void sfd_head_window_features(const sfd_head *h, const sfd_head_map *maps, const int windows[3],
                              float *features, int n_threads)
{
    const int n = windows[0] * windows[1] * windows[2];
#pragma omp parallel for num_threads(n_threads)
    for (int i = 0; i < n; i++) {
        const int at[3] = {i / (windows[1] * windows[2]), i / windows[2] % windows[1],
                           i % windows[2]};
        float *out = features + (size_t)i * (size_t)h->n_features;
        for (int p = 0; p < h->n_pathways; p++) {
            int size[3];
            window_size(h, p, size);
            average_window(h, &maps[p], at, size, out);
            out += maps[p].channels;
        }
    }
}

static void mean_rows(const float *rows, size_t n, size_t row, float *out)
{
    memset(out, 0, row * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < row; j++)
            out[j] += rows[i * row + j];
    for (size_t j = 0; j < row; j++)
        out[j] /= (float)n;
}

void sfd_head_average(const sfd_head *h, float *logits, size_t n_windows, float *scores)
{
    const size_t classes = (size_t)h->config->num_classes;
    if (!h->config->average_logits)
        sfd_head_activate(h, logits, n_windows);
    mean_rows(logits, n_windows, classes, scores);
    if (h->config->average_logits)
        sfd_head_activate(h, scores, 1);
}
