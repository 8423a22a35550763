/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing random views, and boxes in them. */
#include "train/augment.h"

#include "base/alloc.h"
#include "base/error.h"
#include "input/sampling.h"

#include <math.h>
#include <stdlib.h>

#define MIN_VISIBLE 0.33

sfd_status sfd_augment_init(sfd_augment *a, const sfd_net *net, double timestamp_offset_s,
                            int min_side, int max_side, int max_shift, sfd_error *err)
{
    *a = (sfd_augment){.net = net,
                       .timestamp_offset_s = timestamp_offset_s,
                       .crop = net->config.train_crop_size,
                       .min_side = min_side,
                       .max_side = max_side,
                       .max_shift = max_shift};
    if (a->crop > min_side || min_side > max_side)
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: a crop of %d pixels cannot be taken from pictures with a short side "
                        "of %d to %d",
                        net->config.name, a->crop, min_side, max_side);
    return SFD_OK;
}

static double draw_time(const sfd_augment *a, const sfd_samples *s, const sfd_sample *sample,
                        sfd_random *random)
{
    const sfd_net_config *c = &a->net->config;
    if (s->whole_videos) {
        const int64_t n_frames = s->videos[sample->video].frames.header.n_frames;
        return sfd_clip_time(c, sfd_random_below(random, sfd_clip_starts(c, n_frames)));
    }
    const int steps = (int)sfd_random_below(random, 2 * (size_t)a->max_shift + 1) - a->max_shift;
    return sample->timestamp_s - a->timestamp_offset_s +
           (double)(steps * c->sampling_rate) / SFD_TIMELINE_FPS;
}

sfd_drawn_view sfd_augment_draw(const sfd_augment *a, const sfd_samples *samples, size_t i,
                                sfd_random random)
{
    const sfd_sample *sample = &samples->items[i];
    const sfd_frame_header *h = &samples->videos[sample->video].frames.header;
    sfd_drawn_view d = {.view = {.width = a->crop, .height = a->crop}};
    d.time_s = draw_time(a, samples, sample, &random);
    d.view.flip = sfd_random_below(&random, 2) == 1;
    d.view.short_side = a->min_side + sfd_random_unit(&random) * (a->max_side - a->min_side);
    const double side = a->crop / sfd_view_zoom(&d.view, h->width, h->height);
    d.view.x = sfd_random_unit(&random) * (h->width - side);
    d.view.y = sfd_random_unit(&random) * (h->height - side);
    return d;
}

void sfd_augment_fill(const sfd_augment *a, const sfd_train_graph *g, size_t slot,
                      const sfd_frame_cache *frames, const sfd_drawn_view *drawn,
                      sfd_frame_buffer *buffer)
{
    const sfd_frame_header *h = &frames->header;
    int64_t numbers[SFD_MAX_CLIP_FRAMES], centre;
    const uint8_t *rgb[SFD_MAX_CLIP_FRAMES];
    sfd_clip_frames(&a->net->config, drawn->time_s, h->n_frames, numbers, &centre);
    if (sfd_frame_cache_read(frames, numbers, (size_t)a->net->config.num_frames, buffer, rgb) !=
        SFD_OK)
        return;
    const sfd_clip_pictures clip = {rgb, h->width, h->height, 3 * (size_t)h->width, NULL};
    for (int p = 0; p < a->net->n_pathways; p++) {
        const sfd_pathway_input *in = &a->net->input.pathways[p];
        const sfd_plan_tensor *to = &g->plan.tensors[g->graph->inputs[p].tensor];
        const size_t frame_floats = (size_t)to->size[1] * (size_t)to->size[2] * to->ld;
        for (int i = 0; i < in->n_frames; i++)
            sfd_input_fill(in, i, &clip, &drawn->view, NULL,
                           sfd_train_graph_value(g, g->graph->inputs[p].tensor, slot) +
                               (size_t)i * frame_floats);
    }
}

/* ------------------------------------------------------------------ sound */

sfd_status sfd_ear_create(sfd_ear *e, const sfd_sound_input *in, sfd_error *err)
{
    *e = (sfd_ear){0};
    if (in->n_steps == 0)
        return SFD_OK;
    e->samples = sfd_malloc_array(in->n_samples, sizeof *e->samples);
    return e->samples ? sfd_hearing_create(&e->hearing, in, err) : sfd_fail_nomem(err, "sound");
}

void sfd_ear_free(sfd_ear *e)
{
    sfd_hearing_free(e->hearing);
    free(e->samples);
    *e = (sfd_ear){0};
}

sfd_status sfd_augment_hear(const sfd_augment *a, const sfd_train_graph *g, size_t slot, int frame,
                            const sfd_sound_cache *sound, double time_s, const sfd_ear *ear,
                            sfd_error *err)
{
    const sfd_sound_input *in = &a->net->input.sound;
    if (!ear->hearing)
        return SFD_OK;
    const int tensor = g->graph->inputs[a->net->n_pathways].tensor;
    const int64_t first = sfd_sound_clip_start(in, &a->net->config, time_s);
    const sfd_status status = sfd_sound_cache_read(sound, first, in->n_samples, ear->samples, err);
    if (status == SFD_OK)
        sfd_hearing_fill(ear->hearing, ear->samples,
                         sfd_train_graph_value(g, tensor, slot) +
                             (size_t)frame * (size_t)(in->n_steps * in->n_mels));
    return status;
}

double sfd_augment_draw_wrong(const sfd_augment *a, int64_t n_frames, double time_s, double gap_s,
                              sfd_random *random)
{
    const sfd_net_config *c = &a->net->config;
    const double span_s = (double)c->num_frames * c->sampling_rate / SFD_TIMELINE_FPS;
    const double begin_s = sfd_timeline_time(sfd_clip_first_frame(c, sfd_timeline_frame(time_s)));
    const double last_s = fmax(sfd_timeline_time(n_frames) - span_s, 0);
    const double before_s = fmin(fmax(begin_s - gap_s, 0), last_s);
    const double after_s = fmax(fmin(begin_s + gap_s, last_s), 0);
    double start_s = sfd_random_unit(random) * (before_s + last_s - after_s);
    if (start_s > before_s)
        start_s += after_s - before_s;
    return time_s + start_s - begin_s;
}

/* ------------------------------------------------------------------ boxes */

static double clip_to(double v, double n)
{
    return v < 0 ? 0 : v > n ? n : v;
}

bool sfd_augment_map_box(const sfd_frame_cache *frames, const sfd_view *view,
                         const sfd_box_norm *box, sfd_box_px *out)
{
    const sfd_frame_header *h = &frames->header;
    const double zoom = sfd_view_zoom(view, h->width, h->height);
    const double right = view->width - 1, bottom = view->height - 1;
    double x1 = (box->x1 * h->width - view->x) * zoom;
    double x2 = (box->x2 * h->width - view->x) * zoom;
    const double y1 = (box->y1 * h->height - view->y) * zoom;
    const double y2 = (box->y2 * h->height - view->y) * zoom;
    if (view->flip) {
        const double mirrored = view->width - x2;
        x2 = view->width - x1;
        x1 = mirrored;
    }
    *out = (sfd_box_px){(float)clip_to(x1, right), (float)clip_to(y1, bottom),
                        (float)clip_to(x2, right), (float)clip_to(y2, bottom)};
    const double visible = (double)(out->x2 - out->x1) * (double)(out->y2 - out->y1);
    return visible > 0 && visible >= MIN_VISIBLE * (x2 - x1) * (y2 - y1);
}
