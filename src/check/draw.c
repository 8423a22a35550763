/* SPDX-License-Identifier: Apache-2.0 */
/* Contact sheets: the first boxes of every class side by side, to see wrong labels at a glance. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "check/work.h"
#include "media/font.h"
#include "media/image_file.h"
#include "media/paint.h"
#include "media/text_line.h"
#include "media/video_reader.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL      160 /* pixels of a box's picture, a square */
#define CAPTION   18  /* pixels below it */
#define COLUMNS   6
#define MARGIN    0.25 /* of the box's longer side, around it */
#define MAX_BOXES 600  /* on a sheet */
#define TEXT_PX   11.0
#define MAX_PAGES 32 /* that are drawn at once: memory */

/* A box on the sheet of a class. */
typedef struct cell {
    const sfd_check_row *row;
    size_t class, place;
} cell;

typedef struct sheets {
    const sfd_check *c;
    size_t n_boxes;    /* on each */
    size_t first, end; /* classes that are drawn */
    cell *cells;       /* sorted by video and time */
    size_t n, n_alloc;
    sfd_picture **pages; /* [n_classes]; NULL where nothing is drawn yet */
    sfd_pen pen;
} sheets;

/* ------------------------------------------------------------------- choosing */

/* SIZE_MAX: of no class. */
static size_t class_index(const sfd_check *c, int label)
{
    size_t first = 0, end = c->facts.n_classes;
    while (first < end) {
        const size_t middle = (first + end) / 2;
        if (c->classes[middle].id == label)
            return middle;
        if (c->classes[middle].id < label)
            first = middle + 1;
        else
            end = middle;
    }
    return SIZE_MAX;
}

static int by_keyframe(const void *a, const void *b)
{
    return sfd_check_compare_keyframes(((const cell *)a)->row, ((const cell *)b)->row);
}

/* The first ones of every class in the file's order. */
static sfd_status choose_boxes(sheets *s, sfd_error *err)
{
    const sfd_check *c = s->c;
    size_t *n = sfd_calloc(c->facts.n_classes, sizeof *n);
    sfd_status status = n ? SFD_OK : sfd_fail_nomem(err, c->truth.path);
    for (size_t i = 0; i < c->truth.n && status == SFD_OK; i++) {
        const sfd_check_row *r = &c->truth.rows[i];
        if (r->kind != SFD_ROW_BOX || r->fix & SFD_FIX_DROP || !c->videos[r->video].path)
            continue;
        const size_t k = class_index(c, r->label);
        if (k == SIZE_MAX || k < s->first || k >= s->end || n[k] == s->n_boxes)
            continue;
        if (!sfd_grow(&s->cells, &s->n_alloc, s->n, sizeof *s->cells))
            status = sfd_fail_nomem(err, c->truth.path);
        else
            s->cells[s->n++] = (cell){r, k, n[k]++};
    }
    free(n);
    if (s->n > 0)
        qsort(s->cells, s->n, sizeof *s->cells, by_keyframe);
    return status;
}

/* ------------------------------------------------------------------- drawing */

static sfd_status make_page(sheets *s, size_t class, sfd_error *err)
{
    const size_t n = s->c->classes[class].n_labels;
    const size_t n_cells = n < s->n_boxes ? n : s->n_boxes;
    const size_t rows = (n_cells + COLUMNS - 1) / COLUMNS;
    sfd_status status =
        sfd_picture_create(&s->pages[class], COLUMNS * CELL, (int)rows * (CELL + CAPTION), err);
    sfd_picture *p = s->pages[class];
    for (int y = 0; status == SFD_OK && y < p->height; y++)
        memset(p->rgb + (size_t)y * p->stride_bytes, 255, 3 * (size_t)p->width);
    return status;
}

/* The middle of a square of the frame, around the box, and its side in pixels. */
typedef struct square {
    double x, y, side;
} square;

static square square_around(const sfd_box_norm *b, const sfd_picture *frame)
{
    const double w = (b->x2 - b->x1) * frame->width, h = (b->y2 - b->y1) * frame->height;
    return (square){(b->x1 + b->x2) / 2 * frame->width, (b->y1 + b->y2) / 2 * frame->height,
                    fmax(1, fmax(w, h) * (1 + 2 * MARGIN))};
}

/* Bilinear; what is outside the frame stays white. */
static void draw_frame(sfd_picture *page, sfd_rect to, const sfd_picture *frame, square from)
{
    for (int y = 0; y < to.height; y++)
        for (int x = 0; x < to.width; x++) {
            const double u = from.x + ((x + 0.5) / to.width - 0.5) * from.side - 0.5;
            const double v = from.y + ((y + 0.5) / to.height - 0.5) * from.side - 0.5;
            const int i = (int)floor(u), j = (int)floor(v);
            if (i < 0 || j < 0 || i + 1 >= frame->width || j + 1 >= frame->height)
                continue;
            const uint8_t *a = frame->rgb + (size_t)j * frame->stride_bytes + 3 * (size_t)i;
            const uint8_t *b = a + frame->stride_bytes;
            uint8_t *out =
                page->rgb + (size_t)(to.y + y) * page->stride_bytes + 3 * (size_t)(to.x + x);
            const double fu = u - i, fv = v - j;
            for (int k = 0; k < 3; k++)
                out[k] = (uint8_t)((1 - fv) * ((1 - fu) * a[k] + fu * a[k + 3]) +
                                   fv * ((1 - fu) * b[k] + fu * b[k + 3]) + 0.5);
        }
}

static sfd_rect box_in(sfd_rect to, const sfd_box_norm *b, const sfd_picture *frame, square from)
{
    const double scale = to.width / from.side;
    const int w = (int)((b->x2 - b->x1) * frame->width * scale + 0.5);
    const int h = (int)((b->y2 - b->y1) * frame->height * scale + 0.5);
    return (sfd_rect){to.x + (to.width - w) / 2, to.y + (to.height - h) / 2, w, h};
}

static sfd_status draw_cell(sheets *s, const cell *l, const sfd_picture *frame, sfd_error *err)
{
    static const sfd_colour black = {0, 0, 0};
    char caption[200];
    sfd_text_line line;
    if (!s->pages[l->class]) {
        const sfd_status status = make_page(s, l->class, err);
        if (status != SFD_OK)
            return status;
    }
    sfd_picture *page = s->pages[l->class];
    const sfd_rect to = {(int)(l->place % COLUMNS) * CELL,
                         (int)(l->place / COLUMNS) * (CELL + CAPTION), CELL, CELL};
    const square from = square_around(&l->row->box, frame);
    draw_frame(page, to, frame, from);
    sfd_paint_frame(page, box_in(to, &l->row->box, frame, from), 2, sfd_colour_truth, 255);
    snprintf(caption, sizeof caption, "%.150s %g", s->c->videos[l->row->video].id, l->row->time_s);
    sfd_text_line_set(&line, &s->pen, caption, CELL - 4);
    sfd_text_line_draw(page, &s->pen, &line, to.x + 2, to.y + CELL + CAPTION - 5, black);
    return SFD_OK;
}

/* Cells at .. end - 1 are of one video. A keyframe that it does not have, or that cannot be read,
 * is left out. */
static sfd_status draw_video(sheets *s, size_t at, size_t end, sfd_error *err)
{
    const sfd_check *c = s->c;
    const sfd_video_options options = {.fps = SFD_TIMELINE_FPS,
                                       .should_stop = c->s.should_stop,
                                       .user = c->s.user,
                                       .picture_fps = c->s.picture_fps};
    sfd_video_reader *v;
    sfd_status status = sfd_video_open(&v, c->videos[s->cells[at].row->video].path, &options, err);
    if (status != SFD_OK)
        return status;
    for (size_t next; status == SFD_OK && at < end; at = next) {
        sfd_picture *frame = NULL;
        int64_t index = sfd_timeline_frame(s->cells[at].row->time_s - c->s.timestamp_offset_s);
        sfd_error reason = {0};
        sfd_status read = index < 0 ? SFD_ERR_END : sfd_video_skip_to(v, index, &reason);
        if (read == SFD_OK)
            read = sfd_video_next(v, &frame, &index, &reason);
        if (read == SFD_ERR_CANCELLED || read == SFD_ERR_NOMEM)
            status = sfd_fail(err, read, "%s", reason.message);
        for (next = at; next < end && by_keyframe(&s->cells[at], &s->cells[next]) == 0; next++)
            if (status == SFD_OK && read == SFD_OK)
                status = draw_cell(s, &s->cells[next], frame, err);
        sfd_picture_unref(frame);
    }
    sfd_video_close(v);
    return status;
}

/* -------------------------------------------------------------------- files */

/* ID_NAME.png with nothing in it that a shell or a file system would mind. */
static char *file_name(const char *folder, const sfd_check_class *k)
{
    char *path;
    int n = k->name ? asprintf(&path, "%s/%d_%.100s.png", folder, k->id, k->name)
                    : asprintf(&path, "%s/%d.png", folder, k->id);
    if (n < 0)
        return NULL;
    for (char *at = path + strlen(folder) + 1; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("._-", *at) && (unsigned char)*at < 128)
            *at = '_';
    return path;
}

static sfd_status write_pages(sheets *s, const char *folder, size_t *n_drawn, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < s->c->facts.n_classes && status == SFD_OK; i++) {
        if (!s->pages[i])
            continue;
        char *path = file_name(folder, &s->c->classes[i]);
        status = path ? sfd_image_write(s->pages[i], path, SFD_IMAGE_PNG, err)
                      : sfd_fail_nomem(err, folder);
        free(path);
        *n_drawn += status == SFD_OK;
        sfd_picture_unref(s->pages[i]);
        s->pages[i] = NULL;
    }
    return status;
}

static sfd_status draw_some(sheets *s, sfd_error *err)
{
    s->n = 0;
    sfd_status status = choose_boxes(s, err);
    for (size_t at = 0, end; at < s->n && status == SFD_OK; at = end) {
        for (end = at; end < s->n && s->cells[end].row->video == s->cells[at].row->video; end++)
            ;
        status = draw_video(s, at, end, err);
    }
    return status;
}

static sfd_status draw_all(sheets *s, const char *folder, size_t *n_drawn, sfd_error *err)
{
    const size_t n = s->c->facts.n_classes;
    sfd_status status = SFD_OK;
    for (s->first = 0; s->first < n && status == SFD_OK; s->first = s->end) {
        s->end = n - s->first > MAX_PAGES ? s->first + MAX_PAGES : n;
        status = draw_some(s, err);
        if (status == SFD_OK)
            status = write_pages(s, folder, n_drawn, err);
    }
    return status;
}

static void free_sheets(sheets *s)
{
    for (size_t i = 0; s->pages && i < s->c->facts.n_classes; i++)
        sfd_picture_unref(s->pages[i]);
    free(s->pages);
    free(s->cells);
}

sfd_status sfd_check_draw(const sfd_check *c, const char *folder, size_t n_boxes, size_t *n_drawn,
                          sfd_error *err)
{
    size_t ignored;
    sfd_font *font = NULL;
    sheets s = {.c = c, .n_boxes = n_boxes};
    n_drawn = n_drawn ? n_drawn : &ignored;
    *n_drawn = 0;
    if (!c->s.videos || n_boxes < 1 || n_boxes > MAX_BOXES)
        return sfd_fail(err, SFD_ERR_ARG, "sheets need the videos, and 1 to %d boxes of a class",
                        MAX_BOXES);
    sfd_status status = sfd_make_directory(folder, err);
    if (status == SFD_OK)
        status = sfd_font_open(&font, NULL, err);
    if (status != SFD_OK)
        return status;
    sfd_pen_init(&s.pen, font, TEXT_PX);
    s.pages = sfd_calloc(c->facts.n_classes, sizeof *s.pages);
    status = s.pages ? draw_all(&s, folder, n_drawn, err) : sfd_fail_nomem(err, folder);
    free_sheets(&s);
    sfd_pen_clear(&s.pen);
    sfd_font_close(font);
    return status;
}
