/* SPDX-License-Identifier: Apache-2.0 */
/* Timing of a model on a clip. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "detect/model.h"
#include "inspect/bench_impl.h"

#include <stdlib.h>

/* What a run needs beside the state. */
typedef struct bench_input {
    uint8_t *pixels;        /* one noisy picture, used for every frame */
    const uint8_t **frames; /* [n_frames] */
    float *sound;           /* silence; NULL where the network does not listen */
    sfd_box_px *boxes;
    float *scores;
    sfd_bench_times times;
} bench_input;

static void free_input(bench_input *in)
{
    free(in->pixels);
    free(in->frames);
    free(in->sound);
    free(in->boxes);
    free(in->scores);
    sfd_bench_times_free(&in->times);
}

static bool make_input(bench_input *in, const sfd_bench *b, const sfd_model *m)
{
    const sfd_net_config *c = &m->net.config;
    const size_t n_boxes = (size_t)b->n_boxes;
    in->pixels = sfd_bench_picture(b->in_width, b->in_height);
    in->frames = sfd_malloc_array((size_t)c->num_frames, sizeof *in->frames);
    in->boxes = sfd_malloc_array(n_boxes, sizeof *in->boxes);
    in->scores = sfd_malloc_array(n_boxes + 1, (size_t)c->num_classes * sizeof *in->scores);
    if (m->info.n_sound > 0)
        in->sound = sfd_calloc(m->info.n_sound, sizeof *in->sound);
    if ((m->info.n_sound > 0 && !in->sound) || !sfd_bench_times_make(&in->times, b) ||
        !in->pixels || !in->frames || !in->boxes || !in->scores)
        return false;
    for (int i = 0; i < c->num_frames; i++)
        in->frames[i] = in->pixels;
    for (size_t i = 0; i < n_boxes; i++) {
        const float x = (float)(i % 7) * (float)b->in_width / 14;
        in->boxes[i] = (sfd_box_px){x, 10, x + (float)b->in_width / 3, (float)b->in_height - 10};
    }
    return true;
}

static size_t boxes_taken(const sfd_model *m, const sfd_bench *b)
{
    const size_t most = m->head.desc.kind->max_boxes;
    return (size_t)b->n_boxes < most ? (size_t)b->n_boxes : most;
}

static sfd_status run_all(sfd_bench *b, sfd_state *state, bench_input *in, sfd_error *err)
{
    sfd_clip_input clip;
    sfd_clip_input_defaults(&clip);
    clip.frames = in->frames;
    clip.stride_bytes = (size_t)b->in_width * 3;
    clip.sound = in->sound;
    const size_t n_boxes = boxes_taken(state->model, b);
    for (int run = -1; run < b->n_runs; run++) {
        double *layer_s = sfd_bench_times_layers(&in->times, b, run);
        const double start = sfd_clock_s();
        sfd_status status =
            sfd_state_run_timed(state, &clip, in->boxes, n_boxes, in->scores, layer_s, err);
        if (status != SFD_OK)
            return status;
        in->times.total_s[run < 0 ? 0 : run] = sfd_clock_s() - start;
    }
    return SFD_OK;
}

/* What is known before the run. */
static sfd_bench *make_bench(const sfd_model *m, const sfd_bench_settings *s)
{
    const sfd_model_info *info = sfd_model_get_info(m);
    const int side = info->short_side_px;
    return sfd_bench_make(&(sfd_bench){.name = info->name,
                                       .cpu = info->cpu,
                                       .in_width = s->in_width ? s->in_width : side * 4 / 3,
                                       .in_height = s->in_height ? s->in_height : side,
                                       .n_boxes = s->n_boxes,
                                       .n_runs = s->n_runs,
                                       .weights_bytes = info->weights_bytes,
                                       .n_layers = m->net.graph.n_nodes});
}

static sfd_status run_bench(sfd_bench *b, const sfd_model *m, int n_threads, sfd_error *err)
{
    sfd_state *state;
    bench_input in = {0};
    sfd_status status = sfd_state_create(&state, m, b->in_width, b->in_height, n_threads, err);
    if (status != SFD_OK)
        return status;
    b->n_threads = sfd_team_size(state->team);
    status = make_input(&in, b, m) ? run_all(b, state, &in, err) : sfd_fail_nomem(err, "timing");
    b->state_bytes = sfd_state_bytes(state); /* with room for the boxes */
    if (status == SFD_OK)
        sfd_bench_summarise(b, &state->executor, &in.times);
    free_input(&in);
    sfd_state_free(state);
    return status;
}

sfd_status sfd_bench_run(sfd_bench **out, const sfd_model *m, const sfd_bench_settings *settings,
                         sfd_error *err)
{
    sfd_bench_settings s;
    *out = NULL;
    sfd_status status = sfd_bench_take_settings(&s, settings, err);
    if (status != SFD_OK)
        return status;
    sfd_bench *b = make_bench(m, &s);
    if (!b)
        return sfd_fail_nomem(err, "timing");
    return sfd_bench_hand_out(out, b, run_bench(b, m, s.n_threads, err));
}
