/* SPDX-License-Identifier: Apache-2.0 */
/* Views of training clips. Scaling and cropping are one bilinear step. */
#include "train/input.h"

#include "base/alloc.h"
#include "base/error.h"
#include "input/sampling.h"

#include <math.h>
#include <stdlib.h>

#define MIN_VISIBLE 0.33
#define MAX_FRAMES  1024

sfd_status sfd_input_create(sfd_input *in, const sfd_net *net, double timestamp_offset_s,
                            int min_side, int max_side, int max_shift, sfd_error *err)
{
    const sfd_net_config *c = &net->config;
    *in = (sfd_input){.net = net,
                      .timestamp_offset_s = timestamp_offset_s,
                      .crop = c->train_crop_size,
                      .min_side = min_side,
                      .max_side = max_side,
                      .max_shift = max_shift};
    if (in->crop > SFD_MAX_CROP || in->crop > min_side || min_side > max_side)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: a crop of %d pixels cannot be taken from pictures with a short side "
                        "of %d to %d",
                        c->name, in->crop, min_side, max_side);
    if (c->num_frames > MAX_FRAMES)
        return sfd_fail(err, SFD_ERR_ARG, "%s: clips of more than %d frames", c->name, MAX_FRAMES);
    in->slow_indices = sfd_malloc_array((size_t)c->num_frames, sizeof *in->slow_indices);
    if (!in->slow_indices)
        return sfd_fail_nomem(err, c->name);
    if (net->n_pathways == 2)
        sfd_slow_indices(c, in->slow_indices);
    for (int v = 0; v < 256; v++)
        for (int i = 0; i < 3; i++)
            in->normalise[v][i] = ((float)v / 255.0f - c->mean[i]) / c->std[i];
    return SFD_OK;
}

void sfd_input_free(sfd_input *in)
{
    free(in->slow_indices);
    *in = (sfd_input){0};
}

static double draw_time(const sfd_input *in, const sfd_samples *s, const sfd_sample *sample,
                        sfd_random *random)
{
    const sfd_net_config *c = &in->net->config;
    if (s->whole_videos) {
        const int64_t n_frames = s->videos[sample->video].frames.header->n_frames;
        return sfd_clip_time(c, sfd_random_below(random, sfd_clip_starts(c, n_frames)));
    }
    const int steps = (int)sfd_random_below(random, 2 * (size_t)in->max_shift + 1) - in->max_shift;
    return sample->timestamp_s - in->timestamp_offset_s +
           (double)(steps * c->sampling_rate) / SFD_TIMELINE_FPS;
}

sfd_view sfd_input_draw(const sfd_input *in, const sfd_samples *samples, size_t i,
                        sfd_random random)
{
    const sfd_sample *sample = &samples->items[i];
    const sfd_frame_header *h = samples->videos[sample->video].frames.header;
    const double short_side = h->width < h->height ? h->width : h->height;
    sfd_view v;
    v.time_s = draw_time(in, samples, sample, &random);
    v.flip = sfd_random_below(&random, 2) == 1;
    const double side = in->min_side + sfd_random_unit(&random) * (in->max_side - in->min_side);
    v.zoom = side / short_side;
    v.side = in->crop / v.zoom;
    v.x = sfd_random_unit(&random) * (h->width - v.side);
    v.y = sfd_random_unit(&random) * (h->height - v.side);
    return v;
}

/* Source columns (or rows) of the crop's pixels: left neighbour and weight of the right one. */
typedef struct tap {
    int at, next;
    float weight;
} tap;

static void make_taps(tap *taps, int n, double start, double zoom, int size, bool flip)
{
    for (int i = 0; i < n; i++) {
        const double p = start + ((flip ? n - 1 - i : i) + 0.5) / zoom - 0.5;
        const double inside = fmin(fmax(p, 0), size - 1);
        const int at = (int)inside;
        taps[i] = (tap){at, at + 1 < size ? at + 1 : at, (float)(inside - at)};
    }
}

static void fill_row(const sfd_input *in, const uint8_t *top, const uint8_t *bottom, float down,
                     const tap *columns, float *out)
{
    for (int i = 0; i < in->crop; i++)
        for (int c = 0; c < 3; c++) {
            const int left = 3 * columns[i].at + c, right = 3 * columns[i].next + c;
            const float w = columns[i].weight;
            const float upper =
                in->normalise[top[left]][c] * (1 - w) + in->normalise[top[right]][c] * w;
            const float lower =
                in->normalise[bottom[left]][c] * (1 - w) + in->normalise[bottom[right]][c] * w;
            *out++ = upper * (1 - down) + lower * down;
        }
}

static void fill_frame(const sfd_input *in, const uint8_t *rgb, int width, const tap *columns,
                       const tap *rows, float *out)
{
    const size_t stride = 3 * (size_t)width, row_floats = 3 * (size_t)in->crop;
    for (int i = 0; i < in->crop; i++)
        fill_row(in, rgb + (size_t)rows[i].at * stride, rgb + (size_t)rows[i].next * stride,
                 rows[i].weight, columns, out + (size_t)i * row_floats);
}

void sfd_input_fill(const sfd_input *in, const sfd_train_graph *g, size_t slot,
                    const sfd_frame_cache *frames, const sfd_view *view)
{
    const sfd_net_config *c = &in->net->config;
    const sfd_frame_header *h = frames->header;
    int64_t numbers[MAX_FRAMES], centre;
    tap columns[SFD_MAX_CROP], rows[SFD_MAX_CROP];
    sfd_clip_frames(c, view->time_s, h->n_frames, numbers, &centre);
    make_taps(columns, in->crop, view->x, view->zoom, h->width, view->flip);
    make_taps(rows, in->crop, view->y, view->zoom, h->height, false);
    for (int p = 0; p < in->net->n_pathways; p++) {
        const sfd_plan_tensor *to = &g->plan.tensors[in->net->graph.inputs[p].tensor];
        const bool slow = in->net->n_pathways == 2 && p == 0;
        const size_t frame_floats = (size_t)to->size[1] * (size_t)to->size[2] * to->ld;
        for (int i = 0; i < to->size[0]; i++)
            fill_frame(in, sfd_frame_cache_get(frames, numbers[slow ? in->slow_indices[i] : i]),
                       h->width, columns, rows,
                       sfd_train_graph_value(g, in->net->graph.inputs[p].tensor, slot) +
                           (size_t)i * frame_floats);
    }
}

static double clip_to(double v, double n)
{
    return v < 0 ? 0 : v > n ? n : v;
}

bool sfd_input_map_box(const sfd_input *in, const sfd_frame_cache *frames, const sfd_view *view,
                       const sfd_box_norm *box, sfd_box_px *out)
{
    const sfd_frame_header *h = frames->header;
    const double last = in->crop - 1;
    double x1 = (box->x1 * h->width - view->x) * view->zoom;
    double x2 = (box->x2 * h->width - view->x) * view->zoom;
    const double y1 = (box->y1 * h->height - view->y) * view->zoom;
    const double y2 = (box->y2 * h->height - view->y) * view->zoom;
    if (view->flip) {
        const double mirrored = in->crop - x2;
        x2 = in->crop - x1;
        x1 = mirrored;
    }
    *out = (sfd_box_px){(float)clip_to(x1, last), (float)clip_to(y1, last),
                        (float)clip_to(x2, last), (float)clip_to(y2, last)};
    const double visible = (double)(out->x2 - out->x1) * (double)(out->y2 - out->y1);
    return visible > 0 && visible >= MIN_VISIBLE * (x2 - x1) * (y2 - y1);
}
