/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy placement: each plate takes the cheapest of a few usual places round its box; where all of
 * them hit another plate or a head, the cheapest place of the whole picture. */
#include "media/layout.h"

/* Prices of a covered pixel. */
#define COST_SPOILT    1000 /* of another plate, of a head */
#define COST_OTHER_BOX 3
#define COST_OWN_BOX   2
/* A pixel of distance costs as much as covering this many pixels of another's box. */
#define COST_DISTANCE 40
/* The usual places are listed from best to worst. */
#define COST_RANK 20
/* Looking everywhere, in comparisons of two rectangles for one plate. Up to 50 boxes the grid is as
 * fine as that of one box. */
#define MAX_COMPARISONS 320000

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t span_overlap(int64_t a, int64_t a_size, int64_t b, int64_t b_size)
{
    int64_t start = larger(a, b), end_a = a + a_size, end_b = b + b_size;
    return larger((end_a < end_b ? end_a : end_b) - start, 0);
}

int64_t sfd_rect_overlap(const sfd_rect *a, const sfd_rect *b)
{
    return span_overlap(a->x, a->width, b->x, b->width) *
           span_overlap(a->y, a->height, b->y, b->height);
}

static int64_t span_distance(int64_t a, int64_t a_size, int64_t b, int64_t b_size)
{
    return larger(larger(b - (a + a_size), a - (b + b_size)), 0);
}

int64_t sfd_rect_distance(const sfd_rect *a, const sfd_rect *b)
{
    return span_distance(a->x, a->width, b->x, b->width) +
           span_distance(a->y, a->height, b->y, b->height);
}

sfd_rect sfd_head_of(const sfd_rect *b)
{
    const int width = (int)larger(b->width * 6LL / 10, 1);
    const int high = (int)(b->height * 4LL / 10), height = width < high ? width : high;
    return (sfd_rect){b->x + (b->width - width) / 2, b->y, width, (int)larger(height, 1)};
}

typedef struct scene {
    sfd_rect *plates;
    const sfd_rect *boxes;
    const sfd_rect *heads; /* of the boxes */
    size_t n;
    int width, height;
} scene;

/* Plates are placed in order: only those before plate i lie where they will stay. */
static int64_t spoilt(const scene *s, size_t i, const sfd_rect *at)
{
    int64_t area = 0;
    for (size_t k = 0; k < i; k++)
        area += sfd_rect_overlap(at, &s->plates[k]);
    for (size_t k = 0; k < s->n; k++)
        area += sfd_rect_overlap(at, &s->heads[k]);
    return area;
}

/* What a place costs, or something from `limit` on: most places are too far away at first sight. */
static int64_t cost(const scene *s, size_t i, const sfd_rect *at, int64_t limit)
{
    int64_t sum = COST_OTHER_BOX * COST_DISTANCE * sfd_rect_distance(at, &s->boxes[i]);
    for (size_t k = 0; k < i && sum < limit; k++)
        sum += COST_SPOILT * sfd_rect_overlap(at, &s->plates[k]);
    for (size_t k = 0; k < s->n && sum < limit; k++)
        sum += COST_SPOILT * sfd_rect_overlap(at, &s->heads[k]) +
               (k == i ? COST_OWN_BOX : COST_OTHER_BOX) * sfd_rect_overlap(at, &s->boxes[k]);
    return sum;
}

static int clamp(int v, int high)
{
    return v > high ? high : v < 0 ? 0 : v;
}

static sfd_rect moved(const scene *s, size_t i, int x, int y)
{
    sfd_rect r = s->plates[i];
    r.x = clamp(x, s->width - r.width);
    r.y = clamp(y, s->height - r.height);
    return r;
}

typedef struct choice {
    sfd_rect at;
    int64_t cost;
} choice;

static void consider(choice *best, const scene *s, size_t i, int x, int y, int64_t extra)
{
    sfd_rect at = moved(s, i, x, y);
    int64_t c = cost(s, i, &at, best->cost - extra) + extra;
    if (c < best->cost)
        *best = (choice){at, c};
}

static void consider_usual(choice *best, const scene *s, size_t i)
{
    const sfd_rect *b = &s->boxes[i], *p = &s->plates[i];
    int left = b->x, right = b->x + b->width, top = b->y, bottom = b->y + b->height;
    const int places[][2] = {
        {left, top - p->height},             /* above, flush left */
        {right - p->width, top - p->height}, /* above, flush right */
        {right, top},                        /* beside the upper part */
        {left - p->width, top},
        {left, bottom}, /* below */
        {right - p->width, bottom},
        {right, bottom - p->height}, /* beside the lower part */
        {left - p->width, bottom - p->height},
        {left, top}, /* inside */
        {right - p->width, top},
        {left, bottom - p->height},
        {right - p->width, bottom - p->height},
    };
    for (size_t k = 0; k < sizeof places / sizeof *places; k++)
        consider(best, s, i, places[k][0], places[k][1], (int64_t)k * COST_RANK);
}

static int64_t n_steps(int size, int step)
{
    return (size + step - 1) / step;
}

static void consider_everywhere(choice *best, const scene *s, size_t i)
{
    int step = s->height / 64 + 4;
    while (n_steps(s->width, step) * n_steps(s->height, step) * (int64_t)s->n > MAX_COMPARISONS)
        step += step / 4;
    for (int y = 0; y < s->height; y += step)
        for (int x = 0; x < s->width; x += step)
            consider(best, s, i, x, y, 0);
}

int64_t sfd_place_plates(sfd_rect *plates, const sfd_rect *boxes, size_t n, int width, int height,
                         bool anyhow)
{
    sfd_rect heads[SFD_CAREFUL_PLATES];
    const scene s = {plates, boxes, heads, n, width, height};
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        heads[i] = sfd_head_of(&boxes[i]);
    for (size_t i = 0; i < n && (anyhow || sum == 0); i++) {
        if (plates[i].width == 0)
            continue;
        choice best = {plates[i], INT64_MAX};
        consider_usual(&best, &s, i);
        if (spoilt(&s, i, &best.at) > 0)
            consider_everywhere(&best, &s, i);
        plates[i] = best.at;
        sum += spoilt(&s, i, &best.at);
    }
    return sum;
}
