/* SPDX-License-Identifier: Apache-2.0 */
/* Painting the five kinds of scene. */
#include "synth/backdrop.h"

#include "synth/body.h"
#include "synth/texture.h"

#include <math.h>

#define N_OF(array) (sizeof array / sizeof *array)
#define WALL_BASE_M 0.12 /* skirting board */

const char *const sfd_scene_names[SFD_N_SCENES] = {"room", "hall", "street", "field", "beach"};

typedef struct scene {
    sfd_material ground, strip, wall; /* strip: the ground beyond strip_z (road, water) */
    double strip_z, wall_z;           /* 1e9: none */
    bool has_sky;
    sfd_tint sky_low, sky_high;
    uint32_t seed;
} scene;

/* Training and validation use different patterns. */
static const sfd_material_kind wall_kinds[2][3] = {{SFD_PLASTER, SFD_STRIPES, SFD_PANELS},
                                                   {SFD_BRICKS, SFD_DOTS, SFD_PLASTER}};
static const sfd_material_kind floor_kinds[2][2] = {{SFD_PLANKS, SFD_CARPET},
                                                    {SFD_TILES, SFD_CHECKS}};
static const sfd_material_kind pavement_kinds[2][2] = {{SFD_PAVING, SFD_ASPHALT},
                                                       {SFD_TILES, SFD_BRICKS}};

static sfd_tint pale(sfd_random *r, bool validation, double lowest)
{
    double hue = sfd_split_hue(r, validation), s = sfd_random_between(r, 0.04, 0.32);
    return sfd_tint_hsv(hue, s, sfd_random_between(r, lowest, 0.95));
}

static sfd_material indoor_floor(sfd_random *r, bool validation)
{
    sfd_material m = {.kind = floor_kinds[validation][sfd_random_below(r, 2)]};
    double hue =
        m.kind == SFD_PLANKS ? sfd_random_between(r, 0.06, 0.11) : sfd_split_hue(r, validation);
    double value = sfd_random_between(r, 0.4, 0.75);
    m.main = sfd_tint_hsv(hue, m.kind == SFD_PLANKS ? 0.45 : 0.22, value);
    m.second = sfd_tint_scale(m.main, m.kind == SFD_CHECKS || m.kind == SFD_CARPET ? 0.8 : 0.62);
    m.size_m = m.kind == SFD_PLANKS ? 0.14 : sfd_random_between(r, 0.35, 0.6);
    m.seed = (uint32_t)sfd_random_bits(r);
    return m;
}

static sfd_material indoor_wall(sfd_random *r, bool validation)
{
    sfd_material m = {.kind = wall_kinds[validation][sfd_random_below(r, 3)]};
    m.main = pale(r, validation, 0.55);
    m.second = sfd_tint_scale(m.main, sfd_random_between(r, 0.84, 0.94));
    m.size_m = m.kind == SFD_BRICKS   ? 0.11
               : m.kind == SFD_PANELS ? 1.2
               : m.kind == SFD_DOTS   ? 0.22
                                      : sfd_random_between(r, 0.15, 0.5);
    m.seed = (uint32_t)sfd_random_bits(r);
    return m;
}

static void describe_indoors(scene *s, sfd_random *r, bool validation)
{
    s->ground = indoor_floor(r, validation);
    s->wall = indoor_wall(r, validation);
    s->wall_z = sfd_random_between(r, 6.4, 8.5);
}

static sfd_material natural(sfd_random *r, sfd_material_kind kind, double hue, double s,
                            double value)
{
    hue += sfd_random_between(r, -0.02, 0.02);
    value *= sfd_random_between(r, 0.85, 1.1);
    sfd_tint main = sfd_tint_hsv(hue, s, value);
    return (sfd_material){kind, main, sfd_tint_scale(main, 0.78), 0.5,
                          (uint32_t)sfd_random_bits(r)};
}

static void describe_outdoors(scene *s, sfd_scene_kind kind, sfd_random *r, bool validation)
{
    s->has_sky = true;
    double blue = sfd_random_between(r, 0.52, 0.62), bright = sfd_random_between(r, 0.75, 0.98);
    s->sky_high = sfd_tint_hsv(blue, sfd_random_between(r, 0.1, 0.55), bright);
    s->sky_low = sfd_tint_mix(s->sky_high, (sfd_tint){250, 240, 226}, 0.65);
    if (kind == SFD_SCENE_STREET) {
        sfd_material_kind pavement = pavement_kinds[validation][sfd_random_below(r, 2)];
        s->ground = natural(r, pavement, 0.09, 0.08, 0.62);
        s->ground.size_m = pavement == SFD_BRICKS ? 0.16 : 0.5;
        s->strip = natural(r, SFD_ASPHALT, 0.6, 0.05, 0.36);
        s->strip_z = 7.2;
    } else if (kind == SFD_SCENE_FIELD) {
        s->ground = natural(r, SFD_GRASS, validation ? 0.20 : 0.27, 0.52, 0.52);
    } else {
        s->ground = natural(r, SFD_SAND, validation ? 0.08 : 0.12, 0.32, 0.84);
        s->strip = natural(r, SFD_SAND, 0.53, 0.5, 0.66);
        s->strip_z = 10;
    }
}

static sfd_tint sky_at(const scene *s, double u, double v)
{
    sfd_tint t = sfd_tint_mix(s->sky_low, s->sky_high, sfd_clamp(v * 1.6, 0, 1));
    double cloud = sfd_noise_octaves(s->seed, u * 3, v * 8, 4);
    return sfd_tint_mix(t, (sfd_tint){255, 253, 250}, 0.8 * sfd_smooth((cloud - 0.5) * 4));
}

/* A bank of hills and woods that ends the field. */
static bool hill_at(const scene *s, double u, double v, sfd_tint *out)
{
    double ridge = 0.02 + 0.10 * sfd_noise_octaves(s->seed + 31, u * 2.2, 0, 3);
    if (v > ridge)
        return false;
    double k = sfd_noise_octaves(s->seed + 32, u * 22, v * 30, 2);
    *out = sfd_tint_scale(sfd_tint_mix(s->ground.main, s->sky_low, 0.35), 0.62 + 0.3 * k);
    return true;
}

/* What the camera sees at a place of its picture, furniture apart. */
static sfd_tint colour_at(const scene *s, const sfd_camera *c, double x, double y)
{
    double u = (x - c->centre_x_px) / c->focal_px, v = (c->horizon_y_px - y) / c->focal_px;
    double z = v < 0 ? c->height_m / -v : 1e9;
    if (z < fmin(s->wall_z, 60)) {
        const sfd_material *m = z > s->strip_z ? &s->strip : &s->ground;
        sfd_tint t = sfd_material_at(m, u * z, z);
        return sfd_tint_mix(t, sfd_tint_mix(m->main, m->second, 0.4), sfd_smooth((z - 6) / 14));
    }
    if (!s->has_sky) {
        double height = c->height_m + v * s->wall_z;
        sfd_tint t = sfd_material_at(&s->wall, u * s->wall_z, height);
        return height < WALL_BASE_M ? (sfd_tint){214, 208, 198} : t;
    }
    sfd_tint hill;
    return hill_at(s, u, v, &hill) ? hill : sky_at(s, u, v);
}

/* Four samples a pixel. */
static void fill(const sfd_view *v, const scene *s)
{
    sfd_canvas *c = v->canvas;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            sfd_tint sum = {0, 0, 0};
            for (int i = 0; i < 4; i++) {
                sfd_tint t =
                    colour_at(s, v->camera, x + 0.25 + 0.5 * (i & 1), y + 0.25 + 0.5 * (i >> 1));
                sum = (sfd_tint){sum.r + t.r, sum.g + t.g, sum.b + t.b};
            }
            uint8_t *px = c->rgb + (size_t)y * c->stride_bytes + 3 * (size_t)x;
            px[0] = (uint8_t)sfd_clamp(sum.r / 4 + 0.5, 0, 255);
            px[1] = (uint8_t)sfd_clamp(sum.g / 4 + 0.5, 0, 255);
            px[2] = (uint8_t)sfd_clamp(sum.b / 4 + 0.5, 0, 255);
        }
}

static void furnish_wall(const sfd_view *v, const scene *s, sfd_random *r, bool validation)
{
    double z = s->wall_z - 0.02, half = 0.75 * z;
    for (double x = -half + sfd_random_unit(r); x < half; x += sfd_random_between(r, 1.4, 2.4)) {
        double what = sfd_random_unit(r);
        sfd_tint tint = pale(r, validation, 0.5);
        if (what < 0.3)
            sfd_draw_window(v, x, 0.9, x + 1.1, 2.3, z, s->sky_high);
        else if (what < 0.55) {
            double w = sfd_random_between(r, 0.3, 0.8), h = sfd_random_between(r, 0.3, 0.6);
            sfd_draw_panel(v, x - 0.04, 1.46, x + w + 0.04, 1.54 + h, z, (sfd_tint){70, 54, 40});
            sfd_draw_panel(v, x, 1.5, x + w, 1.5 + h, z, tint);
            sfd_draw_panel(v, x, 1.5, x + w, 1.5 + 0.4 * h, z, sfd_tint_scale(tint, 0.7));
        } else if (what < 0.75) {
            double h = sfd_random_between(r, 1.1, 2.1);
            sfd_draw_shelf(v, x, z, 1.1, h, (sfd_tint){150, 112, 74}, (uint32_t)sfd_random_bits(r));
        } else if (what < 0.88) {
            sfd_draw_panel(v, x, 0, x + 0.95, 2.1, z, sfd_tint_scale(tint, 0.7));
            sfd_draw_panel(v, x + 0.07, 0.05, x + 0.88, 2.03, z, sfd_tint_scale(tint, 0.82));
        }
    }
}

static void furnish_room(const sfd_view *v, const scene *s, sfd_random *r, bool validation)
{
    furnish_wall(v, s, r, validation);
    for (int side = -1; side <= 1; side += 2) {
        sfd_stance at = {side * sfd_random_between(r, 1.2, 3.0), s->wall_z - 0.7, 0};
        at.yaw_deg = -side * sfd_random_between(r, 0, 25);
        sfd_tint tint = pale(r, validation, 0.35);
        double what = sfd_random_unit(r);
        if (what < 0.4)
            sfd_draw_sofa(v, &at, tint);
        else if (what < 0.7)
            sfd_draw_table(v, &at, 1.3, 0.74, (sfd_tint){158, 116, 76});
        else if (what < 0.85)
            sfd_draw_bush(v, at.x, at.z, 0.5, (sfd_tint){70, 120, 60},
                          (uint32_t)sfd_random_bits(r));
    }
}

/* A gymnasium: lines on the floor, a band along the wall, wall bars or mats. */
static void furnish_hall(const sfd_view *v, const scene *s, sfd_random *r, bool validation)
{
    double z = s->wall_z - 0.02, half = z;
    sfd_tint band = pale(r, validation, 0.5), line = {236, 232, 220};
    sfd_draw_panel(v, -half, 1.0, half, 1.0 + sfd_random_between(r, 0.1, 0.5), z, band);
    double x = sfd_random_between(r, -3, 1);
    if (sfd_random_chance(r, 0.6))
        for (int i = 0; i < 9; i++)
            sfd_draw_panel(v, x, 0.3 + 0.24 * i, x + 1.8, 0.35 + 0.24 * i, z,
                           (sfd_tint){170, 124, 76});
    double mat_x = sfd_random_between(r, -2, 2);
    sfd_block mat = {{mat_x, s->wall_z - 0.8, 0},
                     2.2,
                     1.0,
                     0,
                     0.12,
                     sfd_tint_hsv(sfd_split_hue(r, validation), 0.7, 0.7)};
    sfd_draw_block(v, &mat);
    double line_z = sfd_random_between(r, 4.2, 5.6);
    sfd_block stripe = {{0, line_z, 0}, 14, 0.06, 0, 0, line};
    sfd_draw_block(v, &stripe);
}

static void raise_houses(const sfd_view *v, const scene *s, sfd_random *r, bool validation)
{
    double z = 15;
    for (double x = -14 + 3 * sfd_random_unit(r); x < 13;) {
        double width = sfd_random_between(r, 4, 7), height = sfd_random_between(r, 5, 11);
        sfd_tint front = pale(r, validation, 0.45), glass = sfd_tint_scale(s->sky_high, 0.6);
        sfd_draw_panel(v, x, 0, x + width, height, z, front);
        for (double y = 3.1; y + 1.5 < height; y += 2.4)
            for (double wx = x + 0.6; wx + 0.9 < x + width; wx += 1.5)
                sfd_draw_window(v, wx, y, wx + 0.85, y + 1.3, z, glass);
        sfd_draw_panel(v, x + 0.4, 0, x + width - 0.4, 2.3, z, sfd_tint_scale(front, 0.55));
        for (double wx = x + 0.6; wx + 1.1 < x + width; wx += 1.35)
            sfd_draw_panel(v, wx, 0.4, wx + 1.1, 2.1, z, glass);
        sfd_tint awning = sfd_tint_hsv(sfd_split_hue(r, validation), 0.6, 0.7);
        if (sfd_random_chance(r, 0.6))
            sfd_draw_panel(v, x + 0.3, 2.2, x + width - 0.3, 2.75, z, awning);
        x += width + (sfd_random_chance(r, 0.3) ? 1.2 : 0);
    }
}

static void furnish_street(const sfd_view *v, const scene *s, sfd_random *r, bool validation)
{
    sfd_block far_pavement = {{0, 13.6, 0}, 60, 2.8, 0, 0.1, s->ground.main};
    raise_houses(v, s, r, validation);
    sfd_draw_block(v, &far_pavement);
    for (double x = -9; x < 9; x += 2.2) {
        sfd_block dash = {{x, 9.8, 0}, 1.0, 0.14, 0, 0.001, {226, 222, 210}};
        sfd_draw_block(v, &dash);
    }
    sfd_block kerb = {{0, s->strip_z, 0}, 40, 0.18, 0, 0.08, {176, 172, 164}};
    sfd_draw_block(v, &kerb);
    size_t n = sfd_random_below(r, 3);
    for (size_t i = 0; i < n; i++) {
        double x = sfd_random_between(r, -6, 6);
        double hue = sfd_split_hue(r, validation), value = sfd_random_between(r, 0.4, 0.9);
        sfd_tint tint = sfd_tint_hsv(hue, 0.6, value);
        sfd_draw_car(v, x, 11.6, sfd_random_chance(r, 0.5), tint);
    }
    double lamp = sfd_random_between(r, -3.2, 3.2);
    sfd_draw_pole(v, lamp, 6.9, 0, 4.2, 0.05, (sfd_tint){70, 76, 78});
    if (sfd_random_chance(r, 0.6))
        sfd_draw_tree(v, lamp + 1.8, 6.9, 3.6, (sfd_tint){88, 140, 66},
                      (uint32_t)sfd_random_bits(r));
}

static void furnish_field(const sfd_view *v, const scene *s, sfd_random *r, bool validation)
{
    sfd_tint leaves = sfd_tint_scale(s->ground.main, 0.95);
    size_t n = 2 + sfd_random_below(r, 5);
    for (size_t i = 0; i < n; i++) {
        double z = 22 - 2.0 * (double)i, x = sfd_random_between(r, -0.8, 0.8) * z;
        double height = sfd_random_between(r, 3.5, 6);
        sfd_draw_tree(v, x, z, height, leaves, (uint32_t)sfd_random_bits(r));
    }
    if (sfd_random_chance(r, 0.5)) { /* a goal */
        double x = sfd_random_between(r, -3, 1), z = 11;
        sfd_tint white = {240, 240, 240};
        sfd_draw_pole(v, x, z, 0, 2.1, 0.05, white);
        sfd_draw_pole(v, x + 4.5, z, 0, 2.1, 0.05, white);
        sfd_draw_panel(v, x, 2.05, x + 4.5, 2.15, z, white);
    } else { /* a fence */
        sfd_tint wood = pale(r, validation, 0.5);
        for (double x = -12; x < 12; x += 1.6)
            sfd_draw_pole(v, x, 12, 0, 1.1, 0.06, wood);
        sfd_draw_panel(v, -14, 0.45, 14, 0.55, 12, wood);
        sfd_draw_panel(v, -14, 0.85, 14, 0.95, 12, wood);
    }
}

static void furnish_beach(const sfd_view *v, sfd_random *r, bool validation)
{
    double x = sfd_random_between(r, -3, 3);
    sfd_tint shade = sfd_tint_hsv(sfd_split_hue(r, validation), 0.65, 0.85);
    sfd_draw_pole(v, x, 8, 0, 2.2, 0.03, (sfd_tint){220, 214, 200});
    const sfd_vec3 rim[3] = {{x - 1.2, 1.8, 8}, {x + 1.2, 1.8, 8}, {x, 2.5, 8}};
    sfd_vec2 at[3];
    for (size_t i = 0; i < N_OF(rim); i++)
        at[i] = sfd_camera_project(v->camera, rim[i]);
    sfd_paint paint = sfd_paint_flat(shade);
    sfd_draw_polygon(v->canvas, at, 3, 1.5, NULL, &paint);
    sfd_block towel = {{x + 1.3, 7.4, 20},
                       0.8,
                       1.7,
                       0,
                       0.001,
                       sfd_tint_hsv(sfd_split_hue(r, validation), 0.5, 0.8)};
    sfd_draw_block(v, &towel);
    sfd_block house = {{sfd_random_between(r, -5, 5), 9.6, 0}, 1.6, 1.2, 0, 2.0, {0, 0, 0}};
    house.tint = pale(r, validation, 0.6);
    if (sfd_random_chance(r, 0.4))
        sfd_draw_block(v, &house);
}

void sfd_backdrop_paint(const sfd_view *v, sfd_scene_kind kind, sfd_random *r, bool validation)
{
    scene s = {.strip_z = 1e9, .wall_z = 1e9, .sky_high = {206, 226, 244}};
    s.seed = (uint32_t)sfd_random_bits(r);
    if (sfd_scene_indoors(kind))
        describe_indoors(&s, r, validation);
    else
        describe_outdoors(&s, kind, r, validation);
    fill(v, &s);
    switch (kind) {
    case SFD_SCENE_ROOM:
        furnish_room(v, &s, r, validation);
        break;
    case SFD_SCENE_HALL:
        furnish_hall(v, &s, r, validation);
        break;
    case SFD_SCENE_STREET:
        furnish_street(v, &s, r, validation);
        break;
    case SFD_SCENE_FIELD:
        furnish_field(v, &s, r, validation);
        break;
    default:
        furnish_beach(v, r, validation);
    }
}
