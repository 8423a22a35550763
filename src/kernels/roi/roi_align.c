/* SPDX-License-Identifier: Apache-2.0 */
/* RoIAlign. */
#include "kernels/roi/roi_align.h"

#include <math.h>
#include <string.h>

/* Larger boxes are no use (the network's pictures are smaller), but must not run for hours. */
#define MAX_SAMPLES 4096

/* The pair of positions around a coordinate and the weight of the second. */
typedef struct neighbours {
    int low, high;
    float weight;
} neighbours;

static neighbours find_neighbours(float at, int n)
{
    if (at < 0)
        at = 0;
    const int low = (int)at;
    if (low >= n - 1)
        return (neighbours){n - 1, n - 1, 0};
    return (neighbours){low, low + 1, at - (float)low};
}

static void add_sample(const sfd_kernels *k, const sfd_roi_map *m, float y, float x, float *acc)
{
    if (!(y >= -1 && y <= (float)m->height && x >= -1 && x <= (float)m->width))
        return;
    const neighbours v = find_neighbours(y, m->height), h = find_neighbours(x, m->width);
    const float gv = 1 - v.weight, gh = 1 - h.weight;
    const size_t n = (size_t)m->channels, row = (size_t)m->width;
    k->add_scaled(acc, m->x + ((size_t)v.low * row + (size_t)h.low) * m->ld, gv * gh, n);
    k->add_scaled(acc, m->x + ((size_t)v.low * row + (size_t)h.high) * m->ld, gv * h.weight, n);
    k->add_scaled(acc, m->x + ((size_t)v.high * row + (size_t)h.low) * m->ld, v.weight * gh, n);
    k->add_scaled(acc, m->x + ((size_t)v.high * row + (size_t)h.high) * m->ld, v.weight * h.weight,
                  n);
}

/* A box in map coordinates cut into cells, each sampled on a grid. */
typedef struct roi_grid {
    float x, y, cell_w, cell_h;
    int n_x, n_y; /* samples per cell */
} roi_grid;

static int samples_along(float cell)
{
    const float n = ceilf(cell);
    return n > 0 ? n < MAX_SAMPLES ? (int)n : MAX_SAMPLES : 0;
}

static roi_grid make_grid(const sfd_roi_settings *s, const sfd_box_px *box)
{
    const float shift = s->aligned ? 0.5f : 0.0f;
    const float x1 = box->x1 * s->scale - shift, y1 = box->y1 * s->scale - shift;
    float w = box->x2 * s->scale - shift - x1, h = box->y2 * s->scale - shift - y1;
    if (!s->aligned) {
        w = w > 1 ? w : 1;
        h = h > 1 ? h : 1;
    }
    roi_grid g = {x1, y1, w / (float)s->cells, h / (float)s->cells, 0, 0};
    g.n_x = s->sampling ? s->sampling : samples_along(g.cell_w);
    g.n_y = s->sampling ? s->sampling : samples_along(g.cell_h);
    return g;
}

/* Sample i of n in a cell, along one axis. */
static float sample_at(float start, int cell, float size, int i, int n)
{
    return start + (float)cell * size + ((float)i + 0.5f) * size / (float)n;
}

static void sum_cell(const sfd_kernels *k, const sfd_roi_map *map, const roi_grid *g, int row,
                     int col, float *acc)
{
    memset(acc, 0, (size_t)map->channels * sizeof *acc);
    for (int i = 0; i < g->n_y; i++) {
        const float y = sample_at(g->y, row, g->cell_h, i, g->n_y);
        for (int j = 0; j < g->n_x; j++)
            add_sample(k, map, y, sample_at(g->x, col, g->cell_w, j, g->n_x), acc);
    }
}

/* The mean of a cell's samples. */
static void fill_cell(const sfd_kernels *k, const sfd_roi_map *map, const roi_grid *g, int row,
                      int col, float *cell)
{
    const float count = (float)g->n_x * (float)g->n_y;
    sum_cell(k, map, g, row, col, cell);
    for (int i = 0; i < map->channels; i++)
        cell[i] /= count;
}

void sfd_roi_align(const sfd_kernels *k, const sfd_roi_map *map, const sfd_roi_settings *settings,
                   const sfd_box_px *box, float *cells, size_t ld)
{
    const size_t n = (size_t)map->channels;
    const roi_grid g = make_grid(settings, box);
    const int side = settings->cells;
    for (int cell = 0; cell < side * side; cell++, cells += ld)
        if (g.n_x == 0 || g.n_y == 0) /* empty or inverted box */
            memset(cells, 0, n * sizeof *cells);
        else
            fill_cell(k, map, &g, cell / side, cell % side, cells);
}

void sfd_roi_align_max(const sfd_kernels *k, const sfd_roi_map *map,
                       const sfd_roi_settings *settings, const sfd_box_px *box, float *out,
                       float *cells, float *acc)
{
    const size_t n = (size_t)map->channels;
    const roi_grid g = make_grid(settings, box);
    if (g.n_x == 0 || g.n_y == 0) { /* empty or inverted box: features are zero */
        memset(out, 0, n * sizeof *out);
        if (cells)
            memset(cells, 0, (size_t)settings->cells * (size_t)settings->cells * n * sizeof *cells);
        return;
    }
    for (int cell = 0; cell < settings->cells * settings->cells; cell++) {
        fill_cell(k, map, &g, cell / settings->cells, cell % settings->cells, acc);
        if (cell == 0)
            memcpy(out, acc, n * sizeof *out);
        else
            k->max(out, acc, n);
        if (cells)
            memcpy(cells + (size_t)cell * n, acc, n * sizeof *cells);
    }
}

/* ------------------------------------------------------------------ gradient */

/* The inverse of add_sample: adds d at the four neighbours. */
static void spread_sample(const sfd_kernels *k, const sfd_roi_map *m, float y, float x,
                          const float *d, float *d_map)
{
    if (!(y >= -1 && y <= (float)m->height && x >= -1 && x <= (float)m->width))
        return;
    const neighbours v = find_neighbours(y, m->height), h = find_neighbours(x, m->width);
    const float gv = 1 - v.weight, gh = 1 - h.weight;
    const size_t n = (size_t)m->channels, row = (size_t)m->width;
    k->add_scaled(d_map + ((size_t)v.low * row + (size_t)h.low) * m->ld, d, gv * gh, n);
    k->add_scaled(d_map + ((size_t)v.low * row + (size_t)h.high) * m->ld, d, gv * h.weight, n);
    k->add_scaled(d_map + ((size_t)v.high * row + (size_t)h.low) * m->ld, d, v.weight * gh, n);
    k->add_scaled(d_map + ((size_t)v.high * row + (size_t)h.high) * m->ld, d, v.weight * h.weight,
                  n);
}

static void spread_cell(const sfd_kernels *k, const sfd_roi_map *map, const roi_grid *g, int row,
                        int col, const float *d, float *d_map)
{
    for (int i = 0; i < g->n_y; i++) {
        const float y = sample_at(g->y, row, g->cell_h, i, g->n_y);
        for (int j = 0; j < g->n_x; j++)
            spread_sample(k, map, y, sample_at(g->x, col, g->cell_w, j, g->n_x), d, d_map);
    }
}

void sfd_roi_align_max_backward(const sfd_kernels *k, const sfd_roi_map *map,
                                const sfd_roi_settings *settings, const sfd_box_px *box,
                                const uint16_t *winners, const float *d_out, float *d_map,
                                float *acc)
{
    const roi_grid g = make_grid(settings, box);
    if (g.n_x == 0 || g.n_y == 0)
        return;
    const float count = (float)g.n_x * (float)g.n_y;
    for (int cell = 0; cell < settings->cells * settings->cells; cell++) {
        bool any = false;
        for (int c = 0; c < map->channels; c++) {
            const bool won = winners[c] == cell;
            acc[c] = won ? d_out[c] / count : 0;
            any |= won;
        }
        if (any)
            spread_cell(k, map, &g, cell / settings->cells, cell % settings->cells, acc, d_map);
    }
}
