/* SPDX-License-Identifier: Apache-2.0 */
/* Any boxes and texts on a picture of any shape: bytes are its size, then boxes of four doubles
 * with up to seven lines of what is left. Nothing outside the picture may change. */
#include "media/draw.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BOXES 300
#define MAX_LINES 7
#define GUARD     0xA5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* Bytes that are used up one by one; zeroes follow. */
typedef struct source {
    const uint8_t *at, *end;
} source;

static void take(source *s, void *out, size_t n)
{
    size_t left = (size_t)(s->end - s->at), have = n < left ? n : left;
    memset(out, 0, n);
    memcpy(out, s->at, have);
    s->at += have;
}

static unsigned take_number(source *s)
{
    uint16_t n;
    take(s, &n, sizeof n);
    return n;
}

static sfd_picture *guarded(int width, int height)
{
    size_t stride = (size_t)width * 3 + 16, n = stride * (size_t)height;
    uint8_t *rgb = malloc(n);
    const sfd_picture pixels = {width, height, stride, rgb};
    sfd_picture *p;
    if (!rgb)
        abort();
    memset(rgb, GUARD, n);
    if (sfd_picture_wrap(&p, &pixels, rgb, free, NULL) != SFD_OK)
        abort();
    return p;
}

static void check_guard(const sfd_picture *p)
{
    for (int y = 0; y < p->height; y++)
        for (size_t x = 3 * (size_t)p->width; x < p->stride_bytes; x++)
            if (p->rgb[(size_t)y * p->stride_bytes + x] != GUARD)
                abort();
}

/* Short texts that begin anywhere in the bytes. */
static char *make_texts(const uint8_t *data, size_t n_bytes, sfd_label_line *lines)
{
    char *text = malloc(n_bytes + 1);
    if (!text)
        abort();
    memcpy(text, data, n_bytes);
    text[n_bytes] = '\0';
    for (size_t i = 0; i < MAX_LINES; i++)
        lines[i].text = text + n_bytes * i / MAX_LINES;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    static sfd_font *fonts[2];
    if (!fonts[0] && (sfd_font_open_builtin(&fonts[0], NULL) != SFD_OK ||
                      sfd_font_open(&fonts[1], NULL, NULL) != SFD_OK))
        abort();
    source s = {data, data + n_bytes};
    sfd_label_line lines[MAX_LINES];
    sfd_annotation list[MAX_BOXES];
    char *text = make_texts(data, n_bytes, lines);
    sfd_picture *p = guarded(1 + (int)take_number(&s) % 700, 1 + (int)take_number(&s) % 500);
    const sfd_font *font = fonts[take_number(&s) % 2];
    size_t n = 0;
    for (; n < MAX_BOXES && s.at < s.end; n++) {
        list[n] = (sfd_annotation){.n_lines = take_number(&s) % (MAX_LINES + 1), .lines = lines};
        take(&s, &list[n].colour, sizeof list[n].colour);
        take(&s, &list[n].box, sizeof list[n].box);
    }
    if (sfd_draw_annotations(p, font, list, n, NULL, NULL) != SFD_OK)
        abort();
    check_guard(p);
    sfd_picture_unref(p);
    free(text);
    return 0;
}
