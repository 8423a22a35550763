/* SPDX-License-Identifier: Apache-2.0 */
/* Rectangles and colours. */
#include "media/paint.h"

#include <math.h>

static uint8_t mix(int below, int above, int opacity)
{
    return (uint8_t)((below * (255 - opacity) + above * opacity + 127) / 255);
}

void sfd_paint_pixel(uint8_t *rgb, sfd_colour c, int opacity)
{
    rgb[0] = mix(rgb[0], c.r, opacity);
    rgb[1] = mix(rgb[1], c.g, opacity);
    rgb[2] = mix(rgb[2], c.b, opacity);
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static void cover(uint8_t *rgb, size_t n, sfd_colour c)
{
    for (size_t i = 0; i < n; i++) {
        rgb[3 * i] = c.r;
        rgb[3 * i + 1] = c.g;
        rgb[3 * i + 2] = c.b;
    }
}

void sfd_paint_rect(sfd_picture *p, sfd_rect r, sfd_colour c, int opacity)
{
    int x0 = larger(r.x, 0), x1 = smaller(r.x + r.width, p->width);
    int y0 = larger(r.y, 0), y1 = smaller(r.y + r.height, p->height);
    for (int y = y0; y < y1; y++) {
        uint8_t *row = p->rgb + (size_t)y * p->stride_bytes;
        if (opacity == 255 && x0 < x1)
            cover(row + 3 * (size_t)x0, (size_t)(x1 - x0), c);
        for (int x = x0; x < x1 && opacity < 255; x++)
            sfd_paint_pixel(row + 3 * (size_t)x, c, opacity);
    }
}

void sfd_paint_frame(sfd_picture *p, sfd_rect r, int line, sfd_colour c, int opacity)
{
    if (r.width <= 2 * line || r.height <= 2 * line) {
        sfd_paint_rect(p, r, c, opacity);
        return;
    }
    int inner = r.height - 2 * line;
    sfd_paint_rect(p, (sfd_rect){r.x, r.y, r.width, line}, c, opacity);
    sfd_paint_rect(p, (sfd_rect){r.x, r.y + r.height - line, r.width, line}, c, opacity);
    sfd_paint_rect(p, (sfd_rect){r.x, r.y + line, line, inner}, c, opacity);
    sfd_paint_rect(p, (sfd_rect){r.x + r.width - line, r.y + line, line, inner}, c, opacity);
}

static double linear(uint8_t v)
{
    const double s = v / 255.0;
    return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
}

bool sfd_colour_is_light(sfd_colour c)
{
    const double y = 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
    return (y + 0.05) * (y + 0.05) > 0.05 * 1.05; /* contrast with black against that with white */
}

/* Okabe and Ito's colours without black and the reddish one, light grey, and the violet that is
 * farthest from all of these and from the truth's red: any two differ by 16 or more in CIE 1976's
 * measure, to eyes with and without any of the three kinds of colour blindness. */
sfd_colour sfd_colour_of_person(int64_t person_id)
{
    static const sfd_colour palette[] = {{86, 180, 233},  {230, 159, 0},  {0, 158, 115},
                                         {204, 121, 167}, {240, 228, 66}, {0, 114, 178},
                                         {225, 225, 225}, {150, 45, 255}};
    const int n = sizeof palette / sizeof *palette;
    return palette[(person_id % n + 2 * n - 1) % n];
}
