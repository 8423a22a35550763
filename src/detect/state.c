/* SPDX-License-Identifier: Apache-2.0 */
/* States: scratch memory for one picture size, and running a model in it. */
#include "detect/state.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "detect/model.h"
#include "detect/views.h"
#include "kernels/dense/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 1024

static void get_maps(const sfd_state *s, sfd_map maps[SFD_MAX_MAPS])
{
    const sfd_graph *graph = &s->model->net.graph;
    for (size_t p = 0; p < graph->n_outputs; p++)
        maps[p] = sfd_executor_map(&s->executor, graph->outputs[p].tensor);
}

/* ------------------------------------------------------------------ memory */

/* Makes room for n rows of features; what was there is lost. */
static sfd_status reserve_rows(sfd_state *s, size_t n, sfd_error *err)
{
    size_t features, scratch;
    if (n <= s->rows_alloc)
        return SFD_OK;
    free(s->features);
    free(s->row_scratch);
    s->rows_alloc = s->n_rows = 0;
    s->features = s->row_scratch = NULL;
    if (sfd_mul_size(n, s->model->head.desc.n_features, &features) &&
        sfd_mul_size(n, s->memory.per_row, &scratch)) {
        s->features = sfd_malloc_aligned(features, sizeof *s->features);
        s->row_scratch = sfd_malloc_aligned(scratch, sizeof *s->row_scratch);
    }
    if (!s->features || !s->row_scratch)
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu box%s", n, n == 1 ? "" : "es");
    s->rows_alloc = n;
    return SFD_OK;
}

/* Room for the rows that are there without boxes, too. */
static sfd_status prepare_head(sfd_state *s, sfd_error *err)
{
    const sfd_head_desc *d = &s->model->head.desc;
    const size_t threads = (size_t)sfd_team_size(s->team);
    sfd_map maps[SFD_MAX_MAPS];
    size_t n_rows;
    get_maps(s, maps);
    sfd_status status = d->kind->n_rows(&n_rows, d, maps, NULL, 0, err);
    if (status != SFD_OK)
        return status;
    if (s->model->net.relation.n_nodes > 0)
        status = sfd_executor_create(&s->relation, &s->model->relation, maps[0].size[1],
                                     maps[0].size[2], SFD_PLAN_SHARE, s->team, err);
    if (status != SFD_OK)
        return status;
    s->memory = d->kind->memory(d, maps);
    s->shared = sfd_malloc_aligned(s->memory.shared, sizeof *s->shared);
    s->head_scratch = sfd_malloc_aligned(threads * s->memory.per_thread, sizeof *s->head_scratch);
    if (!s->shared || !s->head_scratch)
        return sfd_fail_nomem(err, d->config->name);
    return reserve_rows(s, n_rows, err);
}

static sfd_status create_in(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                            sfd_team *team, sfd_plan_mode mode, sfd_error *err)
{
    *out = NULL;
    sfd_state *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, m->net.config.name);
    s->model = m;
    s->team = team;
    s->view = m->net.input.views[0];
    s->view.short_side = in_width < in_height ? in_width : in_height; /* as the pictures are */
    s->view.width = in_width;
    s->view.height = in_height;
    sfd_status status =
        sfd_executor_create(&s->executor, &m->executable, in_height, in_width, mode, s->team, err);
    if (status == SFD_OK && m->net.input.sound.n_steps > 0)
        status = sfd_hearing_create(&s->hearing, &m->net.input.sound, err);
    if (status == SFD_OK)
        status = prepare_head(s, err);
    /* whether a small product needs the room is for OpenBLAS to know */
    const bool scalar = m->executable.kernels->needs == SFD_CPU_SCALAR; /* all threads call it */
    if (status == SFD_OK && !sfd_blas_has_room(scalar ? sfd_team_size(s->team) : 1))
        status = sfd_fail_nomem(err, m->origin ? m->origin : m->net.config.name);
    if (status != SFD_OK) {
        sfd_state_free(s);
        return status;
    }
    *out = s;
    return SFD_OK;
}

sfd_status sfd_state_create_in(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                               sfd_team *team, sfd_error *err)
{
    return create_in(out, m, in_width, in_height, team, SFD_PLAN_SHARE, err);
}

sfd_status sfd_state_create_mode(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                                 int n_threads, sfd_plan_mode mode, sfd_error *err)
{
    sfd_team *team;
    *out = NULL;
    if (n_threads < 0 || n_threads > MAX_THREADS)
        return sfd_fail(err, SFD_ERR_ARG, "%d threads wanted, 0 to %d possible", n_threads,
                        MAX_THREADS);
    sfd_status status = sfd_team_create(&team, n_threads ? n_threads : sfd_usable_cores(), err);
    if (status != SFD_OK)
        return status;
    status = create_in(out, m, in_width, in_height, team, mode, err);
    if (status == SFD_OK)
        (*out)->own_team = team;
    else
        sfd_team_destroy(team);
    return status;
}

sfd_status sfd_state_create(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                            int n_threads, sfd_error *err)
{
    const int n_cores = sfd_usable_cores();
    if (n_threads > n_cores && n_threads <= MAX_THREADS)
        n_threads = n_cores;
    return sfd_state_create_mode(out, m, in_width, in_height, n_threads, SFD_PLAN_SHARE, err);
}

void sfd_state_free(sfd_state *s)
{
    if (!s)
        return;
    sfd_executor_free(&s->executor);
    sfd_executor_free(&s->relation);
    sfd_team_destroy(s->own_team);
    sfd_hearing_free(s->hearing);
    free(s->shared);
    free(s->head_scratch);
    free(s->features);
    free(s->row_scratch);
    free(s);
}

size_t sfd_state_bytes(const sfd_state *s)
{
    const size_t per_row = s->model->head.desc.n_features + s->memory.per_row;
    const size_t floats = s->memory.shared + (size_t)sfd_team_size(s->team) * s->memory.per_thread +
                          s->rows_alloc * per_row;
    const size_t relation = s->relation.executable ? sfd_executor_bytes(&s->relation) : 0;
    return sfd_executor_bytes(&s->executor) + relation + sfd_hearing_bytes(s->hearing) +
           floats * sizeof(float);
}

/* ------------------------------------------------------------------ running */

/* What the items of a loop over a pathway's frames know. */
typedef struct frame_loop {
    const sfd_pathway_input *in;
    const sfd_clip_pictures *clip;
    const sfd_view *view;
    const sfd_input_bytes *bytes; /* NULL: floats */
    char *out;
    size_t frame_bytes;
} frame_loop;

static void fill_frame(void *user, size_t i, int thread)
{
    (void)thread;
    const frame_loop *l = user;
    sfd_input_fill(l->in, (int)i, l->clip, l->view, l->bytes, l->out + i * l->frame_bytes);
}

static void fill_sound(sfd_state *s, const sfd_clip_view *v)
{
    const sfd_net *net = &s->model->net;
    const sfd_map m = sfd_executor_map(&s->executor, net->graph.inputs[net->n_pathways].tensor);
    if (v->heard)
        memcpy(m.data, v->heard, sfd_map_positions(&m) * sizeof *v->heard);
    else
        sfd_hearing_fill(s->hearing, v->sound, m.data);
}

static void fill_inputs(sfd_state *s, const sfd_clip_pictures *clip, const sfd_view *view)
{
    const sfd_input *input = &s->model->net.input;
    for (int p = 0; p < input->n_pathways; p++) {
        const sfd_map m = sfd_executor_map(&s->executor, s->model->net.graph.inputs[p].tensor);
        const sfd_input_bytes bytes = {s->model->executable.kernels->u8_from_f32, 1 / m.scale,
                                       (float)m.zero};
        frame_loop loop = {.in = &input->pathways[p],
                           .clip = clip,
                           .view = view,
                           .bytes = m.dtype == SFD_U8 ? &bytes : NULL,
                           .out = m.data,
                           .frame_bytes = (size_t)m.size[1] * (size_t)m.size[2] * m.ld *
                                          sfd_dtype_size(m.dtype)};
        sfd_team_for(s->team, (size_t)loop.in->n_frames, fill_frame, &loop);
    }
}

static sfd_status count_rows(size_t *n, const sfd_state *s, const sfd_box_px *boxes, size_t n_boxes,
                             sfd_error *err)
{
    const sfd_head_desc *d = &s->model->head.desc;
    sfd_map maps[SFD_MAX_MAPS];
    get_maps(s, maps);
    return d->kind->n_rows(n, d, maps, boxes, n_boxes, err);
}

sfd_status sfd_state_run_filled(sfd_state *s, const sfd_box_px *boxes, size_t n_boxes,
                                float *scores, double *node_s, sfd_error *err)
{
    const sfd_head *h = &s->model->head;
    sfd_map maps[SFD_MAX_MAPS];
    size_t n_rows;
    sfd_status status = count_rows(&n_rows, s, boxes, n_boxes, err);
    if (status == SFD_OK)
        status = reserve_rows(s, n_rows, err);
    if (status != SFD_OK)
        return status;
    sfd_executor_run(&s->executor, node_s);
    get_maps(s, maps);
    const sfd_head_run run = {.maps = maps,
                              .boxes = boxes,
                              .n_boxes = n_boxes,
                              .kernels = s->model->executable.kernels,
                              .team = s->team,
                              .relation = s->relation.executable ? &s->relation : NULL,
                              .shared = s->shared,
                              .scratch = s->head_scratch,
                              .scratch_floats = s->memory.per_thread};
    sfd_head_features(&h->desc, &run, s->features, n_rows);
    h->desc.kind->scores(&h->desc, &h->classifier, s->features, n_rows, s->row_scratch, scores);
    s->n_rows = n_rows;
    return SFD_OK;
}

/* Place of the first value that is no number; n: there is none. */
static size_t find_not_finite(const float *values, size_t n)
{
    size_t i = 0;
    while (i < n && isfinite(values[i]))
        i++;
    return i;
}

static sfd_status check_sound(const sfd_state *s, const sfd_clip_view *v, sfd_error *err)
{
    const sfd_net *net = &s->model->net;
    if (!v->sound && !v->heard)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the network listens%s: the sound is missing",
                        net->config.name, net->n_pathways > 0 ? ", too" : "");
    const size_t n = v->heard ? 0 : net->input.sound.n_samples;
    const size_t at = find_not_finite(v->sound, n);
    return at == n ? SFD_OK
                   : sfd_fail(err, SFD_ERR_ARG, "%s: sample %zu of the sound is not a number",
                              net->config.name, at);
}

static sfd_status check_boxes(const sfd_box_px *boxes, size_t n, sfd_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(boxes[i].x1) || !isfinite(boxes[i].y1) || !isfinite(boxes[i].x2) ||
            !isfinite(boxes[i].y2))
            return sfd_fail(err, SFD_ERR_ARG, "box %zu has a corner that is not a number", i);
    return SFD_OK;
}

/* Finite weights can still overflow on the way through the network. */
static sfd_status check_scores(sfd_state *s, const float *scores, size_t n_boxes, sfd_error *err)
{
    const sfd_model_info *info = &s->model->info;
    const size_t n_classes = (size_t)info->n_classes;
    const size_t n = s->n_rows == 0 ? 0 : n_boxes > 0 ? n_boxes * n_classes : n_classes;
    const size_t at = find_not_finite(scores, n);
    if (at == n)
        return SFD_OK;
    s->n_rows = 0;
    if (n_boxes > 0)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: the network's score for box %zu, output %zu is not a number",
                        info->weights, at / n_classes, at % n_classes);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: the network's score for class %zu is not a number",
                    info->weights, at);
}

static sfd_status run(sfd_state *s, const sfd_clip_view *v, const sfd_box_px *boxes, size_t n_boxes,
                      float *scores, double *node_s, sfd_error *err)
{
    size_t n_rows;
    sfd_status status = count_rows(&n_rows, s, boxes, n_boxes, err);
    s->n_rows = 0;
    if (status != SFD_OK || n_rows == 0)
        return status;
    status = check_boxes(boxes, n_boxes, err);
    if (status == SFD_OK && s->hearing)
        status = check_sound(s, v, err);
    if (status != SFD_OK)
        return status;
    fill_inputs(s, v->pictures, &v->view);
    if (s->hearing)
        fill_sound(s, v);
    return sfd_state_run_filled(s, boxes, n_boxes, scores, node_s, err);
}

void sfd_clip_input_defaults_sized(sfd_clip_input *s, size_t struct_size)
{
    const sfd_clip_input defaults = {0};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

sfd_status sfd_state_run_timed(sfd_state *s, const sfd_clip_input *clip, const sfd_box_px *boxes,
                               size_t n_boxes, float *scores, double *node_s, sfd_error *err)
{
    sfd_clip_input c;
    const sfd_status status = SFD_SETTINGS_TAKE(sfd_clip_input, &c, clip, err);
    if (status != SFD_OK)
        return status;
    const sfd_clip_pictures pictures = {.rgb = c.frames,
                                        .width = s->view.width,
                                        .height = s->view.height,
                                        .stride_bytes = c.stride_bytes};
    const sfd_clip_view v = {.pictures = &pictures, .view = s->view, .sound = c.sound};
    return run(s, &v, boxes, n_boxes, scores, node_s, err);
}

sfd_status sfd_state_run_view(sfd_state *s, const sfd_clip_view *v, const sfd_box_px *boxes,
                              size_t n_boxes, float *scores, sfd_error *err)
{
    const sfd_status status = run(s, v, boxes, n_boxes, scores, NULL, err);
    return status == SFD_OK ? check_scores(s, scores, n_boxes, err) : status;
}

sfd_status sfd_state_run_clip(sfd_state *s, const sfd_clip_input *clip, const sfd_box_px *boxes,
                              size_t n_boxes, float *scores, sfd_error *err)
{
    const sfd_status status = sfd_state_run_timed(s, clip, boxes, n_boxes, scores, NULL, err);
    return status == SFD_OK ? check_scores(s, scores, n_boxes, err) : status;
}

sfd_status sfd_state_run(sfd_state *s, const uint8_t *const *frames, size_t stride_bytes,
                         const sfd_box_px *boxes, size_t n_boxes, float *scores, sfd_error *err)
{
    sfd_clip_input clip;
    sfd_clip_input_defaults(&clip);
    clip.frames = frames;
    clip.stride_bytes = stride_bytes;
    return sfd_state_run_clip(s, &clip, boxes, n_boxes, scores, err);
}

sfd_status sfd_state_count_rows(size_t *n, const sfd_state *s, sfd_error *err)
{
    return count_rows(n, s, NULL, 0, err);
}

const float *sfd_state_rows(const sfd_state *s, size_t *n)
{
    *n = s->n_rows;
    return s->features;
}

void sfd_state_features(const sfd_state *s, float *features)
{
    const sfd_head_desc *d = &s->model->head.desc;
    if (s->n_rows > 0)
        d->kind->summary(d, s->model->executable.kernels, s->features, s->n_rows, features);
}
