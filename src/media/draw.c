/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations: boxes first, then label plates on top of all boxes. */
#include "media/draw.h"

#include "base/alloc.h"
#include "base/error.h"
#include "media/font.h"
#include "media/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLATE_OPACITY   190 /* of 255 */
#define OUTLINE_OPACITY 110
#define MIN_TEXT_PX     9.0
#define SMALLER_TEXT    0.85
/* Longer texts are cut before they are measured. */
#define MAX_CHARACTERS 256
/* The last word, a score, survives shortening when it is at most this long. */
#define MAX_TAIL 8

static const sfd_colour black = {0, 0, 0}, white = {255, 255, 255};

static uint8_t mix(int below, int above, int opacity)
{
    return (uint8_t)((below * (255 - opacity) + above * opacity + 127) / 255);
}

static void blend(uint8_t *p, sfd_colour c, int opacity)
{
    p[0] = mix(p[0], c.r, opacity);
    p[1] = mix(p[1], c.g, opacity);
    p[2] = mix(p[2], c.b, opacity);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static void fill(sfd_picture *p, sfd_rect r, sfd_colour c, int opacity)
{
    int x0 = larger(r.x, 0), x1 = smaller(r.x + r.width, p->width);
    int y0 = larger(r.y, 0), y1 = smaller(r.y + r.height, p->height);
    for (int y = y0; y < y1; y++) {
        uint8_t *row = p->rgb + (size_t)y * p->stride_bytes;
        for (int x = x0; x < x1; x++)
            blend(row + 3 * (size_t)x, c, opacity);
    }
}

/* The four sides of r, `line` pixels wide, inside it. */
static void frame(sfd_picture *p, sfd_rect r, int line, sfd_colour c, int opacity)
{
    if (r.width <= 2 * line || r.height <= 2 * line) {
        fill(p, r, c, opacity);
        return;
    }
    int inner = r.height - 2 * line;
    fill(p, (sfd_rect){r.x, r.y, r.width, line}, c, opacity);
    fill(p, (sfd_rect){r.x, r.y + r.height - line, r.width, line}, c, opacity);
    fill(p, (sfd_rect){r.x, r.y + line, line, inner}, c, opacity);
    fill(p, (sfd_rect){r.x + r.width - line, r.y + line, line, inner}, c, opacity);
}

static sfd_rect inset(sfd_rect r, int by)
{
    return (sfd_rect){r.x + by, r.y + by, r.width - 2 * by, r.height - 2 * by};
}

/* A dark rim on both sides keeps the line visible on any ground. */
static void draw_box(sfd_picture *p, sfd_rect box, int line, sfd_colour c)
{
    frame(p, inset(box, -1), 1, black, OUTLINE_OPACITY);
    frame(p, box, line, c, 255);
    if (box.width > 2 * line + 2 && box.height > 2 * line + 2)
        frame(p, inset(box, line), 1, black, OUTLINE_OPACITY);
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
        for (size_t k = 0; k < i && box.width > 0 && box.height > 0; k++)
            if (nearly_same(&boxes[i], &boxes[k], line))
                box = inset(box, line + 1);
        if (box.width > 0 && box.height > 0)
            draw_box(p, box, line, list[i].colour);
    }
}

static void draw_glyph(sfd_picture *p, const sfd_glyph *g, int x, int y, sfd_colour c)
{
    if (!g->coverage)
        return;
    for (int row = 0; row < g->height; row++)
        for (int column = 0; column < g->width; column++) {
            int px = x + g->left + column, py = y + g->top + row;
            if (px >= 0 && py >= 0 && px < p->width && py < p->height)
                blend(p->rgb + (size_t)py * p->stride_bytes + 3 * (size_t)px, c,
                      g->coverage[row * g->width + column]);
        }
}

/* One line, decoded: what is drawn. */
typedef struct text_line {
    uint32_t characters[MAX_CHARACTERS];
    size_t n;
    float width;
} text_line;

static float measure(const sfd_pen *pen, const uint32_t *characters, size_t n)
{
    float width = 0;
    for (size_t i = 0; i < n; i++)
        width += sfd_pen_advance(pen, characters[i]);
    return width;
}

/* Where the last word begins, with the blank before it; the end when it is long. */
static size_t tail_start(const text_line *t)
{
    size_t i = t->n;
    while (i > 0 && t->characters[i - 1] != ' ')
        i--;
    return i > 0 && t->n - i <= MAX_TAIL ? i - 1 : t->n;
}

/* "carry/hold (an object) 0.93" -> "carry/ho... 0.93" */
static void shorten(text_line *t, const sfd_pen *pen, float room)
{
    size_t tail = tail_start(t), n_tail = t->n - tail;
    float rest = sfd_pen_advance(pen, SFD_ELLIPSIS) + measure(pen, t->characters + tail, n_tail);
    if (rest > room) {
        tail = t->n;
        n_tail = 0;
        rest = sfd_pen_advance(pen, SFD_ELLIPSIS);
    }
    size_t n = 0;
    float width = 0;
    while (n < tail) {
        float advance = sfd_pen_advance(pen, t->characters[n]);
        if (width + advance + rest > room)
            break;
        width += advance;
        n++;
    }
    while (n > 0 && t->characters[n - 1] == ' ')
        n--;
    memmove(t->characters + n + 1, t->characters + tail, n_tail * sizeof *t->characters);
    t->characters[n] = SFD_ELLIPSIS;
    t->n = n + 1 + n_tail;
    t->width = measure(pen, t->characters, t->n);
}

static void set_line(text_line *t, const sfd_pen *pen, const char *text, float room)
{
    t->n = 0;
    while (*text && t->n < MAX_CHARACTERS - 1)
        t->characters[t->n++] = sfd_utf8_next(&text);
    t->width = measure(pen, t->characters, t->n);
    if (*text || t->width > room)
        shorten(t, pen, room);
}

static void draw_line(sfd_picture *p, sfd_pen *pen, const text_line *t, int x, int y, sfd_colour c)
{
    float at = (float)x;
    for (size_t i = 0; i < t->n; i++) {
        int whole = (int)floorf(at);
        int step = (int)((at - (float)whole) * SFD_PEN_STEPS);
        draw_glyph(p, sfd_pen_glyph(pen, t->characters[i], step), whole, y, c);
        at += sfd_pen_advance(pen, t->characters[i]);
    }
}

/* What follows from the picture's size, and the text size that was settled on. */
typedef struct style {
    int line, padding;
    sfd_pen pen;
} style;

static double text_size(const sfd_picture *p)
{
    return MIN_TEXT_PX + 0.0165 * smaller(p->width, p->height);
}

static void set_text_size(style *s, const sfd_font *font, double size_px)
{
    sfd_pen_clear(&s->pen);
    sfd_pen_init(&s->pen, font, size_px);
    s->padding = larger(s->pen.line_height_px / 4, 2);
}

/* NaN becomes 0. */
static int to_pixel(double fraction, int size)
{
    double v = fraction * size;
    return v >= size ? size : v > 0 ? (int)(v + 0.5) : 0;
}

static sfd_rect box_rect(const sfd_picture *p, const sfd_box_norm *b)
{
    int x0 = smaller(to_pixel(b->x1, p->width), p->width - 1);
    int y0 = smaller(to_pixel(b->y1, p->height), p->height - 1);
    int x1 = to_pixel(b->x2, p->width), y1 = to_pixel(b->y2, p->height);
    return (sfd_rect){x0, y0, larger(x1 - x0, 1), larger(y1 - y0, 1)};
}

/* Rows of text that fit the picture. */
static size_t n_rows(const sfd_picture *p, const style *s, size_t n_lines)
{
    int room = p->height - 2 * s->padding;
    size_t fit = room > 0 ? (size_t)(room / s->pen.line_height_px) : 0;
    return n_lines < fit ? n_lines : fit;
}

/* Row i of a plate; where there are more lines than rows, the last row is an ellipsis. */
static void set_row(text_line *t, const sfd_picture *p, const style *s, const sfd_annotation *a,
                    size_t i, size_t n)
{
    bool cut = i + 1 == n && n < a->n_lines;
    set_line(t, &s->pen, cut ? "\xE2\x80\xA6" : a->lines[i].text,
             (float)(p->width - 2 * s->padding - 1));
}

static sfd_rect plate_size(const sfd_picture *p, const style *s, const sfd_annotation *a)
{
    text_line t;
    float width = 0;
    size_t n = n_rows(p, s, a->n_lines);
    for (size_t i = 0; i < n; i++) {
        set_row(&t, p, s, a, i, n);
        width = t.width > width ? t.width : width;
    }
    sfd_rect r = {0, 0, (int)ceilf(width) + 2 * s->padding,
                  (int)n * s->pen.line_height_px + 2 * s->padding};
    return n > 0 && r.width <= p->width ? r : (sfd_rect){0};
}

static bool is_light(sfd_colour c)
{
    return 299 * c.r + 587 * c.g + 114 * c.b > 140 * 1000;
}

static void draw_plate(sfd_picture *p, style *s, const sfd_annotation *a, sfd_rect plate)
{
    text_line t;
    size_t n = n_rows(p, s, a->n_lines);
    fill(p, plate, a->colour, PLATE_OPACITY);
    for (size_t i = 0; i < n; i++) {
        int baseline = plate.y + s->padding + (int)i * s->pen.line_height_px + s->pen.ascent_px;
        set_row(&t, p, s, a, i, n);
        draw_line(p, &s->pen, &t, plate.x + s->padding, baseline,
                  is_light(a->colour) ? black : white);
    }
}

/* The point of span [a, a + a_size) nearest to span [b, b + b_size). */
static int nearest(int a, int a_size, int b, int b_size)
{
    int low = larger(a, b), high = smaller(a + a_size, b + b_size) - 1;
    return low <= high ? (low + high) / 2 : a > b ? a : a + a_size - 1;
}

/* Ties a plate that found no room at its box to it. */
static void draw_tie(sfd_picture *p, const style *s, sfd_rect plate, sfd_rect box, sfd_colour c)
{
    if (sfd_rect_distance(&plate, &box) <= s->pen.line_height_px / 2)
        return;
    int x0 = nearest(plate.x, plate.width, box.x, box.width);
    int y0 = nearest(plate.y, plate.height, box.y, box.height);
    int x1 = nearest(box.x, box.width, plate.x, plate.width);
    int y1 = nearest(box.y, box.height, plate.y, plate.height);
    int n = larger(larger(abs(x1 - x0), abs(y1 - y0)), 1);
    for (int i = 0; i <= n; i++) {
        sfd_rect dot = {x0 + (x1 - x0) * i / n - s->line / 2, y0 + (y1 - y0) * i / n - s->line / 2,
                        s->line, s->line};
        fill(p, dot, c, 255);
    }
}

/* Text gets smaller until the plates keep clear of each other. */
static void lay_out(const sfd_picture *p, style *s, const sfd_font *font,
                    const sfd_annotation *list, size_t n, sfd_rect *plates, const sfd_rect *boxes)
{
    double size = n > SFD_CAREFUL_PLATES ? MIN_TEXT_PX : text_size(p);
    for (;; size *= SMALLER_TEXT) {
        set_text_size(s, font, size);
        for (size_t i = 0; i < n; i++)
            plates[i] = plate_size(p, s, &list[i]);
        if (sfd_place_plates(plates, boxes, n, p->width, p->height) == 0 ||
            size * SMALLER_TEXT < MIN_TEXT_PX)
            return;
    }
}

sfd_status sfd_draw_annotations(sfd_picture *p, const sfd_font *font, const sfd_annotation *list,
                                size_t n, sfd_error *err)
{
    sfd_rect *boxes = sfd_calloc(n, sizeof *boxes), *plates = sfd_calloc(n, sizeof *plates);
    style *s = sfd_calloc(1, sizeof *s);
    sfd_status st = boxes && plates && s ? SFD_OK : sfd_fail_nomem(err, "drawing labels");
    if (st == SFD_OK) {
        s->line = larger((smaller(p->width, p->height) + 150) / 300, 2);
        for (size_t i = 0; i < n; i++)
            boxes[i] = box_rect(p, &list[i].box);
        lay_out(p, s, font, list, n, plates, boxes);
        draw_boxes(p, boxes, s->line, list, n);
        for (size_t i = 0; i < n; i++)
            if (plates[i].width > 0)
                draw_tie(p, s, plates[i], boxes[i], list[i].colour);
        for (size_t i = 0; i < n; i++)
            if (plates[i].width > 0)
                draw_plate(p, s, &list[i], plates[i]);
        sfd_pen_clear(&s->pen);
    }
    free(boxes);
    free(plates);
    free(s);
    return st;
}
