/* SPDX-License-Identifier: Apache-2.0 */
/* Distance functions of rods and polygons, turned into pixels. */
#include "synth/raster.h"

#include <math.h>
#include <string.h>

#define HALF_COVER 0.5f

typedef struct window {
    int x0, y0, x1, y1; /* x1, y1 excluded */
} window;

static int clip_low(double v)
{
    return v > 0 ? (v < 32767 ? (int)v : 32767) : 0;
}

static int clip_high(double v, int limit)
{
    return v < limit ? (v > 0 ? (int)v + 1 : 0) : limit;
}

static window window_of(double x0, double y0, double x1, double y1, int width, int height)
{
    return (window){clip_low(x0), clip_low(y0), clip_high(x1, width), clip_high(y1, height)};
}

sfd_tint sfd_tint_mix(sfd_tint a, sfd_tint b, double t)
{
    float k = (float)t;
    return (sfd_tint){a.r + (b.r - a.r) * k, a.g + (b.g - a.g) * k, a.b + (b.b - a.b) * k};
}

sfd_tint sfd_tint_scale(sfd_tint a, double k)
{
    return (sfd_tint){a.r * (float)k, a.g * (float)k, a.b * (float)k};
}

sfd_paint sfd_paint_flat(sfd_tint tint)
{
    return (sfd_paint){.tint = tint, .alpha = 1, .feather_px = 1};
}

static uint8_t to_byte(float v)
{
    return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)(v + 0.5f);
}

static void put(sfd_canvas *c, int x, int y, sfd_tint t, float cover)
{
    size_t at = (size_t)y * (size_t)c->width + (size_t)x;
    uint8_t *px = c->rgb + (size_t)y * c->stride_bytes + 3 * (size_t)x;
    px[0] = to_byte(px[0] + (t.r - px[0]) * cover);
    px[1] = to_byte(px[1] + (t.g - px[1]) * cover);
    px[2] = to_byte(px[2] + (t.b - px[2]) * cover);
    if (c->owner && cover >= HALF_COVER)
        c->owner[at] = c->mark;
}

/* A point against a rod: share along the axis, offset from the axis over the radius there. */
typedef struct rod_point {
    float t, u, v; /* u, v: offset in picture axes, 1 at the outline */
    float outside; /* signed distance to the outline, < 0 inside */
} rod_point;

/* A rod with what every pixel needs worked out. */
typedef struct rod_frame {
    float ax, ay, dx, dy, inverse, ra, dr;
} rod_frame;

static rod_frame rod_prepare(const sfd_rod *rod)
{
    double dx = rod->b.x - rod->a.x, dy = rod->b.y - rod->a.y, length2 = dx * dx + dy * dy;
    return (rod_frame){(float)rod->a.x,
                       (float)rod->a.y,
                       (float)dx,
                       (float)dy,
                       length2 > 1e-9 ? (float)(1 / length2) : 0,
                       (float)rod->ra,
                       (float)(rod->rb - rod->ra)};
}

static inline rod_point rod_at(const rod_frame *f, float x, float y)
{
    float px = x - f->ax, py = y - f->ay, t = (px * f->dx + py * f->dy) * f->inverse;
    float s = t < 0 ? 0 : t > 1 ? 1 : t;
    float ox = px - s * f->dx, oy = py - s * f->dy, r = f->ra + s * f->dr;
    float scale = r > 0.01f ? 1 / r : 100;
    return (rod_point){s, ox * scale, oy * scale, sqrtf(ox * ox + oy * oy) - r};
}

/* The shading of a rod without ends: what lies beyond them counts as beside the axis. */
static inline rod_point bar_at(const rod_frame *f, float x, float y)
{
    float px = x - f->ax, py = y - f->ay, t = (px * f->dx + py * f->dy) * f->inverse;
    float s = t < 0 ? 0 : t > 1 ? 1 : t, scale = 1 / (f->ra + s * f->dr + 0.01f);
    return (rod_point){s, (px - t * f->dx) * scale, (py - t * f->dy) * scale, 0};
}

/* Lambert's law on a round surface whose slope follows from the offset u, v. */
static float shade(const sfd_light *l, float u, float v)
{
    float flat = 1 - u * u - v * v;
    float n = u * l->x + v * l->y + (flat > 0 ? sqrtf(flat) : 0) * l->z;
    return l->ambient + (1 - l->ambient) * (n > 0 ? n : 0);
}

static inline sfd_tint tint_at(const sfd_paint *p, const rod_point *q)
{
    sfd_tint t = p->tint;
    if (p->n_bands > 0 && ((int)(q->t * p->n_bands + 0.5f) & 1))
        t = p->band;
    return p->light ? sfd_tint_scale(t, shade(p->light, q->u, q->v)) : t;
}

static inline float cover_of(const sfd_paint *p, float outside)
{
    float c = 0.5f - outside / p->feather_px;
    return p->alpha * (c < 0 ? 0 : c > 1 ? 1 : c);
}

void sfd_draw_rod(sfd_canvas *c, const sfd_rod *rod, const sfd_paint *p)
{
    double grow = fmax(rod->ra, rod->rb) + p->feather_px;
    window w = window_of(fmin(rod->a.x, rod->b.x) - grow, fmin(rod->a.y, rod->b.y) - grow,
                         fmax(rod->a.x, rod->b.x) + grow, fmax(rod->a.y, rod->b.y) + grow, c->width,
                         c->height);
    rod_frame f = rod_prepare(rod);
    for (int y = w.y0; y < w.y1; y++)
        for (int x = w.x0; x < w.x1; x++) {
            rod_point q = rod_at(&f, (float)x + 0.5f, (float)y + 0.5f);
            float cover = cover_of(p, q.outside);
            if (cover > 0)
                put(c, x, y, tint_at(p, &q), cover);
        }
}

void sfd_draw_disc(sfd_canvas *c, sfd_vec2 at, double radius, const sfd_paint *p)
{
    sfd_draw_rod(c, &(sfd_rod){at, at, radius, radius}, p);
}

/* Signed distance to a polygon (Inigo Quilez): nearest edge, sign by crossings. */
static float polygon_outside(const sfd_vec2 *v, size_t n, float x, float y)
{
    float best = 1e30f;
    int inside = 0;
    for (size_t i = 0, j = n - 1; i < n; j = i++) {
        float ex = (float)(v[j].x - v[i].x), ey = (float)(v[j].y - v[i].y);
        float wx = x - (float)v[i].x, wy = y - (float)v[i].y, e2 = ex * ex + ey * ey;
        float t = e2 > 0 ? (wx * ex + wy * ey) / e2 : 0;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        float bx = wx - ex * t, by = wy - ey * t, d2 = bx * bx + by * by;
        best = d2 < best ? d2 : best;
        int below_i = v[i].y <= y, below_j = v[j].y <= y;
        if (below_i != below_j && (ex * wy - ey * wx > 0) == (ey > 0))
            inside ^= 1;
    }
    float d = sqrtf(best);
    return inside ? -d : d;
}

void sfd_draw_polygon(sfd_canvas *c, const sfd_vec2 *corners, size_t n, double radius,
                      const sfd_rod *axis, const sfd_paint *p)
{
    double x0 = 1e9, y0 = 1e9, x1 = -1e9, y1 = -1e9, grow = radius + p->feather_px;
    for (size_t i = 0; i < n; i++) {
        x0 = fmin(x0, corners[i].x);
        y0 = fmin(y0, corners[i].y);
        x1 = fmax(x1, corners[i].x);
        y1 = fmax(y1, corners[i].y);
    }
    window w = window_of(x0 - grow, y0 - grow, x1 + grow, y1 + grow, c->width, c->height);
    rod_frame f = axis ? rod_prepare(axis) : (rod_frame){0};
    rod_point q = {0};
    for (int y = w.y0; y < w.y1; y++)
        for (int x = w.x0; x < w.x1; x++) {
            float px = (float)x + 0.5f, py = (float)y + 0.5f;
            float cover = cover_of(p, polygon_outside(corners, n, px, py) - (float)radius);
            if (cover <= 0)
                continue;
            if (axis)
                q = bar_at(&f, px, py);
            put(c, x, y, tint_at(p, &q), cover);
        }
}

void sfd_mask_rod(sfd_mask *m, const sfd_rod *rod, double squash, double feather_px)
{
    sfd_rod tall = *rod; /* undistorted */
    tall.a.y /= squash;
    tall.b.y /= squash;
    double grow = fmax(rod->ra, rod->rb) + feather_px;
    window w =
        window_of(fmin(tall.a.x, tall.b.x) - grow, (fmin(tall.a.y, tall.b.y) - grow) * squash,
                  fmax(tall.a.x, tall.b.x) + grow, (fmax(tall.a.y, tall.b.y) + grow) * squash,
                  m->width, m->height);
    rod_frame f = rod_prepare(&tall);
    sfd_paint soft = {.alpha = 255, .feather_px = (float)feather_px};
    for (int y = w.y0; y < w.y1; y++)
        for (int x = w.x0; x < w.x1; x++) {
            rod_point q = rod_at(&f, (float)x + 0.5f, ((float)y + 0.5f) / (float)squash);
            uint8_t cover = to_byte(cover_of(&soft, q.outside));
            uint8_t *px = m->cover + (size_t)y * (size_t)m->width + (size_t)x;
            if (cover > *px)
                *px = cover;
        }
}

void sfd_mask_darken(sfd_mask *m, sfd_canvas *c, double strength)
{
    int k = (int)(strength * 256 + 0.5);
    for (int y = 0; y < m->height; y++) {
        const uint8_t *cover = m->cover + (size_t)y * (size_t)m->width;
        uint8_t *px = c->rgb + (size_t)y * c->stride_bytes;
        for (int x = 0; x < m->width; x++, px += 3)
            for (int ch = 0; cover[x] && ch < 3; ch++)
                px[ch] = (uint8_t)(px[ch] * (65536 - k * cover[x]) >> 16);
    }
    memset(m->cover, 0, (size_t)m->width * (size_t)m->height);
}
