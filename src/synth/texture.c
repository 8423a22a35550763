/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns and noise. */
#include "synth/texture.h"

#include <math.h>

double sfd_noise(uint32_t seed, double x, double y)
{
    double fx = floor(x), fy = floor(y), tx = sfd_smooth(x - fx), ty = sfd_smooth(y - fy);
    int32_t ix = (int32_t)sfd_clamp(fx, -1e6, 1e6), iy = (int32_t)sfd_clamp(fy, -1e6, 1e6);
    double top = sfd_mix(sfd_random_at(seed, ix, iy), sfd_random_at(seed, ix + 1, iy), tx);
    double low = sfd_mix(sfd_random_at(seed, ix, iy + 1), sfd_random_at(seed, ix + 1, iy + 1), tx);
    return sfd_mix(top, low, ty);
}

double sfd_noise_octaves(uint32_t seed, double x, double y, int octaves)
{
    double sum = 0, weight = 0.5, total = 0;
    for (int i = 0; i < octaves; i++) {
        sum += weight * sfd_noise(seed + (uint32_t)i, x, y);
        total += weight;
        weight *= 0.5;
        x *= 2.03;
        y *= 2.03;
    }
    return sum / total;
}

/* Which cell of a row of cells x is in, and how far from its border (0..0.5 of a cell). */
static int32_t cell(double x, double *border)
{
    double f = floor(x), t = x - f;
    *border = t < 0.5 ? t : 1 - t;
    return (int32_t)sfd_clamp(f, -1e6, 1e6);
}

/* Rectangles of width `aspect` to height 1; rows shifted by `shift`; `joint` wide gaps. */
static sfd_tint masonry(const sfd_material *m, double u, double v, double aspect, double shift,
                        double joint, double variety)
{
    double bx, by;
    int32_t row = cell(v / m->size_m, &by);
    int32_t column = cell(u / m->size_m / aspect + shift * row, &bx);
    double k = 1 + variety * (sfd_random_at(m->seed, column, row) - 0.5);
    k *= 0.94 + 0.12 * sfd_noise(m->seed + 9, u * 18, v * 18);
    return bx * aspect < joint || by < joint ? m->second : sfd_tint_scale(m->main, k);
}

static sfd_tint planks(const sfd_material *m, double u, double v)
{
    double bx, by;
    int32_t row = cell(v / m->size_m, &by);
    int32_t column = cell(u / (m->size_m * 9) + 0.37 * row, &bx);
    double k = 0.86 + 0.22 * sfd_random_at(m->seed, column, row);
    k *= 0.90 + 0.20 * sfd_noise_octaves(m->seed + 5, u * 3, v * 40, 2);
    return bx < 0.006 || by < 0.05 ? m->second : sfd_tint_scale(m->main, k);
}

static sfd_tint dots(const sfd_material *m, double u, double v)
{
    double bx, by;
    int32_t row = cell(v / m->size_m, &by);
    cell(u / m->size_m + 0.5 * (row & 1), &bx);
    double dx = 0.5 - bx, dy = 0.5 - by;
    return dx * dx + dy * dy < 0.05 ? m->second : m->main;
}

static sfd_tint blotches(const sfd_material *m, double u, double v, double coarse, double depth)
{
    double k = sfd_noise_octaves(m->seed, u * coarse, v * coarse, 4);
    return sfd_tint_scale(sfd_tint_mix(m->main, m->second, sfd_smooth(1.6 * k - 0.3)),
                          1 - depth / 2 +
                              depth * sfd_noise(m->seed + 7, u * coarse * 9, v * coarse * 9));
}

sfd_tint sfd_material_at(const sfd_material *m, double u, double v)
{
    double border;
    switch (m->kind) {
    case SFD_PLASTER:
        return blotches(m, u, v, 0.7, 0.05);
    case SFD_STRIPES:
        return cell(u / m->size_m, &border) & 1 ? m->second : m->main;
    case SFD_PANELS:
        return masonry(m, u, v, 0.8, 0, 0.02, 0.06);
    case SFD_PLANKS:
        return planks(m, u, v);
    case SFD_CARPET:
        return blotches(m, u, v, 2.5, 0.22);
    case SFD_BRICKS:
        return masonry(m, u, v, 2.6, 0.5, 0.07, 0.35);
    case SFD_DOTS:
        return dots(m, u, v);
    case SFD_TILES:
        return masonry(m, u, v, 1, 0, 0.025, 0.10);
    case SFD_CHECKS:
        return (cell(u / m->size_m, &border) + cell(v / m->size_m, &border)) & 1 ? m->second
                                                                                 : m->main;
    case SFD_GRASS:
        return blotches(m, u, v, 0.9, 0.34);
    case SFD_ASPHALT:
        return blotches(m, u, v, 1.3, 0.16);
    case SFD_PAVING:
        return masonry(m, u, v, 1.5, 0.5, 0.03, 0.16);
    case SFD_SAND:
        return blotches(m, u, v, 0.5, 0.12);
    }
    return m->main;
}
