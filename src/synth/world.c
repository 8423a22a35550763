/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a scene together and drawing its moments. */
#include "synth/world.h"

#include "base/alloc.h"
#include "base/error.h"
#include "synth/clutter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN       0.14 /* of the picture's height, painted beyond each edge for camera moves */
#define NOISE_VALUES 8192
#define MIN_APART_M  0.9

/* Slow drift of something: two sines. */
typedef struct drift {
    double size, hz[2], phase[2];
} drift;

typedef struct shot {
    drift pan_x, pan_y, zoom, shake_x, shake_y, light;
    double dim_at_s, dim_by; /* a cloud, a lamp: the light drops and comes back */
    sfd_tint cast;           /* colour of the light, 255 = neutral */
    double grain;
} shot;

struct sfd_world {
    sfd_world_settings settings;
    sfd_scene_kind kind;
    sfd_camera camera; /* of the picture, at rest */
    sfd_light light;
    sfd_shadow shadow;
    shot shot;
    int margin_px;
    sfd_canvas backdrop; /* larger than the picture by margin_px on every side */
    uint8_t *owner;      /* [height][width] */
    sfd_mask shade;
    int8_t noise[NOISE_VALUES];
    size_t n_people, n_clutter;
    sfd_script people[SFD_MAX_PEOPLE];
    int seat_style[SFD_MAX_PEOPLE];
    sfd_clutter clutter[SFD_MAX_CLUTTER];
    sfd_outside outside;
};

static drift drift_make(sfd_random *r, double size, double slow_hz, double fast_hz)
{
    drift d = {.size = size};
    for (int i = 0; i < 2; i++) {
        d.hz[i] = sfd_random_between(r, slow_hz, fast_hz);
        d.phase[i] = sfd_random_unit(r);
    }
    return d;
}

static double drift_at(const drift *d, double t)
{
    return 0.5 * d->size *
           (sfd_sin_deg(360 * (d->hz[0] * t + d->phase[0])) +
            sfd_sin_deg(360 * (d->hz[1] * t + d->phase[1])));
}

static void choose_shot(sfd_world *w, sfd_random *r)
{
    double h = w->settings.height, rough = w->settings.grain;
    bool pans = sfd_random_chance(r, 0.5), shakes = sfd_random_chance(r, 0.6);
    double pan = pans ? sfd_random_between(r, 0.03, 0.09) * h : 0.006 * h;
    double shake = shakes ? sfd_random_between(r, 0.002, 0.009) * h * rough : 0;
    w->shot.pan_x = drift_make(r, pan, 0.05, 0.18);
    w->shot.pan_y = drift_make(r, 0.35 * pan, 0.05, 0.18);
    w->shot.shake_x = drift_make(r, shake, 1.5, 5);
    w->shot.shake_y = drift_make(r, shake, 1.5, 5);
    w->shot.zoom = drift_make(r, sfd_random_between(r, 0, 0.035), 0.04, 0.15);
    double flicker = sfd_random_between(r, 0.01, 0.08);
    w->shot.light = drift_make(r, flicker, 0.1, 0.6);
    w->shot.dim_at_s = sfd_random_between(r, 0, w->settings.seconds);
    w->shot.dim_by = sfd_random_chance(r, 0.4) ? sfd_random_between(r, 0.1, 0.3) : 0;
    double warm = sfd_random_between(r, -1, 1), bright = sfd_random_between(r, 0.86, 1.08);
    w->shot.cast = (sfd_tint){(float)(255 * bright * (1 + 0.07 * warm)), (float)(255 * bright),
                              (float)(255 * bright * (1 - 0.07 * warm))};
    w->shot.grain = sfd_random_between(r, 1, 5) * rough;
    for (size_t i = 0; i < NOISE_VALUES; i++)
        w->noise[i] = (int8_t)(sfd_random_normal(r) * 32);
}

static void choose_camera(sfd_world *w, sfd_random *r)
{
    double h = w->settings.height;
    w->camera.focal_px = sfd_random_between(r, 1.10, 1.35) * h;
    w->camera.height_m = sfd_random_between(r, 1.0, 1.4);
    w->camera.centre_x_px = 0.5 * w->settings.width;
    w->camera.horizon_y_px = sfd_random_between(r, 0.36, 0.46) * h;
    double side = sfd_random_between(r, -0.6, 0.6), up = sfd_random_between(r, 0.45, 0.8);
    sfd_vec3 to_light = sfd_unit3((sfd_vec3){side, up, 0.65});
    bool indoors = sfd_scene_indoors(w->kind);
    w->light = (sfd_light){(float)to_light.x, (float)-to_light.y, (float)to_light.z,
                           indoors ? 0.52f : 0.42f};
    double length = indoors ? 0.25 : sfd_random_between(r, 0.3, 0.9);
    w->shadow = (sfd_shadow){-side * length * 1.4, 0.4 * length, h * (indoors ? 0.02 : 0.01),
                             indoors ? 0.30 : sfd_random_between(r, 0.35, 0.55)};
}

/* The nearest place is where the feet still show. Those who stand fill a half to four fifths of the
 * picture's height: AVA's median is three quarters. */
static sfd_stage choose_stage(const sfd_world *w)
{
    const sfd_camera *c = &w->camera;
    double near_m = sfd_camera_ground_z(c, 0.96 * w->settings.height);
    return (sfd_stage){near_m, 1.45 * near_m, 0.5 * w->settings.width / c->focal_px};
}

static bool apart(const sfd_stance *all, size_t n, const sfd_stance *s)
{
    for (size_t i = 0; i < n; i++)
        if (fabs(all[i].x / all[i].z - s->x / s->z) * 4 < MIN_APART_M)
            return false;
    return true;
}

static sfd_stance choose_place(sfd_random *r, const sfd_stage *stage, const sfd_stance *taken,
                               size_t n)
{
    sfd_stance s = {0, 0, 0};
    for (int attempt = 0; attempt < 20; attempt++) {
        s.z = sfd_random_between(r, stage->near_m, stage->far_m - 0.4);
        s.x = sfd_random_between(r, -0.66, 0.66) * stage->half_width * s.z;
        s.yaw_deg = sfd_random_between(r, -90, 90);
        if (apart(taken, n, &s))
            break;
    }
    return s;
}

/* A full picture is rarer than the others: people would hide each other. */
static size_t choose_number(sfd_random *r, const sfd_world_settings *s)
{
    size_t span = (size_t)(s->max_people - s->min_people) + 1, more = sfd_random_below(r, span);
    if (more + 1 == span)
        more = sfd_random_below(r, span);
    return (size_t)s->min_people + more;
}

static sfd_status invite_people(sfd_world *w, sfd_random *r, sfd_error *err)
{
    const sfd_world_settings *s = &w->settings;
    sfd_stance taken[SFD_MAX_PEOPLE];
    size_t n = choose_number(r, s);
    for (size_t i = 0; i < n; i++) {
        sfd_script_settings script = {s->seconds, choose_stage(w), {0, 0, 0}, false, w->people,
                                      i,          s->validation,   s->sound};
        script.start = taken[i] = choose_place(r, &script.stage, taken, i);
        script.sitter = sfd_random_chance(r, 0.24);
        w->seat_style[i] = (int)sfd_random_below(r, 3);
        sfd_status st = sfd_script_make(&w->people[i], r, &script, err);
        w->n_people = i + 1;
        if (st != SFD_OK)
            return st;
    }
    return SFD_OK;
}

static sfd_status allocate(sfd_world *w, sfd_error *err)
{
    int width = w->settings.width, height = w->settings.height;
    w->margin_px = (int)(MARGIN * height) + 2;
    w->backdrop.width = width + 2 * w->margin_px;
    w->backdrop.height = height + 2 * w->margin_px;
    w->backdrop.stride_bytes = (size_t)w->backdrop.width * 3;
    w->backdrop.rgb = sfd_calloc(w->backdrop.stride_bytes, (size_t)w->backdrop.height);
    w->owner = sfd_calloc((size_t)width, (size_t)height);
    w->shade = (sfd_mask){width, height, sfd_calloc((size_t)width, (size_t)height)};
    return w->backdrop.rgb && w->owner && w->shade.cover ? SFD_OK
                                                         : sfd_fail_nomem(err, "painting a scene");
}

sfd_status sfd_world_create(sfd_world **out, const sfd_world_settings *s, sfd_error *err)
{
    *out = NULL;
    sfd_world *w = sfd_calloc(1, sizeof *w);
    if (!w)
        return sfd_fail_nomem(err, "painting a scene");
    w->settings = *s;
    sfd_status st = allocate(w, err);
    if (st != SFD_OK)
        goto fail;
    sfd_random r = sfd_random_init(s->seed, 2 * s->index + s->validation);
    size_t kind = sfd_random_below(&r, SFD_N_SCENES);
    w->kind = s->scene >= 0 ? (sfd_scene_kind)s->scene : (sfd_scene_kind)kind;
    w->settings.scene = (int)w->kind;
    choose_camera(w, &r);
    choose_shot(w, &r);
    sfd_camera wide = w->camera; /* sees the margins too */
    wide.centre_x_px += w->margin_px;
    wide.horizon_y_px += w->margin_px;
    sfd_backdrop_paint(&(sfd_view){&w->backdrop, &wide, &w->light}, w->kind, &r, s->validation);
    w->n_clutter =
        sfd_clutter_make(w->clutter, &r, w->kind, choose_stage(w).half_width, s->validation);
    st = invite_people(w, &r, err);
    if (st == SFD_OK && s->sound)
        st = sfd_outside_make(&w->outside, &r, s->seconds, err);
    if (st != SFD_OK)
        goto fail;
    *out = w;
    return SFD_OK;
fail:
    sfd_world_destroy(w);
    return st;
}

void sfd_world_destroy(sfd_world *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_people; i++)
        sfd_script_free(&w->people[i]);
    sfd_outside_free(&w->outside);
    free(w->backdrop.rgb);
    free(w->owner);
    free(w->shade.cover);
    free(w);
}

size_t sfd_world_n_people(const sfd_world *w)
{
    return w->n_people;
}

const sfd_script *sfd_world_script(const sfd_world *w, size_t person)
{
    return &w->people[person];
}

const sfd_world_settings *sfd_world_made_with(const sfd_world *w)
{
    return &w->settings;
}

double sfd_world_half_width(const sfd_world *w)
{
    return choose_stage(w).half_width;
}

const sfd_outside *sfd_world_outside(const sfd_world *w)
{
    return w->settings.sound ? &w->outside : NULL;
}

/* Somebody else talks or sings, in the picture or outside it. */
static bool hears_somebody(const sfd_world *w, size_t person, double t)
{
    sfd_outside_kind outside = sfd_outside_act_at(&w->outside, t)->kind;
    bool heard = outside == SFD_OUTSIDE_TALK || outside == SFD_OUTSIDE_SONG;
    for (size_t i = 0; i < w->n_people && !heard; i++) {
        sfd_act_sound sound = sfd_script_act(&w->people[i], t)->sound;
        heard = i != person && (sound == SFD_TALKING || sound == SFD_SINGING);
    }
    return heard;
}

void sfd_world_labels(const sfd_world *w, size_t person, double t, int out[SFD_MAX_ACT_LABELS])
{
    const sfd_act *a = sfd_script_act(&w->people[person], t);
    size_t n = 0;
    memset(out, 0, SFD_MAX_ACT_LABELS * sizeof *out);
    for (; n < SFD_MAX_ACT_LABELS && a->labels[n]; n++)
        out[n] = a->labels[n];
    if (a->gesture == SFD_HAND_TO_EAR && n < SFD_MAX_ACT_LABELS && hears_somebody(w, person, t))
        out[n] = SFD_LABEL_LISTEN;
}

/* The camera at time t: it turns a little, which shifts the picture, and zooms about its middle. */
static sfd_camera camera_at(const sfd_world *w, double t)
{
    const shot *s = &w->shot;
    sfd_camera c = w->camera;
    double zoom = 1 + drift_at(&s->zoom, t), mid = 0.5 * w->settings.height;
    c.focal_px *= zoom;
    c.centre_x_px += drift_at(&s->pan_x, t) + drift_at(&s->shake_x, t);
    c.horizon_y_px =
        mid + (c.horizon_y_px - mid) * zoom + drift_at(&s->pan_y, t) + drift_at(&s->shake_y, t);
    return c;
}

static inline uint8_t bilinear(const uint8_t *p, size_t row, int fx, int fy)
{
    int top = p[0] * (256 - fx) + p[3] * fx, low = p[row] * (256 - fx) + p[row + 3] * fx;
    return (uint8_t)((top * (256 - fy) + low * fy + 32768) >> 16);
}

/* The backdrop as the moved camera sees it: shift and scale in 1/256 pixels. */
static void copy_backdrop(const sfd_world *w, const sfd_camera *now, sfd_canvas *c)
{
    double k = w->camera.focal_px / now->focal_px;
    double x0 = w->camera.centre_x_px - now->centre_x_px * k + w->margin_px;
    double y0 = w->camera.horizon_y_px - now->horizon_y_px * k + w->margin_px;
    size_t row = w->backdrop.stride_bytes;
    for (int y = 0; y < c->height; y++) {
        int sy = (int)(sfd_clamp(y0 + y * k, 0, w->backdrop.height - 2) * 256);
        const uint8_t *line = w->backdrop.rgb + (size_t)(sy >> 8) * row;
        uint8_t *out = c->rgb + (size_t)y * c->stride_bytes;
        for (int x = 0; x < c->width; x++, out += 3) {
            int sx = (int)(sfd_clamp(x0 + x * k, 0, w->backdrop.width - 2) * 256);
            const uint8_t *p = line + 3 * (size_t)(sx >> 8);
            for (int ch = 0; ch < 3; ch++)
                out[ch] = bilinear(p + ch, row, sx & 255, sy & 255);
        }
    }
}

/* Everything that has a depth. */
typedef struct item {
    double z;
    enum { PERSON, THING, CLUTTER } kind;
    size_t index;
    sfd_figure figure; /* of a person */
    sfd_vec3 thing;
} item;

enum { MAX_ITEMS = 2 * SFD_MAX_PEOPLE + SFD_MAX_CLUTTER };

static void insert(item *items, size_t *n, const item *one)
{
    size_t at = (*n)++;
    for (; at > 0 && items[at - 1].z < one->z; at--)
        items[at] = items[at - 1];
    items[at] = *one;
}

static size_t collect(const sfd_world *w, double t, item items[MAX_ITEMS])
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_clutter; i++)
        insert(items, &n, &(item){.z = w->clutter[i].z, .kind = CLUTTER, .index = i});
    for (size_t i = 0; i < w->n_people; i++) {
        const sfd_script *s = &w->people[i];
        item person = {.kind = PERSON, .index = i, .figure = {.body = &s->body}};
        sfd_script_pose(s, t, &person.figure.joints, &person.figure.stance);
        person.z = sfd_stance_world(&person.figure.stance, person.figure.joints.pelvis).z;
        insert(items, &n, &person);
        if (s->thing.kind == SFD_THING_NONE)
            continue;
        item thing = {.kind = THING, .index = i, .thing = sfd_script_thing(s, t)};
        thing.z = thing.thing.z;
        insert(items, &n, &thing);
    }
    return n;
}

static void draw_thing(const sfd_view *v, const sfd_script *s, const item *it, double yaw)
{
    double r = s->thing.radius_m;
    sfd_vec3 at = it->thing;
    if (s->thing.kind == SFD_THING_BALL) {
        sfd_draw_ball(v, at, r, s->thing.tint, sfd_tint_scale(s->thing.tint, 0.5), 40);
        return;
    }
    double high = s->thing.kind == SFD_THING_DRUM ? 0.6 : 0.8;
    sfd_block box = {{at.x, at.z, yaw}, 2 * r,           1.5 * r,
                     at.y - high * r,   at.y + high * r, s->thing.tint};
    sfd_draw_block(v, &box);
}

static void cast_shadows(sfd_world *w, const sfd_camera *camera, sfd_canvas *c, const item *items,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (items[i].kind == PERSON) {
            sfd_figure_shadow(&w->shade, &items[i].figure, camera, &w->shadow);
        } else if (items[i].kind == THING) {
            sfd_vec3 at = items[i].thing;
            double r = w->people[items[i].index].thing.radius_m * sfd_camera_px_per_m(camera, at.z);
            sfd_vec2 p = sfd_camera_project(camera, (sfd_vec3){at.x, 0, at.z});
            sfd_mask_rod(&w->shade, &(sfd_rod){p, p, r, r}, 0.35, w->shadow.feather_px);
        }
    sfd_mask_darken(&w->shade, c, w->shadow.strength);
}

static size_t count_owned(const sfd_canvas *c, uint8_t mark)
{
    size_t n = 0, size = (size_t)c->width * (size_t)c->height;
    for (size_t i = 0; i < size; i++)
        n += c->owner[i] == mark;
    return n;
}

static void draw_items(const sfd_world *w, const sfd_view *v, double t, const item *items, size_t n,
                       sfd_sight *sights)
{
    for (size_t i = 0; i < n; i++) {
        const item *it = &items[i];
        v->canvas->mark = 0;
        if (it->kind == CLUTTER) {
            sfd_clutter_draw(v, &w->clutter[it->index], t);
            continue;
        }
        const sfd_script *s = &w->people[it->index];
        if (it->kind == THING) {
            draw_thing(v, s, it, sfd_script_act(s, t)->to.yaw_deg);
            continue;
        }
        if (s->has_seat)
            sfd_draw_seat(v, &s->seat, s->seat_height_m, w->seat_style[it->index],
                          (sfd_tint){150, 108, 70});
        v->canvas->mark = (uint8_t)(it->index + 1);
        sfd_outline outline = sfd_figure_draw(v->canvas, &it->figure, v->camera, v->light);
        if (sights)
            sights[it->index] = (sfd_sight){outline, 0, count_owned(v->canvas, v->canvas->mark)};
    }
    for (size_t i = 0; sights && i < w->n_people; i++)
        sights[i].visible_px = count_owned(v->canvas, (uint8_t)(i + 1));
}

/* Exposure, colour of the light and film grain. */
static void develop(const sfd_world *w, double t, sfd_canvas *c)
{
    const shot *s = &w->shot;
    double away = (t - s->dim_at_s) / 0.8;
    double gain = (1 + drift_at(&s->light, t)) * (1 - s->dim_by / (1 + away * away));
    const float cast[3] = {s->cast.r, s->cast.g, s->cast.b};
    uint8_t curve[3][256];
    for (int ch = 0; ch < 3; ch++)
        for (int v = 0; v < 256; v++)
            curve[ch][v] = (uint8_t)sfd_clamp(v * gain * cast[ch] / 255 + 0.5, 0, 255);
    int strength = (int)(s->grain * 8 + 0.5);
    sfd_random r =
        sfd_random_init(w->settings.seed ^ 0x67726e, (uint64_t)(int64_t)floor(t * 1000 + 0.5));
    for (int y = 0; y < c->height; y++) {
        uint8_t *p = c->rgb + (size_t)y * c->stride_bytes;
        size_t at = sfd_random_below(&r, NOISE_VALUES);
        for (int x = 0; x < c->width; x++, p += 3) {
            int n = w->noise[at++ & (NOISE_VALUES - 1)] * strength / 256;
            for (int ch = 0; ch < 3; ch++) {
                int v = curve[ch][p[ch]] + n;
                p[ch] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
            }
        }
    }
}

void sfd_world_render(sfd_world *w, double t, sfd_picture *picture, sfd_sight *sights,
                      uint8_t *owner)
{
    int width = w->settings.width, height = w->settings.height;
    sfd_canvas c = {width, height, picture->stride_bytes, picture->rgb, NULL, 0};
    if (sights || owner) {
        c.owner = owner ? owner : w->owner;
        memset(c.owner, 0, (size_t)width * (size_t)height);
    }
    item items[MAX_ITEMS];
    size_t n = collect(w, t, items);
    sfd_camera camera = camera_at(w, t);
    copy_backdrop(w, &camera, &c);
    cast_shadows(w, &camera, &c, items, n);
    draw_items(w, &(sfd_view){&c, &camera, &w->light}, t, items, n, sights);
    develop(w, t, &c);
}
