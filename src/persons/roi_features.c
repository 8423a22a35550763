/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/roi_features.h"

#include "kernels/roi/roi_align.h"
#include "persons/box_coder.h"

#include <math.h>

#define FIRST_LEVEL 2 /* P2 */

int sfd_roi_level(const sfd_rcnn_convention *v, const sfd_box_px *box)
{
    const float side = sqrtf(sfd_box_px_area(box, v->plus_one));
    float level = 0;
    switch (v->levels) {
    case SFD_RCNN_LEVEL_EPS_IN_LOG:
        level = floorf(4 + log2f(side / 224 + v->level_eps)) - FIRST_LEVEL;
        break;
    case SFD_RCNN_LEVEL_EPS_OUTSIDE:
        level = floorf(4 + log2f(side / 224) + v->level_eps) - FIRST_LEVEL;
        break;
    case SFD_RCNN_LEVEL_FROM_FINEST:
        level = floorf(log2f(side / 56 + v->level_eps));
        break;
    }
    return level > 0 ? (int)fminf(level, SFD_RCNN_ROI_LEVELS - 1) : 0;
}

typedef struct filling {
    const sfd_kernels *kernels;
    sfd_roi_map maps[SFD_RCNN_ROI_LEVELS];
    sfd_roi_settings settings[SFD_RCNN_ROI_LEVELS];
    const sfd_rcnn_convention *v;
    const sfd_scored_box *boxes;
    float *cells;
    size_t ld;
} filling;

static void fill_box(void *user, size_t i, int thread)
{
    const filling *f = user;
    const sfd_box_px *box = &f->boxes[i].box;
    const int level = sfd_roi_level(f->v, box);
    (void)thread;
    sfd_roi_align(f->kernels, &f->maps[level], &f->settings[level], box,
                  f->cells + i * (size_t)(SFD_RCNN_CELLS * SFD_RCNN_CELLS) * f->ld, f->ld);
}

void sfd_roi_features(const sfd_executor *e, const sfd_rcnn_convention *v,
                      const sfd_scored_box *boxes, size_t n, const sfd_map *cells)
{
    const sfd_graph *g = e->executable->graph;
    filling f = {.kernels = e->executable->kernels,
                 .v = v,
                 .boxes = boxes,
                 .cells = cells->data,
                 .ld = cells->ld};
    for (int i = 0; i < SFD_RCNN_ROI_LEVELS; i++) {
        const sfd_map m = sfd_executor_map(e, g->outputs[SFD_RCNN_OUT_MAPS + i].tensor);
        f.maps[i] = (sfd_roi_map){m.data, m.size[1], m.size[2], m.channels, m.ld};
        f.settings[i] = (sfd_roi_settings){.scale = 1 / (float)(SFD_RCNN_FIRST_STRIDE << i),
                                           .cells = SFD_RCNN_CELLS,
                                           .aligned = v->aligned,
                                           .sampling = v->sampling};
    }
    sfd_team_for(e->team, n, fill_box, &f);
}
