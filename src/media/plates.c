/* SPDX-License-Identifier: Apache-2.0 */
/* Labels are placed as large and as many as leave plates and heads free; where that cannot be, they
 * get smaller, then fewer. */
#include "media/plates.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/text_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_TEXT_PX 9.0

/* From the fullest to the scarcest. */
static const struct level {
    double size; /* of the usual one */
    size_t max_lines;
} levels[] = {{1, SIZE_MAX}, {0.85, SIZE_MAX}, {0.72, SIZE_MAX}, {0.72, 3}, {0.72, 2}, {0.72, 1}};

#define N_LEVELS (sizeof levels / sizeof *levels)
#define N_SIZES  3 /* levels with all labels */

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* NaN becomes 0. */
static int to_pixel(double fraction, int size)
{
    double v = fraction * size;
    return v >= size ? size : v > 0 ? (int)(v + 0.5) : 0;
}

sfd_rect sfd_box_in_pixels(const sfd_box_norm *b, int width, int height)
{
    int x0 = smaller(to_pixel(b->x1, width), width - 1);
    int y0 = smaller(to_pixel(b->y1, height), height - 1);
    int x1 = to_pixel(b->x2, width), y1 = to_pixel(b->y2, height);
    return (sfd_rect){x0, y0, larger(x1 - x0, 1), larger(y1 - y0, 1)};
}

int sfd_plate_padding(const sfd_pen *pen)
{
    return larger(pen->line_height_px / 4, 2);
}

static size_t n_wanted(const sfd_plates *p, const sfd_annotation *a)
{
    return a->n_lines < p->max_lines ? a->n_lines : p->max_lines;
}

size_t sfd_plate_rows(const sfd_plates *p, const sfd_pen *pen, const sfd_annotation *a)
{
    const int room = p->height - 2 * sfd_plate_padding(pen);
    const size_t fit = room > 0 ? (size_t)(room / pen->line_height_px) : 0, n = n_wanted(p, a);
    return n < fit ? n : fit;
}

const char *sfd_plate_text(const sfd_plates *p, const sfd_annotation *a, size_t i, size_t n)
{
    return i + 1 == n && n < n_wanted(p, a) ? "\xE2\x80\xA6" : a->lines[i].text;
}

static sfd_rect plate_size(const sfd_plates *p, const sfd_pen *pen, const sfd_annotation *a)
{
    sfd_text_line t;
    float width = 0;
    const int padding = sfd_plate_padding(pen);
    const size_t n = sfd_plate_rows(p, pen, a);
    for (size_t i = 0; i < n; i++) {
        sfd_text_line_set(&t, pen, sfd_plate_text(p, a, i, n), (float)(p->width - 2 * padding - 1));
        width = t.width > width ? t.width : width;
    }
    const sfd_rect r = {0, 0, (int)ceilf(width) + 2 * padding,
                        (int)n * pen->line_height_px + 2 * padding};
    return n > 0 && r.width <= p->width ? r : (sfd_rect){0};
}

/* ------------------------------------------------------------------ a crowd */

typedef struct sized_box {
    int64_t area;
    size_t index;
} sized_box;

static int by_area(const void *pa, const void *pb)
{
    const sized_box *a = pa, *b = pb;
    if (a->area != b->area)
        return a->area > b->area ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static int by_index(const void *pa, const void *pb)
{
    const sized_box *a = pa, *b = pb;
    return (a->index > b->index) - (a->index < b->index);
}

/* A picture has no room for the labels of more than SFD_CAREFUL_PLATES persons: those of the
 * nearest, which are the largest, are shown. Returns how many. */
static size_t choose_boxes(const sfd_plates *p, sized_box *chosen)
{
    for (size_t i = 0; i < p->n; i++)
        chosen[i] = (sized_box){(int64_t)p->boxes[i].width * p->boxes[i].height, i};
    if (p->n <= SFD_CAREFUL_PLATES)
        return p->n;
    qsort(chosen, p->n, sizeof *chosen, by_area);
    qsort(chosen, SFD_CAREFUL_PLATES, sizeof *chosen, by_index);
    return SFD_CAREFUL_PLATES;
}

/* ---------------------------------------------------------------- placement */

static double text_size(const sfd_plates *p, double share)
{
    return fmax((MIN_TEXT_PX + 0.0165 * smaller(p->width, p->height)) * share, MIN_TEXT_PX);
}

/* Boxes with labels, at most SFD_CAREFUL_PLATES, and what becomes of them. */
typedef struct scene {
    const sfd_annotation *list;
    const sized_box *chosen;
    size_t n;
    sfd_rect boxes[SFD_CAREFUL_PLATES], plates[SFD_CAREFUL_PLATES];
} scene;

/* Places all at a level; returns the area that is spoilt, and how far plates lie from their boxes.
 */
static int64_t try_level(sfd_plates *p, scene *s, sfd_pen *pen, const sfd_font *font, size_t level,
                         int64_t *farthest)
{
    p->text_px = text_size(p, levels[level].size);
    p->max_lines = levels[level].max_lines;
    sfd_pen_clear(pen);
    sfd_pen_init(pen, font, p->text_px);
    for (size_t i = 0; i < s->n; i++) {
        s->boxes[i] = p->boxes[s->chosen[i].index];
        s->plates[i] = plate_size(p, pen, &s->list[s->chosen[i].index]);
    }
    const int64_t spoilt =
        sfd_place_plates(s->plates, s->boxes, s->n, p->width, p->height, level + 1 == N_LEVELS);
    *farthest = 0;
    for (size_t i = 0; i < s->n && spoilt == 0; i++) {
        const int64_t distance = sfd_rect_distance(&s->plates[i], &s->boxes[i]);
        if (s->plates[i].width > 0 && distance > *farthest)
            *farthest = distance;
    }
    return spoilt;
}

/* The fullest level that spoils nothing; one with smaller text where that brings plates nearer to
 * their boxes. */
static void place(sfd_plates *p, scene *s, sfd_pen *pen, const sfd_font *font)
{
    size_t best = N_LEVELS, level = 0;
    int64_t least = INT64_MAX, farthest;
    for (; level < N_LEVELS && (best == N_LEVELS || level < N_SIZES); level++) {
        if (try_level(p, s, pen, font, level, &farthest) == 0 && farthest < least) {
            best = level;
            least = farthest;
        }
        if (best == level && farthest <= pen->line_height_px)
            break;
    }
    if (best < N_LEVELS && best != level)
        try_level(p, s, pen, font, best, &farthest);
    for (size_t i = 0; i < s->n; i++)
        p->plates[s->chosen[i].index] = s->plates[i];
}

sfd_status sfd_plates_place(sfd_plates **out, int width, int height, const sfd_font *font,
                            const sfd_annotation *list, size_t n, sfd_error *err)
{
    sfd_plates *p = sfd_calloc(1, sizeof *p);
    sized_box *chosen = sfd_malloc_array(n, sizeof *chosen);
    scene *s = sfd_calloc(1, sizeof *s);
    sfd_pen *pen = sfd_calloc(1, sizeof *pen);
    *out = NULL;
    if (p) {
        *p = (sfd_plates){.n = n, .width = width, .height = height};
        p->boxes = sfd_calloc(n, sizeof *p->boxes);
        p->plates = sfd_calloc(n, sizeof *p->plates);
    }
    if (p && p->boxes && p->plates && chosen && s && pen) {
        for (size_t i = 0; i < n; i++)
            p->boxes[i] = sfd_box_in_pixels(&list[i].box, width, height);
        s->list = list;
        s->chosen = chosen;
        s->n = choose_boxes(p, chosen);
        place(p, s, pen, font);
        sfd_pen_clear(pen);
        *out = p;
    } else {
        sfd_plates_free(p);
    }
    free(chosen);
    free(s);
    free(pen);
    return *out ? SFD_OK : sfd_fail_nomem(err, "drawing labels");
}

void sfd_plates_free(sfd_plates *p)
{
    if (!p)
        return;
    free(p->boxes);
    free(p->plates);
    free(p);
}
