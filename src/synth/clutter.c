/* SPDX-License-Identifier: Apache-2.0 */
/* Moving and hiding things. */
#include "synth/clutter.h"

#include "synth/body.h"

#include <math.h>

#define N_LEAVES 14

typedef struct sort {
    sfd_clutter_kind kind;
    double chance, z_near, z_far, slow, fast, small, large;
    unsigned scenes; /* bit k: may occur in scene k */
} sort;

#define IN(kind)   (1u << SFD_SCENE_##kind)
#define OUTDOORS   (IN(STREET) | IN(FIELD) | IN(BEACH))
#define EVERYWHERE (OUTDOORS | IN(ROOM) | IN(HALL))

static const sort sorts[] = {
    {SFD_CLUTTER_BALL, 0.45, 2.8, 6, 0.3, 1.5, 0.09, 0.16, EVERYWHERE},
    {SFD_CLUTTER_CAR, 0.75, 8.6, 8.6, 3, 8, 1, 1, IN(STREET)},
    {SFD_CLUTTER_LEAVES, 0.4, 2.4, 6, 0.2, 0.7, 0.025, 0.05, OUTDOORS},
    {SFD_CLUTTER_BIRD, 0.4, 12, 20, 2, 5, 0.25, 0.4, OUTDOORS},
    {SFD_CLUTTER_SCREEN, 0.45, 6.3, 6.3, 1, 4, 0.9, 1.3, IN(ROOM)},
    {SFD_CLUTTER_FAN, 0.35, 5.8, 6.2, 0.7, 2.2, 0.25, 0.35, IN(ROOM) | IN(HALL)},
    {SFD_CLUTTER_POST, 0.22, 1.9, 2.5, 0, 0, 0.04, 0.07, EVERYWHERE},
    {SFD_CLUTTER_BUSH, 0.22, 2.0, 2.5, 0, 0, 0.35, 0.55, OUTDOORS},
    {SFD_CLUTTER_TABLE, 0.25, 2.2, 2.6, 0, 0, 0.5, 0.7, IN(ROOM)},
};

size_t sfd_clutter_make(sfd_clutter list[SFD_MAX_CLUTTER], sfd_random *r, sfd_scene_kind scene,
                        double half_width, bool validation)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts && n < SFD_MAX_CLUTTER; i++) {
        const sort *s = &sorts[i];
        if (!(s->scenes & (1u << scene)) || !sfd_random_chance(r, s->chance))
            continue;
        sfd_clutter *c = &list[n++];
        *c = (sfd_clutter){.kind = s->kind};
        c->z = sfd_random_between(r, s->z_near, s->z_far);
        c->x = sfd_random_between(r, -0.9, 0.9) * half_width * c->z;
        c->speed_m_s = sfd_random_between(r, s->slow, s->fast);
        if (sfd_random_chance(r, 0.5) && s->kind != SFD_CLUTTER_LEAVES)
            c->speed_m_s = -c->speed_m_s;
        c->size_m = sfd_random_between(r, s->small, s->large);
        c->phase = sfd_random_unit(r);
        double hue = sfd_split_hue(r, validation), value = sfd_random_between(r, 0.5, 0.95);
        c->tint = sfd_tint_hsv(hue, 0.7, value);
        c->second = sfd_tint_scale(c->tint, 0.45);
        c->seed = (uint32_t)sfd_random_bits(r);
    }
    return n;
}

static double wrap(double x, double half)
{
    double t = (x + half) / (2 * half);
    return (t - floor(t)) * 2 * half - half;
}

static void draw_ball(const sfd_view *v, const sfd_clutter *c, double t)
{
    double hop = t * 1.3 + c->phase, u = hop - floor(hop);
    double height = 0.5 * 4 * u * (1 - u) * c->phase + c->size_m;
    double x = wrap(c->x + c->speed_m_s * t, 1.2 * c->z);
    sfd_draw_ball(v, (sfd_vec3){x, height, c->z}, c->size_m, c->tint, c->second,
                  200 * c->speed_m_s * t);
}

static void draw_leaves(const sfd_view *v, const sfd_clutter *c, double t)
{
    sfd_paint paint = sfd_paint_flat(c->tint);
    for (int i = 0; i < N_LEAVES; i++) {
        double z = c->z + 2 * sfd_random_at(c->seed, i, 0),
               rate = 0.6 + 0.8 * sfd_random_at(c->seed, i, 1);
        double fall = sfd_random_at(c->seed, i, 2) + t * c->speed_m_s * rate / 3;
        double y = 3 * (1 - (fall - floor(fall))),
               swing = 360 * (t * rate + sfd_random_at(c->seed, i, 3));
        double x = (2 * sfd_random_at(c->seed, i, 4) - 1) * z * 0.8 + 0.25 * sfd_sin_deg(swing);
        sfd_vec2 at = sfd_camera_project(v->camera, (sfd_vec3){x, y, z});
        double r = c->size_m * sfd_camera_px_per_m(v->camera, z),
               tip = 0.9 * r * sfd_cos_deg(swing);
        paint.tint = sfd_tint_mix(c->tint, c->second, sfd_random_at(c->seed, i, 5));
        sfd_draw_rod(v->canvas,
                     &(sfd_rod){{at.x - r, at.y - tip}, {at.x + r, at.y + tip}, 0.6 * r, 0.3 * r},
                     &paint);
    }
}

static void draw_bird(const sfd_view *v, const sfd_clutter *c, double t)
{
    double x = wrap(c->x + c->speed_m_s * t, c->z),
           flap = 0.6 * sfd_sin_deg(360 * 2.4 * t + 360 * c->phase);
    sfd_vec2 at = sfd_camera_project(v->camera, (sfd_vec3){x, 4 + 2 * c->phase + 0.2 * flap, c->z});
    double s = c->size_m * sfd_camera_px_per_m(v->camera, c->z);
    sfd_paint paint = sfd_paint_flat((sfd_tint){50, 50, 56});
    for (int side = -1; side <= 1; side += 2)
        sfd_draw_rod(v->canvas,
                     &(sfd_rod){at, {at.x + side * s, at.y - flap * s}, 0.2 * s, 0.05 * s}, &paint);
}

static void draw_screen(const sfd_view *v, const sfd_clutter *c, double t)
{
    int32_t shot = (int32_t)floor(t * c->speed_m_s + c->phase);
    sfd_tint picture = {(float)(50 + 180 * sfd_random_at(c->seed, shot, 0)),
                        (float)(60 + 160 * sfd_random_at(c->seed, shot, 1)),
                        (float)(80 + 170 * sfd_random_at(c->seed, shot, 2))};
    double w = c->size_m, h = 0.56 * w, slide = sfd_random_at(c->seed, shot, 3) * 0.6;
    sfd_draw_panel(v, c->x - 0.04, 0.86, c->x + w + 0.04, 0.94 + h, c->z, (sfd_tint){24, 24, 26});
    sfd_draw_panel(v, c->x, 0.9, c->x + w, 0.9 + h, c->z, picture);
    sfd_draw_panel(v, c->x + slide * w, 0.95, c->x + (slide + 0.3) * w, 0.8 + h, c->z,
                   sfd_tint_scale(picture, 0.6));
}

static void draw_fan(const sfd_view *v, const sfd_clutter *c, double t)
{
    double k = sfd_camera_px_per_m(v->camera, c->z);
    sfd_tint steel = {150, 152, 156};
    sfd_draw_pole(v, c->x, c->z, 0, 1.25, 0.025, steel);
    sfd_vec2 hub = sfd_camera_project(v->camera, (sfd_vec3){c->x, 1.25, c->z});
    sfd_paint blade = sfd_paint_flat(c->tint);
    for (int i = 0; i < 3; i++) {
        double angle = 360 * (t * c->speed_m_s + i / 3.0);
        double dx = c->size_m * k * sfd_cos_deg(angle), dy = c->size_m * k * sfd_sin_deg(angle);
        sfd_draw_rod(v->canvas, &(sfd_rod){hub, {hub.x + dx, hub.y + dy}, 0.03 * k, 0.07 * k},
                     &blade);
    }
}

void sfd_clutter_draw(const sfd_view *v, const sfd_clutter *c, double t)
{
    switch (c->kind) {
    case SFD_CLUTTER_BALL:
        draw_ball(v, c, t);
        break;
    case SFD_CLUTTER_CAR:
        sfd_draw_car(v, wrap(c->x + c->speed_m_s * t, 14), c->z, c->speed_m_s > 0, c->tint);
        break;
    case SFD_CLUTTER_LEAVES:
        draw_leaves(v, c, t);
        break;
    case SFD_CLUTTER_BIRD:
        draw_bird(v, c, t);
        break;
    case SFD_CLUTTER_SCREEN:
        draw_screen(v, c, t);
        break;
    case SFD_CLUTTER_FAN:
        draw_fan(v, c, t);
        break;
    case SFD_CLUTTER_POST:
        sfd_draw_pole(v, c->x, c->z, 0, 5, c->size_m,
                      sfd_tint_mix(c->second, (sfd_tint){110, 110, 110}, 0.7));
        break;
    case SFD_CLUTTER_BUSH:
        sfd_draw_bush(v, c->x, c->z, c->size_m, (sfd_tint){84, 132, 62}, c->seed);
        break;
    case SFD_CLUTTER_TABLE:
        sfd_draw_table(v, &(sfd_stance){c->x, c->z, 0}, 2 * c->size_m, c->size_m,
                       (sfd_tint){160, 118, 78});
        break;
    }
}
