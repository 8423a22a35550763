/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/rpn.h"

#include "persons/anchors.h"
#include "persons/box_coder.h"

#include <math.h>
#include <string.h>

#define NMS_IOU 0.7F

typedef struct proposing {
    sfd_proposals_room *room;
    const sfd_executor *executor;
    const sfd_rcnn_convention *v;
    const sfd_rcnn_sizes *sizes;
} proposing;

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* An anchor of a level: its number, counted position by position, and what it is ranked by. */
typedef struct ranked {
    float rank;
    uint32_t place;
} ranked;

static bool is_worse(ranked a, ranked b)
{
    return a.rank < b.rank || (a.rank == b.rank && a.place > b.place);
}

/* A heap of the best so far, the worst of them on top. */
typedef struct best {
    ranked items[SFD_RPN_PER_LEVEL];
    size_t n;
} best;

static void sink(best *h, size_t i)
{
    const ranked item = h->items[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= h->n)
            break;
        if (child + 1 < h->n && is_worse(h->items[child + 1], h->items[child]))
            child++;
        if (!is_worse(h->items[child], item))
            break;
        h->items[i] = h->items[child];
        i = child;
    }
    h->items[i] = item;
}

static void rise(best *h, size_t i)
{
    const ranked item = h->items[i];
    for (size_t parent; i > 0 && is_worse(item, h->items[parent = (i - 1) / 2]); i = parent)
        h->items[i] = h->items[parent];
    h->items[i] = item;
}

static void offer(best *h, ranked r)
{
    if (h->n < SFD_RPN_PER_LEVEL) {
        h->items[h->n++] = r;
        rise(h, h->n - 1);
    } else if (is_worse(h->items[0], r)) {
        h->items[0] = r;
        sink(h, 0);
    }
}

/* The best anchors' places, best first; those whose logit is no number are never among them. */
static size_t choose(const sfd_map *logits, bool by_sigmoid, uint32_t *places)
{
    best h = {.n = 0};
    const size_t n = sfd_map_positions(logits);
    for (size_t p = 0; p < n; p++) {
        const float *at = (const float *)logits->data + p * logits->ld;
        for (size_t a = 0; a < SFD_RCNN_ANCHORS; a++)
            if (isfinite(at[a]))
                offer(&h, (ranked){by_sigmoid ? sigmoid(at[a]) : at[a],
                                   (uint32_t)(p * SFD_RCNN_ANCHORS + a)});
    }
    const size_t n_chosen = h.n;
    while (h.n > 0) {
        places[h.n - 1] = h.items[0].place;
        h.items[0] = h.items[--h.n];
        sink(&h, 0);
    }
    return n_chosen;
}

/* The box at an anchor, cut to the picture. */
static sfd_box_px propose(const proposing *p, const sfd_anchors *anchors, const sfd_map *deltas,
                          uint32_t place)
{
    const sfd_rcnn_convention *v = p->v;
    const sfd_box_coder coder = {{1, 1}, v->plus_one, v->clamp_shrinking};
    const uint32_t position = place / SFD_RCNN_ANCHORS, ratio = place % SFD_RCNN_ANCHORS;
    const int width = deltas->size[2];
    const sfd_box_px anchor =
        sfd_anchors_at(anchors, (int)ratio, (int)position % width, (int)position / width);
    const float *at = (const float *)deltas->data + position * deltas->ld + (size_t)4 * ratio;
    sfd_box_px b = sfd_box_decode(&coder, &anchor, at);
    /* what is no number is dropped by its length */
    if (v->plus_one)
        sfd_box_px_clip(&b, (float)p->sizes->padded_width, (float)p->sizes->padded_height, true);
    else
        sfd_box_px_clip(&b, (float)p->sizes->in_width, (float)p->sizes->in_height, false);
    return b;
}

static void propose_level(void *user, size_t level, int thread)
{
    const proposing *p = user;
    const sfd_graph *g = p->executor->executable->graph;
    const sfd_map logits =
        sfd_executor_map(p->executor, g->outputs[SFD_RCNN_OUT_LOGITS + level].tensor);
    const sfd_map deltas =
        sfd_executor_map(p->executor, g->outputs[SFD_RCNN_OUT_DELTAS + level].tensor);
    const sfd_anchors anchors =
        sfd_anchors_make(p->v->anchors, (int)level, logits.size[2], logits.size[1],
                         p->sizes->padded_width, p->sizes->padded_height);
    uint32_t *places = p->room->places[level];
    sfd_scored_box *boxes = p->room->boxes[level];
    const size_t n = choose(&logits, p->v->ranking == SFD_RCNN_RANK_SIGMOID, places);
    size_t n_boxes = 0;
    (void)thread;
    for (size_t i = 0; i < n; i++) {
        const uint32_t position = places[i] / SFD_RCNN_ANCHORS,
                       ratio = places[i] % SFD_RCNN_ANCHORS;
        const float logit = ((const float *)logits.data)[position * logits.ld + ratio];
        const sfd_box_px box = propose(p, &anchors, &deltas, places[i]);
        if (sfd_box_px_is_long(&box, p->v->least_proposal_side))
            boxes[n_boxes++] = (sfd_scored_box){
                box, p->v->ranking == SFD_RCNN_RANK_LOGITS ? logit : sigmoid(logit), (int)level};
    }
    const sfd_nms_rule rule = {NMS_IOU, p->v->plus_one, SFD_RPN_PER_LEVEL};
    p->room->n[level] = sfd_nms(&rule, boxes, n_boxes, p->room->areas[level]);
}

size_t sfd_rpn_propose(sfd_proposals_room *room, const sfd_executor *e,
                       const sfd_rcnn_convention *v, const sfd_rcnn_sizes *sizes)
{
    proposing p = {room, e, v, sizes};
    size_t n = 0;
    sfd_team_for(e->team, SFD_RCNN_LEVELS, propose_level, &p);
    for (size_t level = 0; level < SFD_RCNN_LEVELS; level++) {
        memcpy(room->all[0] + n, room->boxes[level], room->n[level] * sizeof *room->boxes[level]);
        n += room->n[level];
    }
    sfd_scored_sort(room->all[0], n, room->all[1]);
    return n < SFD_RPN_PER_LEVEL ? n : SFD_RPN_PER_LEVEL;
}
