/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of boxes. */
#include "base/box.h"

#include <math.h>

/* NumPy's minimum and maximum: NaN if either is. */
static double minimum(double a, double b)
{
    return a <= b || isnan(a) ? a : b;
}

static double maximum(double a, double b)
{
    return a >= b || isnan(a) ? a : b;
}

double sfd_box_area(const sfd_box_norm *b)
{
    return (b->y2 - b->y1) * (b->x2 - b->x1);
}

bool sfd_box_has_area(const sfd_box_norm *b)
{
    return b->y1 < b->y2 && b->x1 < b->x2;
}

double sfd_box_iou(const sfd_box_norm *a, const sfd_box_norm *b)
{
    const double h = maximum(0, minimum(a->y2, b->y2) - maximum(a->y1, b->y1));
    const double w = maximum(0, minimum(a->x2, b->x2) - maximum(a->x1, b->x1));
    const double overlap = h * w;
    const double areas = sfd_box_area(a) + sfd_box_area(b);
    return overlap / (areas - overlap);
}

static float area_f32(const sfd_box_norm *b)
{
    const float h = (float)b->y2 - (float)b->y1, w = (float)b->x2 - (float)b->x1;
    return h * w;
}

double sfd_box_iou_f32(const sfd_box_norm *a, const sfd_box_norm *b)
{
    const float h = (float)minimum(a->y2, b->y2) - (float)maximum(a->y1, b->y1);
    const float w = (float)minimum(a->x2, b->x2) - (float)maximum(a->x1, b->x1);
    const double overlap = maximum(0, h) * maximum(0, w);
    const float areas = area_f32(a) + area_f32(b);
    return overlap / ((double)areas - overlap);
}

static float area_px(const sfd_box_px *b)
{
    return (b->x2 - b->x1) * (b->y2 - b->y1);
}

float sfd_box_px_iou(const sfd_box_px *a, const sfd_box_px *b)
{
    const float w = fminf(a->x2, b->x2) - fmaxf(a->x1, b->x1);
    const float h = fminf(a->y2, b->y2) - fmaxf(a->y1, b->y1);
    const float both = fmaxf(w, 0) * fmaxf(h, 0);
    return both / (area_px(a) + area_px(b) - both);
}

bool sfd_box_same(const sfd_box_norm *a, const sfd_box_norm *b)
{
    return a->x1 == b->x1 && a->y1 == b->y1 && a->x2 == b->x2 && a->y2 == b->y2;
}

static sfd_box_state examine_corner(const double c[4], int i)
{
    const bool first = i < 2; /* left or top */
    const double side = c[2 + i % 2] - c[i % 2], out = first ? -c[i] : c[i] - 1;
    if (c[i] >= -SFD_BOX_OVERHANG && c[i] <= 1 + SFD_BOX_OVERHANG)
        return SFD_BOX_FITS;
    return out > 0 && out <= SFD_BOX_MAX_CUT * side ? SFD_BOX_CUT : SFD_BOX_OUTSIDE;
}

sfd_box_state sfd_box_examine(const sfd_box_norm *b, int *corner)
{
    const double c[4] = {b->x1, b->y1, b->x2, b->y2};
    sfd_box_state state = SFD_BOX_FITS;
    for (int i = 3; i >= 0; i--)
        if (!isfinite(c[i])) {
            *corner = i;
            state = SFD_BOX_NOT_FINITE;
        }
    for (int i = 0; i < 4 && state != SFD_BOX_NOT_FINITE; i++) {
        const sfd_box_state here = examine_corner(c, i);
        if (state == SFD_BOX_FITS && here != SFD_BOX_FITS)
            *corner = i;
        state = here > state ? here : state;
    }
    for (int i = 2; i < 4 && sfd_box_usable(state); i++)
        if (c[i] < c[i - 2]) {
            *corner = i;
            state = SFD_BOX_INVERTED;
        }
    return state;
}

const char *sfd_box_corner_name(int corner)
{
    static const char *const names[4] = {"x1", "y1", "x2", "y2"};
    return names[corner];
}

const char *sfd_box_wanted(sfd_box_state state, int corner)
{
    if (state == SFD_BOX_OUTSIDE)
        return "a fraction of the picture within 0..1 (is it in pixels?)";
    if (state == SFD_BOX_INVERTED)
        return corner == 2 ? "x1 or more" : "y1 or more";
    return "a number";
}

void sfd_box_clip(sfd_box_norm *b)
{
    b->x1 = fmin(1, fmax(0, b->x1));
    b->y1 = fmin(1, fmax(0, b->y1));
    b->x2 = fmin(1, fmax(0, b->x2));
    b->y2 = fmin(1, fmax(0, b->y2));
}
