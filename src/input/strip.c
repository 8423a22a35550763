/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels of views: as they are, or scaled. */
#include "input/strip.h"

#include <math.h>

/* The tap of pixel i of a line whose first pixel lies at `start`, of a picture with `size` columns.
 */
static sfd_tap make_tap(int i, double start, double zoom, int size)
{
    const double p = start + (i + 0.5) / zoom - 0.5;
    const double inside = fmin(fmax(p, 0), size - 1);
    const int at = (int)inside;
    return (sfd_tap){at, at + 1 < size ? at + 1 : at, (float)(inside - at)};
}

static void read_plain(const sfd_strip *s, const uint8_t *rgb, float *out)
{
    const sfd_view *v = s->view;
    const int first = v->flip ? v->width - 1 - s->x : s->x;
    const ptrdiff_t step = v->flip ? -3 : 3;
    const uint8_t *at = rgb + ((size_t)v->y + (size_t)s->y) * s->clip->stride_bytes +
                        3 * ((size_t)v->x + (size_t)first);
    const float(*values)[3] = s->in->values;
    for (int i = 0; i < s->n; i++, at += step) {
        *out++ = values[at[0]][0];
        *out++ = values[at[1]][1];
        *out++ = values[at[2]][2];
    }
}

/* What a byte stands for is linear in it. */
static void read_floats(const sfd_strip *s, const float *rgb, float *out)
{
    const sfd_view *v = s->view;
    const int first = v->flip ? v->width - 1 - s->x : s->x;
    const ptrdiff_t step = v->flip ? -3 : 3;
    const float *at = rgb + 3 * (((size_t)v->y + (size_t)s->y) * (size_t)s->clip->width +
                                 (size_t)v->x + (size_t)first);
    const float(*values)[3] = s->in->values;
    float zero[3], slope[3];
    for (int c = 0; c < 3; c++) {
        zero[c] = values[0][c];
        slope[c] = (values[255][c] - zero[c]) / 255;
    }
    for (int i = 0; i < s->n; i++, at += step)
        for (int c = 0; c < 3; c++)
            *out++ = zero[c] + at[c] * slope[c];
}

/* Scaling and cropping are one bilinear step. */
static void read_scaled(const sfd_strip *s, const uint8_t *rgb, float *out)
{
    const sfd_tap row = make_tap(s->y, s->view->y, s->zoom, s->clip->height);
    const uint8_t *top = rgb + (size_t)row.at * s->clip->stride_bytes;
    const uint8_t *bottom = rgb + (size_t)row.next * s->clip->stride_bytes;
    const float down = row.weight;
    const float(*values)[3] = s->in->values;
    for (int i = 0; i < s->n; i++)
        for (int c = 0; c < 3; c++) {
            const int left = 3 * s->columns[i].at + c, right = 3 * s->columns[i].next + c;
            const float w = s->columns[i].weight;
            const float upper = values[top[left]][c] * (1 - w) + values[top[right]][c] * w;
            const float lower = values[bottom[left]][c] * (1 - w) + values[bottom[right]][c] * w;
            *out++ = upper * (1 - down) + lower * down;
        }
}

void sfd_strip_read(const sfd_strip *s, int entry, float *rgb)
{
    const int frame = s->in->frames[entry];
    if (s->clip->floats)
        read_floats(s, s->clip->floats[frame], rgb);
    else if (s->plain)
        read_plain(s, s->clip->rgb[frame], rgb);
    else
        read_scaled(s, s->clip->rgb[frame], rgb);
}

sfd_strip sfd_strip_make(const sfd_pathway_input *in, const sfd_clip_pictures *clip,
                         const sfd_view *v, int x, int n)
{
    sfd_strip s = {.in = in,
                   .clip = clip,
                   .view = v,
                   .zoom = sfd_view_zoom(v, clip->width, clip->height),
                   .x = x,
                   .n = n};
    s.plain = s.zoom == 1 && v->x == floor(v->x) && v->y == floor(v->y);
    for (int i = 0; !s.plain && i < n; i++)
        s.columns[i] =
            make_tap(v->flip ? v->width - 1 - (x + i) : x + i, v->x, s.zoom, clip->width);
    return s;
}
