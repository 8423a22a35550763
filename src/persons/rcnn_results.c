/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/rcnn_results.h"

#include "base/alloc.h"
#include "base/error.h"
#include "persons/box_coder.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_SCORE    0.05F /* of a detection, exclusive */
#define NMS_IOU        0.5F
#define MAX_DETECTIONS 100

typedef struct reading {
    const sfd_rcnn_convention *v;
    const sfd_rcnn_sizes *sizes;
    const sfd_rcnn_outputs *o;
    double threshold;
    sfd_rcnn_candidates *found;
} reading;

/* The box of a class, in pixels of the picture. False when it is too small. */
static bool decode(const reading *r, size_t i, int class, sfd_box_px *box)
{
    const sfd_rcnn_convention *v = r->v;
    const sfd_rcnn_sizes *s = r->sizes;
    const sfd_box_coder coder = {{10, 5}, v->plus_one, v->clamp_shrinking};
    const float *deltas = (const float *)r->o->boxes.data + i * r->o->boxes.ld + 4 * (size_t) class;
    const sfd_box_px *from = &r->o->proposals[i].box;
    if (v->plus_one) { /* pixels do not scale: the proposal is brought back first */
        const sfd_box_px back = sfd_rcnn_box_back(v, s, from);
        *box = sfd_box_decode(&coder, &back, deltas);
        sfd_box_px_clip(box, (float)s->width, (float)s->height, true);
        return true;
    }
    sfd_box_px b = sfd_box_decode(&coder, from, deltas);
    sfd_box_px_clip(&b, (float)s->in_width, (float)s->in_height, false);
    *box = sfd_rcnn_box_back(v, s, &b);
    return sfd_box_px_is_long(&b, v->least_side);
}

static sfd_status add_candidate(const reading *r, size_t i, int class, float score, sfd_error *err)
{
    sfd_rcnn_candidates *f = r->found;
    sfd_scored_box c = {.score = score, .level = class};
    if (!decode(r, i, class, &c.box))
        return SFD_OK;
    if (!sfd_grow(&f->boxes, &f->n_alloc, f->n, sizeof *f->boxes))
        return sfd_fail_nomem(err, "finding persons");
    f->boxes[f->n++] = c;
    return SFD_OK;
}

/* The classes that proposal i shows. With a logit that is no number it shows none. */
static sfd_status read_row(const reading *r, size_t i, sfd_error *err)
{
    const sfd_map *m = &r->o->classes;
    const float *logits = (const float *)m->data + i * m->ld;
    const int n = m->channels, background = r->v->background_first ? 0 : n - 1;
    float most = logits[0], sum = 0;
    for (int k = 1; k < n; k++)
        most = logits[k] > most ? logits[k] : most;
    for (int k = 0; k < n; k++)
        sum += expf(logits[k] - most);
    sfd_status status = SFD_OK;
    for (int k = 0; status == SFD_OK && k < n; k++) {
        const float score = expf(logits[k] - most) / sum;
        if (k != background && score > LEAST_SCORE && (double)score >= r->threshold)
            status = add_candidate(r, i, k, score, err);
    }
    return status;
}

/* Suppression within each class, of which the hundred best detections are wanted. */
static sfd_status thin_out(const reading *r, sfd_error *err)
{
    sfd_rcnn_candidates *f = r->found;
    const sfd_nms_rule rule = {NMS_IOU, r->v->plus_one, MAX_DETECTIONS};
    sfd_scored_box *scratch = sfd_malloc_array(f->n, sizeof *scratch);
    float areas[MAX_DETECTIONS];
    if (!scratch)
        return sfd_fail_nomem(err, "finding persons");
    sfd_scored_sort(f->boxes, f->n, scratch);
    free(scratch);
    f->n = sfd_nms(&rule, f->boxes, f->n, areas);
    return SFD_OK;
}

sfd_status sfd_rcnn_results(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *sizes,
                            const sfd_rcnn_outputs *o, int person, double threshold,
                            sfd_rcnn_candidates *room, sfd_box_list *out, sfd_error *err)
{
    const reading r = {v, sizes, o, threshold, room};
    sfd_status status = SFD_OK;
    room->n = 0;
    for (size_t i = 0; status == SFD_OK && i < o->n; i++)
        status = read_row(&r, i, err);
    if (status == SFD_OK && room->n > 0)
        status = thin_out(&r, err);
    for (size_t i = 0; status == SFD_OK && i < room->n; i++)
        if (room->boxes[i].level == person)
            status = sfd_box_list_add(out, &room->boxes[i].box, room->boxes[i].score, err);
    return status;
}
