/* SPDX-License-Identifier: Apache-2.0 */
/* Colour histograms of persons. */
#include "persons/look.h"

#include <math.h>
#include <string.h>

#define MOST_COLUMNS 32 /* of a grid of samples over half a box */
#define MOST_ROWS    32
#define LEAST_SHARE  0.2  /* of a half's weight has to show */
#define EDGE         0.05 /* of the height, above and below, is hardly person */
#define RARE         0.01 /* share of the background up to which a colour is worth all */
#define SCENE_STEP   4    /* pixels between samples of the background, at least */
#define SCENE_GRID   160  /* samples in a row or column of it, at most */

static bool inside(const sfd_box_norm *b, double x, double y)
{
    return x >= b->x1 && x < b->x2 && y >= b->y1 && y < b->y2;
}

static const uint8_t *pixel(const sfd_look_scene *s, double x, double y)
{
    const int column = (int)(x * s->width), row = (int)(y * s->height);
    return s->rgb + (size_t)row * s->stride_bytes + 3 * (size_t)column;
}

/* Shares the weight out among the two nearest shades of each colour. */
static void count(float *bins, const uint8_t *rgb, double weight)
{
    int low[3];
    double part[3];
    for (int c = 0; c < 3; c++) {
        const double shade = rgb[c] * (SFD_LOOK_SHADES - 1) / 255.0;
        low[c] = shade < SFD_LOOK_SHADES - 2 ? (int)shade : SFD_LOOK_SHADES - 2;
        part[c] = shade - low[c];
    }
    for (int k = 0; k < 8; k++) {
        double w = weight;
        int bin = 0;
        for (int c = 0; c < 3; c++) {
            const int up = k >> c & 1;
            w *= up ? part[c] : 1 - part[c];
            bin = bin * SFD_LOOK_SHADES + low[c] + up;
        }
        bins[bin] += (float)w;
    }
}

static void divide(float *bins, double by)
{
    for (int i = 0; i < SFD_LOOK_BINS && by > 0; i++)
        bins[i] = (float)(bins[i] / by);
}

/* ------------------------------------------------------------------ background */

static bool is_background(const sfd_look_scene *s, double x, double y)
{
    for (size_t i = 0; i < s->n; i++)
        if (inside(&s->boxes[i], x, y))
            return false;
    return true;
}

static int samples_of(int n_pixels)
{
    const int n = n_pixels / SCENE_STEP;
    return n < 1 ? 1 : n < SCENE_GRID ? n : SCENE_GRID;
}

void sfd_look_weigh_colours(sfd_look_scene *s)
{
    const int columns = samples_of(s->width), rows = samples_of(s->height);
    double n = 0;
    memset(s->worth, 0, sizeof s->worth);
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++) {
            const double x = (k + 0.5) / columns, y = (i + 0.5) / rows;
            if (!is_background(s, x, y))
                continue;
            count(s->worth, pixel(s, x, y), 1);
            n++;
        }
    for (int i = 0; i < SFD_LOOK_BINS; i++)
        s->worth[i] = s->worth[i] > RARE * n ? (float)(RARE * n / s->worth[i]) : 1;
}

/* --------------------------------------------------------------------- persons */

static bool hidden(const sfd_look_scene *s, const sfd_box_norm *own, double x, double y)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->boxes[i].y2 > own->y2 && inside(&s->boxes[i], x, y))
            return true;
    return false;
}

static int at_most(double n, int most)
{
    return n < 1 ? 1 : n < most ? (int)n : most;
}

static bool look_at_half(float *bins, const sfd_look_scene *s, const sfd_box_norm *box, int half)
{
    const double width = box->x2 - box->x1, height = box->y2 - box->y1;
    const double top = half == 0 ? box->y1 + height * EDGE : box->y1 + height / 2;
    const double deep = height * (0.5 - EDGE);
    const int columns = at_most(width * s->width, MOST_COLUMNS);
    const int rows = at_most(deep * s->height, MOST_ROWS);
    double all = 0, shown = 0, sum = 0;
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++) {
            const double u = (k + 0.5) / columns, x = box->x1 + u * width;
            const double y = top + (i + 0.5) / rows * deep;
            const double middle = 1 - (2 * u - 1) * (2 * u - 1), weight = middle * middle;
            all += weight;
            if (!(x >= 0 && x < 1 && y >= 0 && y < 1) || hidden(s, box, x, y))
                continue;
            shown += weight;
            count(bins, pixel(s, x, y), weight);
        }
    for (int i = 0; i < SFD_LOOK_BINS; i++) {
        bins[i] *= s->worth[i];
        sum += (double)bins[i];
    }
    divide(bins, sum);
    return sum > 0 && shown >= LEAST_SHARE * all;
}

void sfd_look_at(sfd_look *out, const sfd_look_scene *s, const sfd_box_norm *box)
{
    memset(out, 0, sizeof *out);
    const bool upper = look_at_half(out->halves[0], s, box, 0);
    const bool lower = look_at_half(out->halves[1], s, box, 1);
    out->known = upper && lower;
}

double sfd_look_alike(const sfd_look *a, const sfd_look *b)
{
    float sum = 0;
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < SFD_LOOK_BINS; i++)
            sum += sqrtf(a->halves[h][i] * b->halves[h][i]);
    return (double)sum / 2;
}

void sfd_look_learn(sfd_look *a, const sfd_look *b, double share)
{
    for (int h = 0; h < 2; h++)
        for (int i = 0; i < SFD_LOOK_BINS; i++)
            a->halves[h][i] += (float)share * (b->halves[h][i] - a->halves[h][i]);
}
