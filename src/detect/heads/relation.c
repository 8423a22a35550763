/* SPDX-License-Identifier: Apache-2.0 */
/* C. Sun et al., "Actor-Centric Relation Network", ECCV 2018, as MMAction2's ACRNHead: each box's
 * features are laid beside every position of the map without time, and convolutions over that
 * (backbone/relation.c) give the features that are classified, their maximum over the map. */
#include "base/error.h"
#include "detect/head.h"
#include "detect/heads/pool_time.h"
#include "detect/heads/roi.h"

#include <string.h>

static bool fits(const sfd_net_config *c)
{
    return c->detection && c->relation_convs > 0;
}

static size_t n_features(const sfd_net_config *c, size_t n_channels)
{
    (void)n_channels;
    return (size_t)c->relation_channels;
}

/* Channels of all pathways, which are those of a box's features before the relation. */
static size_t n_channels(const sfd_head_desc *d, const sfd_map *maps)
{
    size_t n = 0;
    for (int p = 0; p < d->n_pathways; p++)
        n += (size_t)maps[p].channels;
    return n;
}

/* Behind what the RoI head wants, a box's features. */
static sfd_head_memory memory(const sfd_head_desc *d, const sfd_map *maps)
{
    sfd_head_memory m = sfd_roi_head.memory(d, maps);
    m.shared += n_channels(d, maps);
    return m;
}

static sfd_status n_rows(size_t *n, const sfd_head_desc *d, const sfd_map *maps,
                         const sfd_box_px *boxes, size_t n_boxes, sfd_error *err)
{
    for (int p = 1; p < d->n_pathways; p++)
        if (maps[p].size[1] != maps[0].size[1] || maps[p].size[2] != maps[0].size[2])
            return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                            "%s: a relation over pathways' maps of different sizes",
                            d->config->name);
    return sfd_roi_head.n_rows(n, d, maps, boxes, n_boxes, err);
}

/* ------------------------------------------------------------------ features */

/* The graph's input: at each position the box's features, then those of all pathways' maps. */
static void fill_input(const sfd_head_desc *d, const sfd_head_run *run, const float *box,
                       size_t n_box)
{
    const sfd_map to =
        sfd_executor_map(run->relation, run->relation->executable->graph->inputs[0].tensor);
    const size_t positions = (size_t)to.size[1] * (size_t)to.size[2];
    for (size_t i = 0; i < positions; i++) {
        float *out = (float *)to.data + i * to.ld;
        const float *pooled = run->shared;
        memcpy(out, box, n_box * sizeof *out);
        out += n_box;
        for (int p = 0; p < d->n_pathways; p++) {
            const size_t n = (size_t)run->maps[p].channels;
            memcpy(out, pooled + i * n, n * sizeof *out);
            pooled += positions * n;
            out += n;
        }
    }
}

static void take_maximum(const sfd_head_run *run, float *out, size_t n)
{
    const sfd_map from =
        sfd_executor_map(run->relation, run->relation->executable->graph->outputs[0].tensor);
    const size_t positions = (size_t)from.size[1] * (size_t)from.size[2];
    memcpy(out, from.data, n * sizeof *out);
    for (size_t i = 1; i < positions; i++)
        run->kernels->max(out, (const float *)from.data + i * from.ld, n);
}

static void features(const sfd_head_desc *d, const sfd_head_run *run, float *out)
{
    const size_t n_box = n_channels(d, run->maps);
    sfd_head_desc roi = *d;
    sfd_head_run one = *run;
    float *box = run->shared;
    for (int p = 0; p < d->n_pathways; p++)
        box += sfd_pooled_floats(&run->maps[p]);
    roi.n_features = n_box;
    one.n_boxes = 1;
    for (size_t i = 0; i < run->n_boxes; i++) {
        one.boxes = &run->boxes[i];
        sfd_roi_head.features(&roi, &one, box);
        fill_input(d, run, box, n_box);
        sfd_executor_run(run->relation, NULL);
        take_maximum(run, out + i * d->n_features, d->n_features);
    }
}

static sfd_status remark(const sfd_head_desc *d, sfd_notes *notes, sfd_error *err)
{
    const sfd_status status = sfd_roi_head.remark(d, notes, err);
    return status == SFD_OK
               ? sfd_notes_add(notes, err,
                               "relation (ACRN), for each box: %d convolution%s of "
                               "3x3 over it beside the map, %d channels; listed and counted once",
                               d->config->relation_convs, d->config->relation_convs > 1 ? "s" : "",
                               d->config->relation_channels)
               : status;
}

const sfd_head_kind sfd_relation_head = {
    .name = "RoI head with a relation",
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
