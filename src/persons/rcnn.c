/* SPDX-License-Identifier: Apache-2.0 */
/* Faster R-CNN with FPN, as four code bases run it: the picture's graph, proposals, their features,
 * the head's graph, results. */
#include "base/alloc.h"
#include "base/error.h"
#include "persons/family.h"
#include "persons/person_class.h"
#include "persons/rcnn_graph.h"
#include "persons/rcnn_results.h"
#include "persons/roi_features.h"
#include "persons/rpn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_STEP 100 /* proposals by which the head's memory grows */

typedef struct rcnn {
    sfd_rcnn_config config;
    sfd_rcnn_convention convention;
    sfd_graph head;
    sfd_executable executable; /* of the head */
    int person;                /* which class */
    char description[256];
} rcnn;

/* What a finder keeps. */
typedef struct room {
    sfd_proposals_room proposals;
    sfd_rcnn_candidates candidates;
    sfd_executor head; /* for head_rows proposals */
    size_t head_rows;
} room;

/* ------------------------------------------------------------------ opening */

static bool recognise(const sfd_weights *w)
{
    return sfd_weights_find(w, "backbone.bottom_up.stem.conv1.weight") ||
           sfd_weights_find(w, "roi_heads.box_predictor.cls_score.weight");
}

/* torchvision's classes have COCO's numbers, of which ten are nothing. */
static sfd_status find_person(rcnn *r, const sfd_weights *w, sfd_error *err)
{
    const int n = r->config.n_outputs - 1;
    const int coco = r->convention.background_first && n != 80 ? 90 : 80;
    return sfd_person_class_find(&r->person, w, n, coco, "roi_heads.box_predictor.cls_score.weight",
                                 err);
}

static void describe_network(rcnn *r, const char *remark)
{
    const sfd_rcnn_config *c = &r->config;
    int n_layers = 2;
    for (int i = 0; i < SFD_RCNN_STAGES; i++)
        n_layers += 3 * c->n_blocks[i];
    char groups[32] = "";
    if (c->groups[0] > 1)
        snprintf(groups, sizeof groups, " (%dx%dd)", c->groups[0], c->width[0] / c->groups[0]);
    snprintf(r->description, sizeof r->description,
             "Faster R-CNN of %s: %s-%d%s with FPN, %d class%s%s%s%s", r->convention.name,
             c->groups[0] > 1 ? "ResNeXt" : "ResNet", n_layers, groups, c->n_outputs - 1,
             c->n_outputs == 2 ? "" : "es", *remark ? " (" : "", remark, *remark ? ")" : "");
}

static sfd_status build(sfd_graph *g, void **own, const sfd_weights *w, sfd_error *err)
{
    rcnn *r = sfd_calloc(1, sizeof *r);
    char remark[128];
    *own = r;
    if (!r)
        return sfd_fail_nomem(err, sfd_weights_origin(w));
    sfd_status status = sfd_rcnn_convention_of(&r->convention, remark, sizeof remark, w, err);
    if (status == SFD_OK)
        status = sfd_rcnn_infer(&r->config, w, err);
    if (status == SFD_OK)
        status = find_person(r, w, err);
    if (status != SFD_OK)
        return status;
    describe_network(r, remark);
    return sfd_rcnn_build(g, &r->config, &r->convention, sfd_weights_origin(w), err);
}

static sfd_status prepare(void *own, const sfd_prepare_settings *settings, sfd_error *err)
{
    rcnn *r = own;
    sfd_status status = sfd_rcnn_build_head(&r->head, &r->config, &r->convention,
                                            sfd_weights_origin(settings->weights), err);
    if (status != SFD_OK)
        return status;
    return sfd_executable_create(&r->executable, &r->head, SFD_RPN_PER_LEVEL * SFD_RCNN_CELLS,
                                 SFD_RCNN_CELLS, settings, err);
}

static void release(void *own)
{
    rcnn *r = own;
    if (!r)
        return;
    sfd_executable_free(&r->executable);
    sfd_graph_free(&r->head);
    free(r);
}

static const char *describe(const void *own)
{
    return ((const rcnn *)own)->description;
}

/* ------------------------------------------------------------------ running */

static void input_size(const void *own, int width, int height, int *in_width, int *in_height)
{
    const rcnn *r = own;
    const sfd_rcnn_sizes s = sfd_rcnn_sizes_of(&r->convention, width, height);
    *in_width = s.padded_width;
    *in_height = s.padded_height;
}

static sfd_status fill(const void *own, const sfd_rgb *picture, const sfd_map *input,
                       sfd_error *err)
{
    const rcnn *r = own;
    const sfd_rcnn_sizes s = sfd_rcnn_sizes_of(&r->convention, picture->width, picture->height);
    return sfd_rcnn_fill(&r->convention, &s, picture, input, err);
}

static void free_room(void *p)
{
    room *m = p;
    if (!m)
        return;
    sfd_executor_free(&m->head);
    free(m->candidates.boxes);
    free(m);
}

/* The head's memory for n proposals. */
static sfd_status fit_head(const rcnn *r, room *m, sfd_team *team, size_t n, sfd_error *err)
{
    const size_t rows = (n + HEAD_STEP - 1) / HEAD_STEP * HEAD_STEP;
    if (rows == m->head_rows)
        return SFD_OK;
    sfd_executor_free(&m->head);
    m->head_rows = 0;
    sfd_status status = sfd_executor_create(&m->head, &r->executable, (int)rows * SFD_RCNN_CELLS,
                                            SFD_RCNN_CELLS, SFD_PLAN_SHARE, team, err);
    if (status == SFD_OK)
        m->head_rows = rows;
    else
        sfd_executor_free(&m->head);
    return status;
}

/* Scores and boxes of the n proposals. */
static sfd_status run_head(const rcnn *r, room *m, const sfd_executor *e, size_t n,
                           sfd_rcnn_outputs *o, sfd_error *err)
{
    const sfd_scored_box *proposals = m->proposals.all[0];
    sfd_status status = fit_head(r, m, e->team, n, err);
    if (status != SFD_OK)
        return status;
    const sfd_map cells = sfd_executor_map(&m->head, r->head.inputs[0].tensor);
    const size_t cells_floats = SFD_RCNN_CELLS * SFD_RCNN_CELLS * cells.ld;
    sfd_roi_features(e, &r->convention, proposals, n, &cells);
    memset((float *)cells.data + n * cells_floats, 0,
           (m->head_rows - n) * cells_floats * sizeof(float));
    sfd_executor_run(&m->head, NULL);
    *o = (sfd_rcnn_outputs){proposals, n, sfd_executor_map(&m->head, r->head.outputs[0].tensor),
                            sfd_executor_map(&m->head, r->head.outputs[1].tensor)};
    return SFD_OK;
}

static sfd_status read(const void *own, const sfd_executor *e, const sfd_rgb *picture,
                       double threshold, void **kept, sfd_box_list *out, sfd_error *err)
{
    const rcnn *r = own;
    const sfd_rcnn_convention *v = &r->convention;
    const sfd_rcnn_sizes sizes = sfd_rcnn_sizes_of(v, picture->width, picture->height);
    sfd_rcnn_outputs o;
    if (!*kept)
        *kept = sfd_calloc(1, sizeof(room));
    room *m = *kept;
    if (!m)
        return sfd_fail_nomem(err, "finding persons");
    const size_t n = sfd_rpn_propose(&m->proposals, e, v, &sizes);
    if (n == 0)
        return SFD_OK;
    sfd_status status = run_head(r, m, e, n, &o, err);
    const int person = r->person + (v->background_first ? 1 : 0);
    return status == SFD_OK
               ? sfd_rcnn_results(v, &sizes, &o, person, threshold, &m->candidates, out, err)
               : status;
}

const sfd_person_family sfd_person_rcnn = {.name = "Faster R-CNN",
                                           .recognise = recognise,
                                           .build = build,
                                           .release = release,
                                           .prepare = prepare,
                                           .describe = describe,
                                           .input_size = input_size,
                                           .fill = fill,
                                           .read = read,
                                           .free_room = free_room};
