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

/* Windows are counted on the maps of the pathways whose pictures are the largest; a pathway with
 * smaller pictures has maps so many times smaller. */
static int smaller_by(const sfd_head_desc *d, int pathway)
{
    int least = d->shrink[0];
    for (int p = 1; p < d->n_pathways; p++)
        least = d->shrink[p] < least ? d->shrink[p] : least;
    return d->shrink[pathway] / least;
}

/* Side of a window: TRAIN_CROP_SIZE / 32 positions, or the whole map. */
static int window_side(const sfd_head_desc *d, int pathway, int map_side)
{
    const int shrink = d->shrink[pathway] / smaller_by(d, pathway);
    return d->config->global_pool ? map_side
                                  : (d->config->train_crop_size / 32 + shrink - 1) / shrink;
}

/* Windows along each axis; false where a map is smaller than one or the pathways' do not match. */
static bool count_windows(const sfd_head_desc *d, const sfd_map *maps, int windows[3])
{
    bool counted = d->n_pathways == 0; /* what is heard makes one row */
    windows[0] = windows[1] = windows[2] = 1;
    for (int p = 0; p < d->n_pathways; p++) {
        if (smaller_by(d, p) > 1)
            continue;
        const int *size = maps[p].size;
        const int n[3] = {1, size[1] - window_side(d, p, size[1]) + 1,
                          size[2] - window_side(d, p, size[2]) + 1};
        for (int axis = 0; axis < 3; axis++) {
            if (n[axis] <= 0 || (counted && n[axis] != windows[axis]))
                return false;
            windows[axis] = n[axis];
        }
        counted = true;
    }
    return counted;
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
                        "%s: pictures are too small, the classifier wants %d pixels of each side "
                        "(DATA.TRAIN_CROP_SIZE)",
                        d->config->name, d->config->train_crop_size);
    *n = (size_t)windows[0] * (size_t)windows[1] * (size_t)windows[2];
    return SFD_OK;
}

/* ------------------------------------------------------------------ features */

/* From where to where a window reaches along an axis: in a smaller map over every position that it
 * touches. */
static void window_reach(const sfd_head_desc *d, int pathway, int side, int at, int *first,
                         int *end)
{
    const int by = smaller_by(d, pathway), last = at + window_side(d, pathway, side) - 1;
    *first = at / by < side ? at / by : side - 1;
    *end = last / by < side ? last / by + 1 : side;
}

/* The mean of all frames of a window whose corner is at y, x. */
static void average_window(const sfd_head_desc *d, const sfd_head_run *run, int pathway,
                           const int at[2], float *out)
{
    const sfd_map *map = &run->maps[pathway];
    const size_t n = (size_t)map->channels;
    int first[2], end[2];
    for (int i = 0; i < 2; i++)
        window_reach(d, pathway, map->size[1 + i], at[i], &first[i], &end[i]);
    memset(out, 0, n * sizeof *out);
    for (int t = 0; t < map->size[0]; t++)
        for (int y = first[0]; y < end[0]; y++)
            for (int x = first[1]; x < end[1]; x++) {
                const size_t p =
                    ((size_t)t * (size_t)map->size[1] + (size_t)y) * (size_t)map->size[2] +
                    (size_t)x;
                run->kernels->add(out, (const float *)map->data + p * map->ld, n);
            }
    const float count =
        (float)map->size[0] * (float)(end[0] - first[0]) * (float)(end[1] - first[1]);
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
    const int at[2] = {(int)item / l->windows[2], (int)item % l->windows[2]};
    float *out = l->features + item * l->desc->n_features;
    for (int i = 0; i < l->desc->n_pathways; i++) {
        const int p = sfd_head_pathway(l->desc, i);
        average_window(l->desc, l->run, p, at, out);
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
        return sfd_notes_add(notes, err, "head: mean of the whole map; %d class%s",
                             d->config->num_classes, d->config->num_classes == 1 ? "" : "es");
    return sfd_notes_add(notes, err, "head: windows of %d pixels, mean of %s; %d class%s",
                         d->config->train_crop_size,
                         d->config->average_logits ? "logits" : "scores", d->config->num_classes,
                         d->config->num_classes == 1 ? "" : "es");
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
