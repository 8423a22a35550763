/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks, rods and discs that make up the scenery. */
#include "synth/props.h"

#include <math.h>

static const sfd_tint dark = {34, 34, 38};

static double lambert(const sfd_light *l, sfd_vec3 normal)
{
    /* World y is up and z away, the light's y is down and z near. */
    double n = normal.x * l->x - normal.y * l->y - normal.z * l->z;
    return l->ambient + (1 - l->ambient) * fmax(n, 0);
}

static void draw_face(const sfd_view *v, const sfd_vec3 corner[4], sfd_vec3 normal, sfd_tint tint)
{
    sfd_vec3 middle = sfd_mix3(corner[0], corner[2], 0.5);
    sfd_vec3 eye = {0, v->camera->height_m, 0};
    if (sfd_dot(normal, sfd_sub(eye, middle)) <= 0)
        return;
    sfd_vec2 at[4];
    for (int i = 0; i < 4; i++)
        at[i] = sfd_camera_project(v->camera, corner[i]);
    sfd_paint paint = sfd_paint_flat(sfd_tint_scale(tint, lambert(v->light, normal)));
    sfd_draw_polygon(v->canvas, at, 4, 0, NULL, &paint);
}

void sfd_draw_block(const sfd_view *v, const sfd_block *b)
{
    double l = b->length / 2, d = b->depth / 2;
    const sfd_vec3 foot[4] = {{d, l, 0}, {d, -l, 0}, {-d, -l, 0}, {-d, l, 0}};
    sfd_vec3 low[4], high[4];
    for (int i = 0; i < 4; i++) {
        low[i] = high[i] = sfd_stance_world(&b->at, foot[i]);
        low[i].y = b->y0;
        high[i].y = b->y1;
    }
    const sfd_vec3 normal[4] = {{1, 0, 0}, {0, -1, 0}, {-1, 0, 0}, {0, 1, 0}};
    for (int i = 0; i < 4; i++) {
        int j = (i + 1) & 3;
        sfd_vec3 face[4] = {low[i], low[j], high[j], high[i]};
        draw_face(v, face, sfd_stance_direction(&b->at, normal[i]), b->tint);
    }
    draw_face(v, high, (sfd_vec3){0, 1, 0}, b->tint);
}

void sfd_draw_panel(const sfd_view *v, double x0, double y0, double x1, double y1, double z,
                    sfd_tint tint)
{
    const sfd_vec3 corner[4] = {{x0, y0, z}, {x1, y0, z}, {x1, y1, z}, {x0, y1, z}};
    sfd_vec2 at[4];
    for (int i = 0; i < 4; i++)
        at[i] = sfd_camera_project(v->camera, corner[i]);
    sfd_paint paint = sfd_paint_flat(tint);
    sfd_draw_polygon(v->canvas, at, 4, 0, NULL, &paint);
}

void sfd_draw_pole(const sfd_view *v, double x, double z, double y0, double y1, double radius,
                   sfd_tint tint)
{
    double r = radius * sfd_camera_px_per_m(v->camera, z);
    sfd_rod rod = {sfd_camera_project(v->camera, (sfd_vec3){x, y0, z}),
                   sfd_camera_project(v->camera, (sfd_vec3){x, y1, z}), r, r};
    sfd_paint paint = sfd_paint_flat(tint);
    paint.light = v->light;
    sfd_draw_rod(v->canvas, &rod, &paint);
}

void sfd_draw_ball(const sfd_view *v, sfd_vec3 at, double radius, sfd_tint tint, sfd_tint band,
                   double turn_deg)
{
    double r = radius * sfd_camera_px_per_m(v->camera, at.z);
    sfd_vec2 p = sfd_camera_project(v->camera, at);
    sfd_paint paint = sfd_paint_flat(tint);
    paint.light = v->light;
    sfd_draw_disc(v->canvas, p, r, &paint);
    double dx = 0.45 * r * sfd_cos_deg(turn_deg), dy = 0.45 * r * sfd_sin_deg(turn_deg);
    sfd_rod patch = {{p.x + dx, p.y + dy}, {p.x - dx, p.y - dy}, 0.22 * r, 0.22 * r};
    paint.tint = band;
    paint.alpha = 0.8f;
    sfd_draw_rod(v->canvas, &patch, &paint);
}

void sfd_draw_window(const sfd_view *v, double x0, double y0, double x1, double y1, double z,
                     sfd_tint glass)
{
    sfd_tint frame = {232, 230, 224};
    double bar = 0.05 * (x1 - x0), xm = (x0 + x1) / 2, ym = (y0 + y1) / 2;
    sfd_draw_panel(v, x0 - bar, y0 - bar, x1 + bar, y1 + bar, z, frame);
    sfd_draw_panel(v, x0, y0, x1, ym, z, sfd_tint_scale(glass, 0.86));
    sfd_draw_panel(v, x0, ym, x1, y1, z, glass);
    sfd_draw_panel(v, xm - bar / 2, y0, xm + bar / 2, y1, z, frame);
    sfd_draw_panel(v, x0, ym - bar / 2, x1, ym + bar / 2, z, frame);
}

void sfd_draw_car(const sfd_view *v, double x, double z, bool right, sfd_tint tint)
{
    double way = right ? 1 : -1, k = sfd_camera_px_per_m(v->camera, z);
    sfd_block lower = {{x, z, 0}, 4.0, 1.6, 0.30, 0.86, tint};
    sfd_block cabin = {{x - 0.15 * way, z, 0}, 2.1, 1.4, 0.86, 1.38, sfd_tint_scale(tint, 0.9)};
    sfd_draw_block(v, &lower);
    sfd_draw_block(v, &cabin);
    double front = z - 0.81;
    sfd_draw_panel(v, x - 0.15 * way - 0.95, 0.92, x - 0.15 * way - 0.06, 1.30, front + 0.1,
                   (sfd_tint){70, 88, 104});
    sfd_draw_panel(v, x - 0.15 * way + 0.06, 0.92, x - 0.15 * way + 0.95, 1.30, front + 0.1,
                   (sfd_tint){70, 88, 104});
    sfd_draw_panel(v, x + way * 1.82 - 0.12, 0.58, x + way * 1.82 + 0.12, 0.74, front,
                   (sfd_tint){250, 240, 190});
    sfd_draw_panel(v, x - way * 1.86 - 0.08, 0.58, x - way * 1.86 + 0.08, 0.76, front,
                   (sfd_tint){190, 30, 30});
    for (int i = -1; i <= 1; i += 2) {
        sfd_vec2 hub = sfd_camera_project(v->camera, (sfd_vec3){x + 1.25 * i, 0.33, front});
        sfd_paint tyre = sfd_paint_flat(dark), rim = sfd_paint_flat((sfd_tint){150, 150, 154});
        sfd_draw_disc(v->canvas, hub, 0.33 * k, &tyre);
        sfd_draw_disc(v->canvas, hub, 0.16 * k, &rim);
    }
}

/* Leaves: discs of changing brightness, the lighter ones higher. */
static void draw_foliage(const sfd_view *v, sfd_vec3 middle, double radius, int n, sfd_tint leaves,
                         uint32_t seed)
{
    double k = sfd_camera_px_per_m(v->camera, middle.z);
    sfd_vec2 at = sfd_camera_project(v->camera, middle);
    sfd_paint paint = sfd_paint_flat(leaves);
    paint.feather_px = 1.5f;
    for (int i = 0; i < n; i++) {
        double angle = 360 * sfd_random_at(seed, i, 1), far = sqrt(sfd_random_at(seed, i, 2));
        double dx = far * sfd_cos_deg(angle), dy = 0.8 * far * sfd_sin_deg(angle);
        double tone = 0.62 + 0.3 * (double)i / n - 0.22 * dy + 0.12 * sfd_random_at(seed, i, 3);
        paint.tint = sfd_tint_scale(leaves, tone);
        sfd_vec2 p = {at.x + dx * radius * k, at.y + dy * radius * k};
        sfd_draw_disc(v->canvas, p, radius * k * (0.30 - 0.16 * (double)i / n), &paint);
    }
}

void sfd_draw_tree(const sfd_view *v, double x, double z, double height, sfd_tint leaves,
                   uint32_t seed)
{
    sfd_draw_pole(v, x, z, 0, 0.55 * height, 0.035 * height, (sfd_tint){96, 72, 52});
    draw_foliage(v, (sfd_vec3){x, 0.68 * height, z}, 0.27 * height, 90, leaves, seed);
}

void sfd_draw_bush(const sfd_view *v, double x, double z, double radius, sfd_tint leaves,
                   uint32_t seed)
{
    draw_foliage(v, (sfd_vec3){x, 0.7 * radius, z}, radius, 70, leaves, seed);
}

/* Four legs and what they carry, on a footprint of length by depth. */
static void draw_legs(const sfd_view *v, const sfd_stance *at, double length, double depth,
                      double height, sfd_tint tint)
{
    for (int i = 0; i < 4; i++) {
        sfd_vec3 foot = {(i & 1 ? 0.42 : -0.42) * depth, (i & 2 ? 0.42 : -0.42) * length, 0};
        sfd_vec3 w = sfd_stance_world(at, foot);
        sfd_draw_pole(v, w.x, w.z, 0, height, 0.022, sfd_tint_scale(tint, 0.8));
    }
}

void sfd_draw_seat(const sfd_view *v, const sfd_stance *at, double height, int style, sfd_tint tint)
{
    double length = style == 2 ? 1.3 : 0.44;
    draw_legs(v, at, length, 0.42, height, tint);
    sfd_vec3 behind = sfd_stance_world(at, (sfd_vec3){-0.22, 0, 0});
    sfd_block back = {
        {behind.x, behind.z, at->yaw_deg}, length, 0.05, height + 0.10, height + 0.48, tint};
    sfd_block plate = {*at, length, 0.44, height - 0.06, height, tint};
    if (style > 0)
        sfd_draw_block(v, &back);
    sfd_draw_block(v, &plate);
}

void sfd_draw_sofa(const sfd_view *v, const sfd_stance *at, sfd_tint tint)
{
    sfd_vec3 behind = sfd_stance_world(at, (sfd_vec3){-0.4, 0, 0});
    sfd_block back = {{behind.x, behind.z, at->yaw_deg}, 1.9, 0.2, 0.08, 0.85,
                      sfd_tint_scale(tint, 0.9)};
    sfd_block base = {*at, 1.9, 0.8, 0.08, 0.44, tint};
    sfd_draw_block(v, &back);
    sfd_draw_block(v, &base);
    for (int i = -1; i <= 1; i += 2) {
        sfd_vec3 side = sfd_stance_world(at, (sfd_vec3){0, 1.0 * i, 0});
        sfd_block arm = {{side.x, side.z, at->yaw_deg}, 0.2, 0.85, 0.08, 0.62,
                         sfd_tint_scale(tint, 1.06)};
        sfd_draw_block(v, &arm);
    }
}

void sfd_draw_table(const sfd_view *v, const sfd_stance *at, double length, double height,
                    sfd_tint tint)
{
    draw_legs(v, at, length, 0.7, height, tint);
    sfd_block top = {*at, length, 0.7, height - 0.05, height, tint};
    sfd_draw_block(v, &top);
}

void sfd_draw_shelf(const sfd_view *v, double x, double z, double width, double height,
                    sfd_tint tint, uint32_t seed)
{
    sfd_draw_panel(v, x, 0, x + width, height, z, sfd_tint_scale(tint, 0.55));
    int rows = (int)(height / 0.38);
    for (int r = 0; r < rows; r++) {
        double y = 0.38 * r;
        for (int i = 0; (i + 1) * 0.07 < width - 0.08; i++) {
            double h = 0.18 + 0.12 * sfd_random_at(seed, i, r),
                   grey = 70 + 150 * sfd_random_at(seed + 1, i, r);
            sfd_tint book = {(float)grey, (float)(60 + 120 * sfd_random_at(seed + 2, i, r)),
                             (float)(50 + 110 * sfd_random_at(seed + 3, i, r))};
            if (sfd_random_at(seed + 4, i, r) < 0.8)
                sfd_draw_panel(v, x + 0.04 + i * 0.07, y + 0.04, x + 0.10 + i * 0.07, y + 0.04 + h,
                               z, book);
        }
        sfd_draw_panel(v, x, y, x + width, y + 0.04, z, tint);
    }
    sfd_draw_panel(v, x, height, x + width, height + 0.04, z, tint);
    sfd_draw_panel(v, x - 0.02, 0, x + 0.03, height + 0.04, z, tint);
    sfd_draw_panel(v, x + width - 0.03, 0, x + width + 0.02, height + 0.04, z, tint);
}
