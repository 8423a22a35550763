/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations: boxes first, then the ties of plates that lie elsewhere, then plates on top. */
#include "media/draw.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/paint.h"
#include "media/plates.h"
#include "media/text_line.h"

#include <stdlib.h>

#define PLATE_OPACITY   190 /* of 255 */
#define OUTLINE_OPACITY 110
/* So many boxes are kept apart and have a rim; of more nobody sees the difference. */
#define MAX_FINE 1024

static const sfd_colour black = {0, 0, 0}, white = {255, 255, 255};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static sfd_rect inset(sfd_rect r, int by)
{
    return (sfd_rect){r.x + by, r.y + by, r.width - 2 * by, r.height - 2 * by};
}

/* A dark rim on both sides keeps the line visible on any ground. */
static void draw_box(sfd_picture *p, sfd_rect box, int line, sfd_colour c, bool rim)
{
    if (rim)
        sfd_paint_frame(p, inset(box, -1), 1, black, OUTLINE_OPACITY);
    sfd_paint_frame(p, box, line, c, 255);
    if (rim && box.width > 2 * line + 2 && box.height > 2 * line + 2)
        sfd_paint_frame(p, inset(box, line), 1, black, OUTLINE_OPACITY);
}

static bool nearly_same(const sfd_rect *a, const sfd_rect *b, int tolerance)
{
    return abs(a->x - b->x) <= tolerance && abs(a->y - b->y) <= tolerance &&
           abs(a->x + a->width - b->x - b->width) <= tolerance &&
           abs(a->y + a->height - b->y - b->height) <= tolerance;
}

/* A box on top of an earlier one (ground truth and prediction of one person) goes inside it, so
 * that both are seen. */
static void draw_boxes(sfd_picture *p, const sfd_rect *boxes, int line, const sfd_annotation *list,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sfd_rect box = boxes[i];
        for (size_t k = 0; k < i && k < MAX_FINE && box.width > 0 && box.height > 0; k++)
            if (nearly_same(&boxes[i], &boxes[k], line))
                box = inset(box, line + 1);
        if (box.width > 0 && box.height > 0 && !list[i].hidden)
            draw_box(p, box, line, list[i].colour, i < MAX_FINE);
    }
}

static void draw_plate(sfd_picture *p, const sfd_plates *plates, sfd_pen *pen,
                       const sfd_annotation *a, sfd_rect plate)
{
    sfd_text_line t;
    const int padding = sfd_plate_padding(pen);
    const size_t n = sfd_plate_rows(plates, pen, a);
    const sfd_colour ink = sfd_colour_is_light(a->colour) ? black : white;
    sfd_paint_rect(p, plate, a->colour, PLATE_OPACITY);
    for (size_t i = 0; i < n; i++) {
        const int baseline = plate.y + padding + (int)i * pen->line_height_px + pen->ascent_px;
        sfd_text_line_set(&t, pen, sfd_plate_text(plates, a, i, n),
                          (float)(p->width - 2 * padding - 1));
        sfd_text_line_draw(p, pen, &t, plate.x + padding, baseline, ink);
    }
}

/* The point of span [a, a + a_size) nearest to span [b, b + b_size). */
static int nearest(int a, int a_size, int b, int b_size)
{
    int low = larger(a, b), high = smaller(a + a_size, b + b_size) - 1;
    return low <= high ? (low + high) / 2 : a > b ? a : a + a_size - 1;
}

static void draw_line(sfd_picture *p, const int from[2], const int to[2], int width, sfd_colour c,
                      int opacity)
{
    const int dx = to[0] - from[0], dy = to[1] - from[1];
    const int n = larger(larger(abs(dx), abs(dy)), 1);
    for (int i = 0; i <= n; i++)
        sfd_paint_rect(p,
                       (sfd_rect){from[0] + dx * i / n - width / 2,
                                  from[1] + dy * i / n - width / 2, width, width},
                       c, opacity);
}

/* Ties a plate that found no room at its box to it: a line with a dark rim and a knot on the box.
 */
static void draw_tie(sfd_picture *p, const sfd_rect *plate, const sfd_rect *box, int line,
                     int distance, sfd_colour c)
{
    if (sfd_rect_distance(plate, box) <= distance)
        return;
    const int from[2] = {nearest(plate->x, plate->width, box->x, box->width),
                         nearest(plate->y, plate->height, box->y, box->height)};
    const int to[2] = {nearest(box->x, box->width, plate->x, plate->width),
                       nearest(box->y, box->height, plate->y, plate->height)};
    draw_line(p, from, to, line + 2, black, 255);
    draw_line(p, to, to, 3 * line, c, 255);
    draw_line(p, from, to, line, c, 255);
}

/* A plate keeps its place at its box where the box has moved since. */
static sfd_rect moved_along(const sfd_plates *plates, size_t i, const sfd_rect *box)
{
    const sfd_rect *home = &plates->boxes[i];
    sfd_rect r = plates->plates[i];
    r.x += box->x + box->width / 2 - (home->x + home->width / 2);
    r.y += box->y - home->y;
    r.x = larger(smaller(r.x, plates->width - r.width), 0);
    r.y = larger(smaller(r.y, plates->height - r.height), 0);
    return r;
}

static void draw_all(sfd_picture *p, const sfd_plates *plates, sfd_pen *pen,
                     const sfd_annotation *list, size_t n, sfd_rect *boxes)
{
    const int line = larger((smaller(p->width, p->height) + 150) / 300, 2);
    for (size_t i = 0; i < n; i++)
        boxes[i] = sfd_box_in_pixels(&list[i].box, p->width, p->height);
    draw_boxes(p, boxes, line, list, n);
    for (size_t i = 0; i < n; i++) {
        const sfd_rect plate = moved_along(plates, i, &boxes[i]);
        if (plate.width > 0 && !list[i].hidden)
            draw_tie(p, &plate, &boxes[i], line, pen->line_height_px / 2, list[i].colour);
    }
    for (size_t i = 0; i < n; i++) {
        const sfd_rect plate = moved_along(plates, i, &boxes[i]);
        if (plate.width > 0 && !list[i].hidden)
            draw_plate(p, plates, pen, &list[i], plate);
    }
}

sfd_status sfd_draw_annotations(sfd_picture *p, const sfd_font *font, const sfd_annotation *list,
                                size_t n, const sfd_plates *plates, sfd_error *err)
{
    sfd_plates *own = NULL;
    if (!plates) {
        sfd_status status = sfd_plates_place(&own, p->width, p->height, font, list, n, err);
        if (status != SFD_OK)
            return status;
        plates = own;
    }
    sfd_rect *boxes = sfd_malloc_array(n, sizeof *boxes);
    sfd_pen *pen = sfd_calloc(1, sizeof *pen);
    sfd_status status = SFD_OK;
    if (boxes && pen) {
        sfd_pen_init(pen, font, plates->text_px);
        draw_all(p, plates, pen, list, n, boxes);
        sfd_pen_clear(pen);
    } else {
        status = sfd_fail_nomem(err, "drawing labels");
    }
    free(boxes);
    free(pen);
    sfd_plates_free(own);
    return status;
}
