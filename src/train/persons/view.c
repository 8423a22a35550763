/* SPDX-License-Identifier: Apache-2.0 */
#include "train/persons/view.h"

#include <math.h>

#define MIN_ZOOM    0.6
#define MAX_ZOOM    1.5
#define MIN_VISIBLE 0.4
#define TURN_CHANCE 0.15
#define GREY        114
#define PI          3.14159265358979323846

/* Colours turned about the grey axis, paler or richer, darker or brighter. */
static void draw_colour(float m[3][3], sfd_random *r)
{
    const bool turned = sfd_random_chance(r, 0.5);
    const double turn = sfd_random_between(r, -PI, PI);
    const double richness = sfd_random_between(r, 0.5, 1.4);
    const double gain = sfd_random_between(r, 0.65, 1.35);
    const double angle = turned ? turn : turn / 18;
    const double c = richness * cos(angle), s = richness * sin(angle) / sqrt(3);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) {
            const double along = (1 - c) / 3, across = (k - i + 3) % 3 == 1 ? -s : s;
            m[i][k] = (float)(gain * (i == k ? c + along : along + across));
        }
}

/* Anywhere between both ends' positions, outside or inside. */
static double draw_place(double size, int in_size, sfd_random *r)
{
    return sfd_random_unit(r) * (in_size - size);
}

sfd_person_view sfd_person_view_draw(int width, int height, int in_width, int in_height,
                                     sfd_random r)
{
    sfd_person_view v = {.turned = sfd_random_chance(&r, TURN_CHANCE)};
    const int across = v.turned ? height : width, down = v.turned ? width : height;
    v.zoom = fmin((double)in_width / across, (double)in_height / down);
    const double zoom = MIN_ZOOM * pow(MAX_ZOOM / MIN_ZOOM, sfd_random_unit(&r));
    v.zoom *= zoom;
    v.x = draw_place(across * v.zoom, in_width, &r);
    v.y = draw_place(down * v.zoom, in_height, &r);
    v.flip = sfd_random_chance(&r, 0.5);
    draw_colour(v.colour, &r);
    return v;
}

/* ------------------------------------------------------------------ pixels */

/* Where a network's pixel lies between two of the picture's. */
typedef struct tap {
    int low, high;
    float share; /* of the high one */
    bool inside;
} tap;

static tap find_tap(int at, double start, double zoom, int size, bool flip)
{
    double x = (at + 0.5 - start) / zoom;
    const bool inside = x > 0 && x < size;
    x = fmin(fmax((flip ? size - x : x) - 0.5, 0), size - 1);
    const int low = (int)x;
    return (tap){low, low + 1 < size ? low + 1 : low, (float)(x - low), inside};
}

static float mix(float a, float b, float share)
{
    return a + (b - a) * share;
}

static void fill_pixel(const sfd_person_view *v, const sfd_rgb *p, tap x, tap y, float *out)
{
    const uint8_t *upper = p->rgb + (size_t)y.low * p->stride_bytes;
    const uint8_t *lower = p->rgb + (size_t)y.high * p->stride_bytes;
    float rgb[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = mix(mix(upper[3 * x.low + c], upper[3 * x.high + c], x.share),
                     mix(lower[3 * x.low + c], lower[3 * x.high + c], x.share), y.share);
    for (int c = 0; c < 3; c++) {
        const float *m = v->colour[2 - c]; /* B first */
        out[c] = fminf(fmaxf(m[0] * rgb[0] + m[1] * rgb[1] + m[2] * rgb[2], 0), 255);
    }
}

void sfd_person_view_fill(const sfd_person_view *v, const sfd_rgb *picture, const sfd_map *input)
{
    const int height = input->size[1], width = input->size[2];
    const int across = v->turned ? picture->height : picture->width;
    const int down = v->turned ? picture->width : picture->height;
    float *out = input->data;
    for (int row = 0; row < height; row++) {
        const tap y = find_tap(row, v->y, v->zoom, down, false);
        for (int column = 0; column < width; column++, out += input->ld) {
            const tap x = find_tap(column, v->x, v->zoom, across, v->flip);
            if (x.inside && y.inside)
                fill_pixel(v, picture, v->turned ? y : x, v->turned ? x : y, out);
            else
                out[0] = out[1] = out[2] = GREY;
        }
    }
}

/* ------------------------------------------------------------------ boxes */

static double clip_to(double v, double n)
{
    return v < 0 ? 0 : v > n ? n : v;
}

bool sfd_person_view_box(const sfd_person_view *v, const sfd_box_norm *box, int width, int height,
                         int in_width, int in_height, sfd_box_px *out)
{
    const sfd_box_norm b = v->turned ? (sfd_box_norm){box->y1, box->x1, box->y2, box->x2} : *box;
    const double across = v->zoom * (v->turned ? height : width);
    const double down = v->zoom * (v->turned ? width : height);
    const double left = v->flip ? 1 - b.x2 : b.x1, right = v->flip ? 1 - b.x1 : b.x2;
    const double x1 = left * across + v->x, x2 = right * across + v->x;
    const double y1 = b.y1 * down + v->y, y2 = b.y2 * down + v->y;
    const double seen = (clip_to(x2, in_width) - clip_to(x1, in_width)) *
                        (clip_to(y2, in_height) - clip_to(y1, in_height));
    *out = (sfd_box_px){(float)clip_to(x1, in_width), (float)clip_to(y1, in_height),
                        (float)clip_to(x2, in_width), (float)clip_to(y2, in_height)};
    return seen > 0 && seen >= MIN_VISIBLE * (x2 - x1) * (y2 - y1);
}
