/* SPDX-License-Identifier: Apache-2.0 */
/* Typefaces: an installed TrueType font, or the built-in bitmaps. */
#include "media/font.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb_truetype.h>

#define CELL_WIDTH  6
#define CELL_HEIGHT 8
#define CELL_ASCENT 7
#define CELL_LINE   10
/* Em square of the bitmap font, so that it comes out about as large as a TrueType one. */
#define CELL_EM 9.0

struct sfd_font {
    sfd_mapping file; /* empty: the built-in font */
    stbtt_fontinfo info;
};

static const char *const usual_places[] = {
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",   /* Debian, Ubuntu */
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", /* Fedora */
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf", /* Arch */
    "/usr/share/fonts/DejaVuSans.ttf",
    "/usr/local/share/fonts/DejaVuSans.ttf",
    "/opt/homebrew/share/fonts/DejaVuSans.ttf",
};

static sfd_status open_truetype(sfd_font *f, const char *path, sfd_error *err)
{
    sfd_status st = sfd_load_file(&f->file, path, err);
    if (st != SFD_OK)
        return st;
    int offset = f->file.n_bytes >= 12 ? stbtt_GetFontOffsetForIndex(f->file.data, 0) : -1;
    if (offset >= 0 && (size_t)offset + 12 <= f->file.n_bytes &&
        stbtt_InitFont(&f->info, f->file.data, offset))
        return SFD_OK;
    sfd_unmap(&f->file);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: is not a TrueType font", path);
}

sfd_status sfd_font_open(sfd_font **out, const char *path, sfd_error *err)
{
    *out = NULL;
    sfd_font *f = sfd_calloc(1, sizeof *f);
    if (!f)
        return sfd_fail_nomem(err, "opening a font");
    if (path) {
        sfd_status st = open_truetype(f, path, err);
        if (st != SFD_OK) {
            sfd_font_close(f);
            return st;
        }
    } else {
        size_t n = sizeof usual_places / sizeof *usual_places;
        for (size_t i = 0; i < n && open_truetype(f, usual_places[i], NULL) != SFD_OK; i++)
            ;
    }
    *out = f;
    return SFD_OK;
}

sfd_status sfd_font_open_builtin(sfd_font **out, sfd_error *err)
{
    *out = sfd_calloc(1, sizeof **out);
    return *out ? SFD_OK : sfd_fail_nomem(err, "opening a font");
}

void sfd_font_close(sfd_font *f)
{
    if (!f)
        return;
    sfd_unmap(&f->file);
    free(f);
}

static bool is_truetype(const sfd_font *f)
{
    return f->file.data != NULL;
}

void sfd_pen_init(sfd_pen *pen, const sfd_font *font, double size_px)
{
    *pen = (sfd_pen){.font = font};
    if (is_truetype(font)) {
        int ascent, descent, gap;
        stbtt_GetFontVMetrics(&font->info, &ascent, &descent, &gap);
        pen->scale = stbtt_ScaleForMappingEmToPixels(&font->info, (float)size_px);
        pen->ascent_px = (int)ceilf((float)ascent * pen->scale);
        pen->line_height_px = (int)ceilf((float)(ascent - descent + gap) * pen->scale);
    } else {
        pen->scale = size_px < CELL_EM ? 1 : (float)(int)(size_px / CELL_EM);
        pen->ascent_px = (int)(CELL_ASCENT * pen->scale);
        pen->line_height_px = (int)(CELL_LINE * pen->scale);
    }
}

static void clear_glyph(sfd_glyph *g)
{
    free(g->coverage);
    *g = (sfd_glyph){0};
}

void sfd_pen_clear(sfd_pen *pen)
{
    for (size_t i = 0; i < sizeof pen->ascii / sizeof *pen->ascii; i++)
        for (size_t k = 0; k < SFD_PEN_STEPS; k++)
            clear_glyph(&pen->ascii[i][k]);
    clear_glyph(&pen->other);
}

float sfd_pen_advance(const sfd_pen *pen, uint32_t character)
{
    if (!is_truetype(pen->font))
        return CELL_WIDTH * pen->scale;
    int advance, bearing;
    stbtt_GetCodepointHMetrics(&pen->font->info, (int)character, &advance, &bearing);
    return (float)advance * pen->scale;
}

static void render_truetype(const sfd_pen *pen, sfd_glyph *g, uint32_t character, float shift)
{
    const stbtt_fontinfo *info = &pen->font->info;
    int x0, y0, x1, y1;
    stbtt_GetCodepointBitmapBoxSubpixel(info, (int)character, pen->scale, pen->scale, shift, 0, &x0,
                                        &y0, &x1, &y1);
    if (x1 <= x0 || y1 <= y0)
        return;
    *g = (sfd_glyph){.width = x1 - x0, .height = y1 - y0, .left = x0, .top = y0};
    g->coverage = sfd_calloc((size_t)g->width, (size_t)g->height);
    if (g->coverage)
        stbtt_MakeCodepointBitmapSubpixel(info, g->coverage, g->width, g->height, g->width,
                                          pen->scale, pen->scale, shift, 0, (int)character);
}

/* Columns of a character; the ellipsis and characters that are not there are drawn here. */
static const uint8_t *bitmap_columns(uint32_t character)
{
    static const uint8_t ellipsis[5] = {0x40, 0x00, 0x40, 0x00, 0x40};
    static const uint8_t missing[5] = {0x7F, 0x41, 0x41, 0x41, 0x7F};
    if (character == SFD_ELLIPSIS)
        return ellipsis;
    if (character < SFD_PEN_FIRST || character > SFD_PEN_LAST)
        return missing;
    return sfd_bitmap_font[character - SFD_PEN_FIRST];
}

static void render_bitmap(const sfd_pen *pen, sfd_glyph *g, uint32_t character)
{
    const uint8_t *columns = bitmap_columns(character);
    int scale = (int)pen->scale;
    *g = (sfd_glyph){.width = 5 * scale, .height = CELL_HEIGHT * scale, .top = -pen->ascent_px};
    g->coverage = sfd_calloc((size_t)g->width, (size_t)g->height);
    for (int y = 0; g->coverage && y < g->height; y++)
        for (int x = 0; x < g->width; x++)
            g->coverage[y * g->width + x] = columns[x / scale] >> (y / scale) & 1 ? 255 : 0;
}

const sfd_glyph *sfd_pen_glyph(sfd_pen *pen, uint32_t character, int step)
{
    bool ascii = character >= SFD_PEN_FIRST && character <= SFD_PEN_LAST;
    sfd_glyph *g = ascii ? &pen->ascii[character - SFD_PEN_FIRST][step] : &pen->other;
    if (ascii && g->known)
        return g;
    clear_glyph(g);
    if (is_truetype(pen->font))
        render_truetype(pen, g, character, (float)step / SFD_PEN_STEPS);
    else
        render_bitmap(pen, g, character);
    g->known = true;
    return g;
}

#define REPLACEMENT 0xFFFD

uint32_t sfd_utf8_next(const char **text)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const uint8_t *s = (const uint8_t *)*text;
    int more = s[0] < 0x80 ? 0 : s[0] >= 0xF0 ? 3 : s[0] >= 0xE0 ? 2 : s[0] >= 0xC0 ? 1 : -1;
    uint32_t c = more <= 0 ? s[0] : s[0] & (0x3Fu >> more);
    ++*text;
    if (more < 0 || s[0] >= 0xF8)
        return REPLACEMENT;
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        c = c << 6 | (s[i] & 0x3F);
    }
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return REPLACEMENT;
    *text += more;
    return c < 0x20 || (c >= 0x7F && c < 0xA0) ? REPLACEMENT : c;
}
