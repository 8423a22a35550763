/* SPDX-License-Identifier: Apache-2.0 */
/* Detection: mean over time (or maximum), RoIAlign of every box and the maximum over its cells;
 * with global context, the same of the whole picture beside it. A maximum over time behind RoIAlign
 * takes it from every frame's cells. */
#include "detect/heads/roi.h"

#include "base/error.h"
#include "detect/heads/pool_time.h"

#include <stdio.h>
#include <string.h>

static bool fits(const sfd_net_config *c)
{
    return c->detection;
}

static size_t n_features(const sfd_net_config *c, size_t n_channels)
{
    return c->global_context ? 2 * n_channels : n_channels;
}

sfd_roi_map sfd_roi_head_map(const sfd_map *map, const float *pooled)
{
    return (sfd_roi_map){pooled, map->size[1], map->size[2], map->channels, (size_t)map->channels};
}

sfd_roi_settings sfd_roi_head_settings(const sfd_head_desc *d, int pathway)
{
    return (sfd_roi_settings){
        .scale = 1.0f / (float)(d->config->spatial_scale_factor * d->shrink[pathway]),
        .cells = d->config->roi_resolution,
        .aligned = d->config->aligned};
}

static sfd_head_memory memory(const sfd_head_desc *d, const sfd_map *maps)
{
    sfd_head_memory m = {.per_row = sfd_classifier_hidden_floats(&d->classifier)};
    for (int p = 0; p < d->n_pathways; p++) {
        const size_t n = (size_t)maps[p].channels;
        m.shared += sfd_pooled_floats(&maps[p]);
        m.per_thread = n > m.per_thread ? n : m.per_thread;
    }
    m.per_thread *= 2; /* sums, and a frame's features */
    return m;
}

static sfd_status n_rows(size_t *n, const sfd_head_desc *d, const sfd_map *maps,
                         const sfd_box_px *boxes, size_t n_boxes, sfd_error *err)
{
    (void)maps;
    *n = n_boxes;
    if (n_boxes > 0 && !boxes)
        return sfd_fail(err, SFD_ERR_ARG, "%s: boxes are missing", d->config->name);
    return SFD_OK;
}

/* ------------------------------------------------------------------ features */

/* What the items of a loop over boxes know. */
typedef struct box_loop {
    const sfd_head_desc *desc;
    const sfd_head_run *run;
    float *features;
} box_loop;

static void find_winners(const float *cells, size_t n_cells, size_t n, uint16_t *winners)
{
    for (size_t c = 0; c < n; c++) {
        size_t best = 0;
        for (size_t i = 1; i < n_cells; i++)
            if (cells[i * n + c] > cells[best * n + c])
                best = i;
        winners[c] = (uint16_t)best;
    }
}

/* Pictures that the cells are taken from: one, pooled over time, or every frame. */
static int n_pictures(const sfd_head_desc *d, const sfd_map *map)
{
    return d->config->temporal_max_roi ? map->size[0] : 1;
}

static sfd_roi_map picture(const sfd_head_desc *d, const sfd_map *map, const float *pooled, int t)
{
    sfd_roi_map out = sfd_roi_head_map(map, pooled);
    if (d->config->temporal_max_roi) {
        out.ld = map->ld;
        out.x = (const float *)map->data + (size_t)t * (size_t)(out.height * out.width) * map->ld;
    }
    return out;
}

static void box_features(void *user, size_t i, int thread)
{
    const box_loop *l = user;
    const sfd_head_run *run = l->run;
    const float *pooled = run->shared;
    float *acc = run->scratch + (size_t)thread * run->scratch_floats;
    size_t at = i * l->desc->n_features;
    for (int p = 0; p < l->desc->n_pathways; p++) {
        const sfd_roi_settings settings = sfd_roi_head_settings(l->desc, p);
        const size_t n = (size_t)run->maps[p].channels;
        float *cells = run->winners ? acc + n : NULL, *out = l->features + at;
        for (int t = 0; t < n_pictures(l->desc, &run->maps[p]); t++) {
            const sfd_roi_map map = picture(l->desc, &run->maps[p], pooled, t);
            float *to = t == 0 ? out : acc + n;
            sfd_roi_align_max(run->kernels, &map, &settings, &run->boxes[i], to, cells, acc);
            if (t > 0)
                run->kernels->max(out, to, n);
        }
        if (run->winners)
            find_winners(cells, (size_t)settings.cells * (size_t)settings.cells, n,
                         run->winners + at);
        pooled += sfd_pooled_floats(&run->maps[p]);
        at += n;
    }
}

/* The whole picture as a RoI: adaptive average pooling to the RoI's cells, then the maximum, also
 * with what is there already unless it is the first. */
static void picture_features(const sfd_kernels *k, int cells, const sfd_roi_map *map, bool first,
                             float *out, float *acc)
{
    const size_t n = (size_t)map->channels;
    for (int cell = 0; cell < cells * cells; cell++) {
        const int row = cell / cells, col = cell % cells;
        const int y0 = row * map->height / cells, x0 = col * map->width / cells;
        const int y1 = ((row + 1) * map->height + cells - 1) / cells;
        const int x1 = ((col + 1) * map->width + cells - 1) / cells;
        memset(acc, 0, n * sizeof *acc);
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x++)
                k->add(acc, map->x + (size_t)(y * map->width + x) * map->ld, n);
        for (size_t i = 0; i < n; i++)
            acc[i] /= (float)((y1 - y0) * (x1 - x0));
        if (first && cell == 0)
            memcpy(out, acc, n * sizeof *out);
        else
            k->max(out, acc, n);
    }
}

/* The global half of a row is the same for all boxes. */
static void add_context(const sfd_head_desc *d, const sfd_head_run *run, float *features)
{
    const size_t half = d->n_features / 2;
    const float *pooled = run->shared;
    float *out = features + half;
    for (int p = 0; p < d->n_pathways; p++) {
        for (int t = 0; t < n_pictures(d, &run->maps[p]); t++) {
            const sfd_roi_map map = picture(d, &run->maps[p], pooled, t);
            picture_features(run->kernels, d->config->roi_resolution, &map, t == 0, out,
                             run->scratch);
        }
        pooled += sfd_pooled_floats(&run->maps[p]);
        out += run->maps[p].channels;
    }
    for (size_t i = 1; i < run->n_boxes; i++)
        memcpy(features + i * d->n_features + half, features + half, half * sizeof *features);
}

static void features(const sfd_head_desc *d, const sfd_head_run *run, float *out)
{
    float *pooled = run->shared;
    for (int p = 0; !d->config->temporal_max_roi && p < d->n_pathways; p++) {
        sfd_pool_time(run->kernels, &run->maps[p], d->config->temporal_max, run->team, pooled);
        pooled += sfd_pooled_floats(&run->maps[p]);
    }
    box_loop loop = {d, run, out};
    sfd_team_for(run->team, run->n_boxes, box_features, &loop);
    if (d->config->global_context && run->n_boxes > 0)
        add_context(d, run, out);
}

/* ------------------------------------------------------------------ scores */

void sfd_roi_head_scores(const sfd_head_desc *d, const sfd_classifier *c, const float *rows,
                         size_t n, float *scratch, float *out)
{
    sfd_classifier_project(c, rows, n, scratch, out);
    sfd_head_activate(d, out, n);
}

void sfd_roi_head_summary(const sfd_head_desc *d, const sfd_kernels *k, const float *rows, size_t n,
                          float *out)
{
    (void)k;
    memcpy(out, rows, n * d->n_features * sizeof *out);
}

static const char *first_output(char text[32], const sfd_net_config *c)
{
    const int id = sfd_net_config_class_id(c, 0);
    if (id == SFD_NO_CLASS)
        return "the background";
    snprintf(text, 32, "action %d", id);
    return text;
}

static sfd_status remark(const sfd_head_desc *d, sfd_notes *notes, sfd_error *err)
{
    const sfd_net_config *c = d->config;
    char first[32];
    return sfd_notes_add(
        notes, err,
        "head: %s over time, RoIAlign %dx%d at 1/%d (aligned: %s), maximum over cells%s; "
        "%d class%s%s, output 0 is %s",
        c->temporal_max_roi ? "maximum, behind RoIAlign,"
        : c->temporal_max   ? "maximum"
                            : "mean",
        c->roi_resolution, c->roi_resolution, c->spatial_scale_factor, c->aligned ? "yes" : "no",
        c->global_context ? ", with the whole picture's features" : "", c->num_classes,
        c->num_classes == 1 ? "" : "es",
        d->classifier.n_layers > 1 ? " by linear, ReLU, linear" : "", first_output(first, c));
}

const sfd_head_kind sfd_roi_head = {
    .name = "RoI head",
    .fits = fits,
    .max_boxes = SIZE_MAX,
    .n_features = n_features,
    .memory = memory,
    .n_rows = n_rows,
    .features = features,
    .scores = sfd_roi_head_scores,
    .summary = sfd_roi_head_summary,
    .remark = remark,
};
