/* SPDX-License-Identifier: Apache-2.0 */
/* Training the classification head: a training crop makes one window. */
#include "base/error.h"
#include "detect/heads/pool_time.h"
#include "train/heads/head.h"

#include <string.h>

/* Inference averages over windows of TRAIN_CROP_SIZE / 32: training must see the same one. */
static sfd_status check(const sfd_head_desc *d, const sfd_map *maps, sfd_error *err)
{
    size_t n_windows;
    if (d->kind->n_rows(&n_windows, d, maps, NULL, 0, NULL) == SFD_OK && n_windows == 1)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                    "%s: the last maps of a training crop of %d pixels measure %dx%d, the "
                    "classifier's window %d: TRAIN_CROP_SIZE must be a multiple of 32 and the "
                    "strides make 32",
                    d->config->name, d->config->train_crop_size, maps[0].size[2], maps[0].size[1],
                    d->config->train_crop_size / 32);
}

static size_t n_positions(const sfd_map *map)
{
    return (size_t)map->size[1] * (size_t)map->size[2];
}

static void forward(const sfd_head_desc *d, const sfd_head_run *run, float *features)
{
    for (int i = 0; i < d->n_pathways; i++) {
        const sfd_map *map = &run->maps[sfd_head_pathway(d, i)];
        const size_t n = (size_t)map->channels, positions = n_positions(map);
        sfd_pool_time(run->kernels, map, false, run->team, run->shared);
        memset(features, 0, n * sizeof *features);
        for (size_t k = 0; k < positions; k++)
            run->kernels->add_scaled(features, run->shared + k * n, 1 / (float)positions, n);
        features += n;
    }
}

static void backward(const sfd_head_desc *d, const sfd_head_gradient *g)
{
    const float *d_features = g->d_features;
    for (int k = 0; k < d->n_pathways; k++) {
        const int p = sfd_head_pathway(d, k);
        const size_t n = (size_t)g->maps[p].channels, positions = n_positions(&g->maps[p]);
        for (size_t i = 0; i < positions; i++)
            g->kernels->add_scaled(g->d_pooled[p] + i * n, d_features, 1 / (float)positions, n);
        d_features += n;
    }
}

const sfd_train_head_kind sfd_train_clip_head = {
    .kind = &sfd_clip_head,
    .whole_videos = true,
    .check = check,
    .forward = forward,
    .backward = backward,
};
