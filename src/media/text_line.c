/* SPDX-License-Identifier: Apache-2.0 */
/* One line of text. */
#include "media/text_line.h"

#include "media/paint.h"

#include <math.h>
#include <string.h>

/* The last word, a score, survives shortening when it is at most this long. */
#define MAX_TAIL 8

static void draw_glyph(sfd_picture *p, const sfd_glyph *g, int x, int y, sfd_colour c)
{
    if (!g->coverage)
        return;
    for (int row = 0; row < g->height; row++)
        for (int column = 0; column < g->width; column++) {
            int px = x + g->left + column, py = y + g->top + row;
            if (px >= 0 && py >= 0 && px < p->width && py < p->height)
                sfd_paint_pixel(p->rgb + (size_t)py * p->stride_bytes + 3 * (size_t)px, c,
                                g->coverage[row * g->width + column]);
        }
}

static float measure(const sfd_pen *pen, const uint32_t *characters, size_t n)
{
    float width = 0;
    for (size_t i = 0; i < n; i++)
        width += sfd_pen_advance(pen, characters[i]);
    return width;
}

/* Where the last word begins, with the blank before it; the end when it is long. */
static size_t tail_start(const sfd_text_line *t)
{
    size_t i = t->n;
    while (i > 0 && t->characters[i - 1] != ' ')
        i--;
    return i > 0 && t->n - i <= MAX_TAIL ? i - 1 : t->n;
}

/* "carry/hold (an object) 0.93" -> "carry/ho... 0.93" */
static void shorten(sfd_text_line *t, const sfd_pen *pen, float room)
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

void sfd_text_line_set(sfd_text_line *t, const sfd_pen *pen, const char *text, float room)
{
    t->n = 0;
    while (*text && t->n < SFD_LINE_CHARACTERS - 1)
        t->characters[t->n++] = sfd_utf8_next(&text);
    t->width = measure(pen, t->characters, t->n);
    if (*text || t->width > room)
        shorten(t, pen, room);
}

void sfd_text_line_draw(sfd_picture *p, sfd_pen *pen, const sfd_text_line *t, int x, int y,
                        sfd_colour c)
{
    float at = (float)x;
    for (size_t i = 0; i < t->n; i++) {
        int whole = (int)floorf(at);
        int step = (int)((at - (float)whole) * SFD_PEN_STEPS);
        draw_glyph(p, sfd_pen_glyph(pen, t->characters[i], step), whole, y, c);
        at += sfd_pen_advance(pen, t->characters[i]);
    }
}
