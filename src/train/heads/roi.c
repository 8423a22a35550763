/* SPDX-License-Identifier: Apache-2.0 */
/* Training the RoI head: its features are those of inference. */
#include "detect/heads/roi.h"

#include "base/error.h"
#include "train/heads/head.h"

static sfd_status check(const sfd_head_desc *d, const sfd_map *maps, sfd_error *err)
{
    const sfd_net_config *c = d->config;
    (void)maps;
    if (!c->temporal_max && !c->temporal_max_roi && !c->global_context)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                    "%s: heads with %s can run, but not be trained; freeze the backbone", c->name,
                    c->temporal_max || c->temporal_max_roi ? "a maximum over time"
                                                           : "global context");
}

static void forward(const sfd_head_desc *d, const sfd_head_run *run, float *features)
{
    d->kind->features(d, run, features);
}

static void backward(const sfd_head_desc *d, const sfd_head_gradient *g)
{
    for (size_t i = 0; i < g->n_rows; i++) {
        size_t at = i * d->n_features;
        for (int p = 0; p < d->n_pathways; p++) {
            const sfd_roi_map map = sfd_roi_head_map(&g->maps[p], NULL);
            const sfd_roi_settings settings = sfd_roi_head_settings(d, p);
            sfd_roi_align_max_backward(g->kernels, &map, &settings, &g->boxes[i], g->winners + at,
                                       g->d_features + at, g->d_pooled[p], g->scratch);
            at += (size_t)map.channels;
        }
    }
}

const sfd_train_head_kind sfd_train_roi_head = {
    .kind = &sfd_roi_head,
    .check = check,
    .forward = forward,
    .backward = backward,
};
