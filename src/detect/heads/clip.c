/* SPDX-License-Identifier: Apache-2.0 */
/* Classification: windows of the training crop's size slide over the maps, a row of features for
 * each; of their scores the mean. */
#include "base/error.h"
#include "detect/head.h"

#include <string.h>

static bool fits(const sfd_net_config *c)
{
    return !c->detection;
}

static size_t n_features(const sfd_net_config *c, size_t n_channels)
{
    (void)c;
    return n_channels;
}

/* Logits of a row, and what the classifier needs. */
static sfd_head_memory memory(const sfd_head_desc *d, const sfd_map *maps)
{
    (void)maps;
    return (sfd_head_memory){.per_row = (size_t)d->config->num_classes +
                                        sfd_classifier_hidden_floats(&d->classifier)};
}

/* ------------------------------------------------------------------ windows */

/* Of all frames; TRAIN_CROP_SIZE / 32 positions high and wide, or the whole map. */
static void window_size(const sfd_head_desc *d, const sfd_map *map, int size[3])
{
    size[0] = map->size[0];
    for (int axis = 1; axis < 3; axis++)
        size[axis] = d->config->global_pool ? map->size[axis] : d->config->train_crop_size / 32;
}

/* Windows along each axis; false where a map is smaller than one or the pathways' do not match. */
static bool count_windows(const sfd_head_desc *d, const sfd_map *maps, int windows[3])
{
    for (int p = 0; p < d->n_pathways; p++) {
        int window[3];
        window_size(d, &maps[p], window);
        for (int axis = 0; axis < 3; axis++) {
            const int n = window[axis] > 0 ? maps[p].size[axis] - window[axis] + 1 : 0;
            if (n <= 0 || (p > 0 && n != windows[axis]))
                return false;
            windows[axis] = n;
        }
    }
    return true;
}

static sfd_status n_rows(size_t *n, const sfd_head_desc *d, const sfd_map *maps,
                         const sfd_box_px *boxes, size_t n_boxes, sfd_error *err)
{
    int windows[3];
    (void)boxes;
    *n = 0;
    if (n_boxes > 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s classifies whole clips and takes no boxes",
                        d->config->name);
    if (!count_windows(d, maps, windows))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: the picture is smaller than the training crop of %d pixels",
                        d->config->name, d->config->train_crop_size);
    *n = (size_t)windows[0] * (size_t)windows[1] * (size_t)windows[2];
    return SFD_OK;
}

/* ------------------------------------------------------------------ features */

static void average_window(const sfd_kernels *k, const sfd_map *map, const int at[3],
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
                k->add(out, (const float *)map->data + p * map->ld, n);
            }
    const float count = (float)size[0] * (float)size[1] * (float)size[2];
    for (size_t i = 0; i < n; i++)
        out[i] /= count;
}

typedef struct window_loop {
    const sfd_head_desc *desc;
    const sfd_head_run *run;
    int windows[3];
    float *features;
} window_loop;

static void window_features(void *user, size_t item, int thread)
{
    (void)thread;
    const window_loop *l = user;
    const int i = (int)item, *n = l->windows;
    const int at[3] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};
    float *out = l->features + item * l->desc->n_features;
    for (int p = 0; p < l->desc->n_pathways; p++) {
        int size[3];
        window_size(l->desc, &l->run->maps[p], size);
        average_window(l->run->kernels, &l->run->maps[p], at, size, out);
        out += l->run->maps[p].channels;
    }
}

static void features(const sfd_head_desc *d, const sfd_head_run *run, float *out)
{
    window_loop l = {.desc = d, .run = run, .features = out};
    if (count_windows(d, run->maps, l.windows))
        sfd_team_for(run->team, (size_t)l.windows[0] * (size_t)l.windows[1] * (size_t)l.windows[2],
                     window_features, &l);
}

/* ------------------------------------------------------------------ scores */

static void mean_rows(const float *rows, size_t n, size_t row, float *out)
{
    memset(out, 0, row * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < row; j++)
            out[j] += rows[i * row + j];
    for (size_t j = 0; j < row; j++)
        out[j] /= (float)n;
}

/* The activation of each window, then the mean; or the reverse with average_logits. */
static void scores(const sfd_head_desc *d, const sfd_classifier *c, const float *rows, size_t n,
                   float *scratch, float *out)
{
    const size_t classes = (size_t)d->config->num_classes;
    sfd_classifier_project(c, rows, n, scratch + n * classes, scratch);
    if (!d->config->average_logits)
        sfd_head_activate(d, scratch, n);
    mean_rows(scratch, n, classes, out);
    if (d->config->average_logits)
        sfd_head_activate(d, out, 1);
}

static void summary(const sfd_head_desc *d, const sfd_kernels *k, const float *rows, size_t n,
                    float *out)
{
    memset(out, 0, d->n_features * sizeof *out);
    for (size_t i = 0; i < n; i++)
        k->add_scaled(out, rows + i * d->n_features, 1 / (float)n, d->n_features);
}

static sfd_status remark(const sfd_head_desc *d, sfd_notes *notes, sfd_error *err)
{
    if (d->config->global_pool)
        return sfd_notes_add(notes, err, "head: mean of the whole map; %d classes",
                             d->config->num_classes);
    return sfd_notes_add(notes, err, "head: windows of %d pixels, mean of %s; %d classes",
                         d->config->train_crop_size,
                         d->config->average_logits ? "logits" : "scores", d->config->num_classes);
}

const sfd_head_kind sfd_clip_head = {
    .name = "classification head",
    .fits = fits,
    .max_boxes = 0,
    .n_features = n_features,
    .memory = memory,
    .n_rows = n_rows,
    .features = features,
    .scores = scores,
    .summary = summary,
    .remark = remark,
};
