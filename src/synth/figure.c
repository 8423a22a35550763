/* SPDX-License-Identifier: Apache-2.0 */
/* A figure is a list of rods between joints, painted from the farthest to the nearest. */
#include "synth/figure.h"

#include <math.h>

#define MAX_PARTS 48

typedef struct part {
    sfd_vec3 a, b; /* body axes; for the trunk, the middles of its ends */
    double ra, rb; /* metres */
    sfd_paint paint;
    double depth;
    bool trunk;
    sfd_vec3 corner[4];
} part;

typedef struct part_list {
    part parts[MAX_PARTS];
    size_t n;
    const sfd_figure *figure;
    const sfd_light *light;
} part_list;

static double depth_of(const sfd_figure *f, sfd_vec3 body)
{
    return sfd_stance_world(&f->stance, body).z;
}

/* `nearer` metres bring the part before its neighbours. */
static part *add(part_list *l, sfd_vec3 a, sfd_vec3 b, double ra, double rb, sfd_tint tint,
                 double nearer)
{
    part *p = &l->parts[l->n++];
    *p = (part){.a = a, .b = b, .ra = ra, .rb = rb};
    p->paint = sfd_paint_flat(tint);
    p->paint.light = l->light;
    p->depth = depth_of(l->figure, sfd_mix3(a, b, 0.5)) - nearer;
    return p;
}

static void add_arm(part_list *l, int side, double unit)
{
    const sfd_joints *j = &l->figure->joints;
    const sfd_body *b = l->figure->body;
    sfd_tint upper = b->sleeve > 0.2 ? b->shirt : b->skin;
    sfd_tint fore = b->sleeve > 0.9 ? b->shirt : b->skin;
    double cloth = b->sleeve > 0.2 ? 1.12 : 1, cuff = b->sleeve > 0.9 ? 1.15 : 1;
    add(l, j->shoulder[side], j->elbow[side], 0.031 * unit * cloth, 0.025 * unit * cloth, upper,
        0.03);
    add(l, j->elbow[side], j->wrist[side], 0.024 * unit * cuff, 0.018 * unit * cuff, fore, 0.035);
    add(l, j->wrist[side], sfd_mix3(j->wrist[side], j->hand[side], 0.85), 0.016 * unit,
        0.021 * unit, b->skin, 0.04);
}

static void add_leg(part_list *l, int side, double unit)
{
    const sfd_joints *j = &l->figure->joints;
    const sfd_body *b = l->figure->body;
    bool bare = b->legwear != SFD_TROUSERS;
    sfd_vec3 hem = sfd_mix3(j->hip[side], j->knee[side], 0.75);
    sfd_tint shank = bare ? b->skin : b->legs, thigh = b->legwear == SFD_SKIRT ? b->skin : b->legs;
    double cloth = bare ? 1 : 1.12;
    add(l, j->knee[side], j->ankle[side], 0.032 * unit * cloth,
        0.021 * unit * cloth * (bare ? 1 : 1.15), shank, 0.005);
    if (b->legwear == SFD_SHORTS) {
        add(l, hem, j->knee[side], 0.036 * unit, 0.032 * unit, b->skin, 0.004);
        add(l, j->hip[side], hem, 0.050 * unit, 0.044 * unit, thigh, 0.006);
    } else {
        add(l, j->hip[side], j->knee[side], 0.049 * unit, 0.035 * unit, thigh, 0.006);
    }
    add(l, j->heel[side], j->toe[side], 0.021 * unit, 0.016 * unit, b->shoes, 0.012);
    add(l, j->ankle[side], sfd_mix3(j->heel[side], j->toe[side], 0.3), 0.020 * unit, 0.022 * unit,
        b->shoes, 0.008);
}

/* A rounded quadrangle between two crosswise lines of the body. */
static void add_trunk(part_list *l, sfd_vec3 low, sfd_vec3 high, sfd_vec3 low_half,
                      sfd_vec3 high_half, double radius, sfd_tint tint, double nearer)
{
    part *p = add(l, low, high, radius, radius, tint, nearer);
    p->trunk = true;
    p->corner[0] = sfd_add(low, low_half);
    p->corner[1] = sfd_sub(low, low_half);
    p->corner[2] = sfd_sub(high, high_half);
    p->corner[3] = sfd_add(high, high_half);
}

static void add_torso(part_list *l, double unit)
{
    const sfd_joints *j = &l->figure->joints;
    const sfd_body *b = l->figure->body;
    sfd_vec3 hips = sfd_scale(sfd_sub(j->hip[0], j->hip[1]), 0.5);
    sfd_vec3 shoulders = sfd_scale(sfd_sub(j->shoulder[0], j->shoulder[1]), 0.5);
    sfd_vec3 waist = sfd_mix3(hips, shoulders, 0.25);
    double r = 0.058 * unit;
    add_trunk(l, j->pelvis, j->waist, sfd_scale(hips, 1.0), sfd_scale(waist, 0.8), r, b->legs, 0);
    sfd_vec3 seam = sfd_mix3(j->pelvis, j->waist, 0.35);
    add_trunk(l, seam, j->waist, sfd_scale(hips, 0.98), sfd_scale(waist, 0.85), r * 1.06, b->shirt,
              0.004);
    add_trunk(l, j->waist, sfd_mix3(j->waist, j->chest, 0.82), sfd_scale(waist, 0.85),
              sfd_scale(shoulders, 0.70), r * 1.06, b->shirt, 0.006);
    if (b->striped)
        for (size_t i = l->n - 2; i < l->n; i++) {
            l->parts[i].paint.band = b->stripe;
            l->parts[i].paint.n_bands = i == l->n - 1 ? 6 : 4;
        }
    add(l, j->shoulder[0], j->shoulder[1], 0.037 * unit, 0.037 * unit, b->shirt, 0.002);
    if (b->legwear == SFD_SKIRT) {
        sfd_vec3 knees = sfd_mix3(j->knee[0], j->knee[1], 0.5);
        sfd_vec3 apart = sfd_scale(sfd_sub(j->knee[0], j->knee[1]), 0.42);
        add_trunk(l, sfd_mix3(j->pelvis, knees, 0.85), j->pelvis,
                  sfd_add(apart, sfd_scale(hips, 0.5)), hips, r * 1.05, b->legs, 0.02);
    }
}

/* The head's own axes; lengths are in its radius. */
typedef struct head_axes {
    sfd_vec3 middle, ahead, left, up;
    double radius;
} head_axes;

static sfd_vec3 direction(const head_axes *h, double ahead, double left, double up)
{
    sfd_vec3 d = sfd_add(sfd_scale(h->ahead, ahead), sfd_scale(h->left, left));
    return sfd_add(d, sfd_scale(h->up, up));
}

static sfd_vec3 spot(const head_axes *h, double ahead, double left, double up)
{
    return sfd_add(h->middle, sfd_scale(direction(h, ahead, left, up), h->radius));
}

/* A small thing on the face: shown when its side is turned to the camera. */
static void add_face_dot(part_list *l, const head_axes *h, double left, double up, double radius,
                         sfd_tint tint)
{
    sfd_vec3 out = direction(h, 0.92, left, up), at = spot(h, 0.88, 0.92 * left, up);
    if (sfd_stance_direction(&l->figure->stance, out).z > -0.15)
        return;
    part *p = add(l, at, at, radius * h->radius, radius * h->radius, tint, 0.30);
    p->paint.light = NULL;
    p->paint.alpha = 0.8f;
}

static void add_face(part_list *l, const head_axes *h)
{
    const sfd_tint skin = l->figure->body->skin, dark = {40, 28, 24};
    add_face_dot(l, h, 0.38, 0.06, 0.125, dark);
    add_face_dot(l, h, -0.38, 0.06, 0.125, dark);
    add_face_dot(l, h, 0, -0.62, 0.15, sfd_tint_mix(skin, (sfd_tint){150, 40, 50}, 0.5));
    add(l, spot(h, 1.04, 0, -0.12), spot(h, 1.06, 0, -0.26), 0.10 * h->radius, 0.15 * h->radius,
        skin, 0.10);
}

static void add_hair(part_list *l, const head_axes *h)
{
    const sfd_body *b = l->figure->body;
    const double r = h->radius;
    sfd_tint tint = b->hair == SFD_HAIR_CAP ? b->stripe : b->hair_tint;
    sfd_tint back_tint = b->hair_tint;
    if (b->hair == SFD_HAIR_NONE)
        return;
    add(l, spot(h, -0.14, 0, 0.34), spot(h, -0.34, 0, -0.1), 1.08 * r, 0.94 * r, back_tint, -0.02);
    add(l, spot(h, 0.2, 0.42, 0.86), spot(h, 0.2, -0.42, 0.86), 0.40 * r, 0.40 * r, tint, 0.20);
    add(l, spot(h, 0.1, 0, 0.86), spot(h, -0.5, 0, 0.62), 0.56 * r, 0.68 * r, tint, 0.20);
    if (b->hair == SFD_HAIR_LONG)
        add(l, spot(h, -0.42, 0, 0.1), spot(h, -0.72, 0, -1.5), 1.02 * r, 0.7 * r, tint, -0.03);
    else if (b->hair == SFD_HAIR_TAIL)
        add(l, spot(h, -1.0, 0, 0.5), spot(h, -1.4, 0, -1.4), 0.3 * r, 0.16 * r, tint, 0);
    else if (b->hair == SFD_HAIR_BUN)
        add(l, spot(h, -0.9, 0, 0.8), spot(h, -0.95, 0, 0.8), 0.44 * r, 0.44 * r, tint, 0);
    else if (b->hair == SFD_HAIR_CAP)
        add(l, spot(h, 1.05, 0.4, 0.52), spot(h, 1.05, -0.4, 0.52), 0.18 * r, 0.18 * r, tint, 0.22);
}

static void add_head(part_list *l)
{
    const sfd_joints *j = &l->figure->joints;
    const sfd_body *b = l->figure->body;
    head_axes h = {j->head, j->face, {0, 0, 0}, {0, 0, 0}, 0.36 * b->size.head};
    h.up = sfd_unit3(sfd_sub(j->crown, j->head));
    h.left =
        (sfd_vec3){h.up.y * h.ahead.z - h.up.z * h.ahead.y, h.up.z * h.ahead.x - h.up.x * h.ahead.z,
                   h.up.x * h.ahead.y - h.up.y * h.ahead.x};
    add(l, sfd_mix3(j->chest, j->neck, 0.5), sfd_mix3(j->neck, j->head, 0.6), 0.62 * h.radius,
        0.56 * h.radius, sfd_tint_scale(b->skin, 0.86), 0.012);
    add(l, spot(&h, 0.04, 0, 0.36), spot(&h, 0.1, 0, -0.62), 0.96 * h.radius, 0.74 * h.radius,
        b->skin, 0.06);
    add_hair(l, &h);
    add_face(l, &h);
}

static void list_parts(part_list *l, const sfd_figure *f, const sfd_light *light)
{
    l->n = 0;
    l->figure = f;
    l->light = light;
    double unit = f->body->size.height * f->body->size.girth;
    add_torso(l, unit);
    for (int side = 0; side < 2; side++) {
        add_leg(l, side, unit);
        add_arm(l, side, unit);
    }
    add_head(l);
}

/* Insertion sort: the list is short, and equal depths keep their order. */
static void sort_parts(const part_list *l, size_t *order)
{
    for (size_t i = 0; i < l->n; i++) {
        size_t at = i;
        for (; at > 0 && l->parts[order[at - 1]].depth < l->parts[i].depth; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static sfd_rod rod_of(const part *p, const sfd_figure *f, const sfd_camera *camera)
{
    sfd_vec3 a = sfd_stance_world(&f->stance, p->a), b = sfd_stance_world(&f->stance, p->b);
    return (sfd_rod){sfd_camera_project(camera, a), sfd_camera_project(camera, b),
                     p->ra * sfd_camera_px_per_m(camera, a.z),
                     p->rb * sfd_camera_px_per_m(camera, b.z)};
}

static const sfd_extent nothing = {1e9, 1e9, -1e9, -1e9};

static void extend(sfd_extent *e, sfd_vec2 at, double radius)
{
    e->x0 = fmin(e->x0, at.x - radius);
    e->y0 = fmin(e->y0, at.y - radius);
    e->x1 = fmax(e->x1, at.x + radius);
    e->y1 = fmax(e->y1, at.y + radius);
}

static void unite(sfd_extent *e, const sfd_extent *other)
{
    e->x0 = fmin(e->x0, other->x0);
    e->y0 = fmin(e->y0, other->y0);
    e->x1 = fmax(e->x1, other->x1);
    e->y1 = fmax(e->y1, other->y1);
}

static void note_outline(sfd_outline *o, const sfd_extent *e, int width, int height)
{
    sfd_extent cut = {fmax(e->x0, 0), fmax(e->y0, 0), fmin(e->x1, width), fmin(e->y1, height)};
    unite(&o->whole, e);
    if (cut.x0 < cut.x1 && cut.y0 < cut.y1)
        unite(&o->inside, &cut);
}

static sfd_extent draw_part(sfd_canvas *c, const part *p, const sfd_figure *f,
                            const sfd_camera *camera)
{
    sfd_extent e = nothing;
    sfd_rod rod = rod_of(p, f, camera);
    if (!p->trunk) {
        sfd_draw_rod(c, &rod, &p->paint);
        extend(&e, rod.a, rod.ra);
        extend(&e, rod.b, rod.rb);
        return e;
    }
    sfd_vec2 corner[4];
    for (int i = 0; i < 4; i++) {
        corner[i] = sfd_camera_project(camera, sfd_stance_world(&f->stance, p->corner[i]));
        extend(&e, corner[i], rod.ra);
    }
    sfd_rod axis = rod;
    axis.ra += 0.5 * sqrt((corner[0].x - corner[1].x) * (corner[0].x - corner[1].x) +
                          (corner[0].y - corner[1].y) * (corner[0].y - corner[1].y));
    axis.rb += 0.5 * sqrt((corner[2].x - corner[3].x) * (corner[2].x - corner[3].x) +
                          (corner[2].y - corner[3].y) * (corner[2].y - corner[3].y));
    sfd_draw_polygon(c, corner, 4, rod.ra, &axis, &p->paint);
    return e;
}

sfd_outline sfd_figure_draw(sfd_canvas *c, const sfd_figure *f, const sfd_camera *camera,
                            const sfd_light *light)
{
    part_list list;
    size_t order[MAX_PARTS];
    list_parts(&list, f, light);
    sort_parts(&list, order);
    sfd_outline outline = {nothing, nothing};
    for (size_t i = 0; i < list.n; i++) {
        sfd_extent e = draw_part(c, &list.parts[order[i]], f, camera);
        note_outline(&outline, &e, c->width, c->height);
    }
    return outline;
}

static sfd_vec3 fall_to_ground(const sfd_shadow *s, sfd_vec3 world)
{
    return (sfd_vec3){world.x + s->dx * world.y, 0, world.z + s->dz * world.y};
}

void sfd_figure_shadow(sfd_mask *m, const sfd_figure *f, const sfd_camera *camera,
                       const sfd_shadow *shadow)
{
    part_list list;
    list_parts(&list, f, NULL);
    for (size_t i = 0; i < list.n; i++) {
        const part *p = &list.parts[i];
        if (p->rb < 0.02)
            continue; /* eyes and nose */
        sfd_vec3 a = fall_to_ground(shadow, sfd_stance_world(&f->stance, p->a));
        sfd_vec3 b = fall_to_ground(shadow, sfd_stance_world(&f->stance, p->b));
        double k = sfd_camera_px_per_m(camera, a.z), wide = p->trunk ? 1.7 : 1;
        sfd_rod rod = {sfd_camera_project(camera, a), sfd_camera_project(camera, b),
                       p->ra * k * wide, p->rb * k * wide};
        sfd_mask_rod(m, &rod, sfd_clamp(camera->height_m / fmax(a.z, 1), 0.15, 1),
                     shadow->feather_px);
    }
}
