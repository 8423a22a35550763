/* SPDX-License-Identifier: Apache-2.0 */
/* States: scratch memory for one picture size, and running a model in it. */
#include "base/alloc.h"
#include "base/error.h"
#include "detect/model.h"

#include <stdlib.h>

#define MAX_THREADS 1024

static sfd_head_map head_map(const sfd_state *s, int pathway)
{
    const int tensor = s->model->net.graph.outputs[pathway].tensor;
    const sfd_map m = sfd_executor_map(&s->executor, tensor);
    return (sfd_head_map){
        .x = m.data, .size = {m.size[0], m.size[1], m.size[2]}, .channels = m.channels, .ld = m.ld};
}

static void get_head_maps(const sfd_state *s, sfd_head_map maps[SFD_MAX_PATHWAYS])
{
    for (int p = 0; p < s->model->net.n_pathways; p++)
        maps[p] = head_map(s, p);
}

/* Makes room for n rows of features and logits; what was there is lost. */
static sfd_status reserve_rows(sfd_state *s, size_t n, sfd_error *err)
{
    const sfd_head *h = &s->model->head;
    if (n <= s->rows_alloc)
        return SFD_OK;
    free(s->features);
    free(s->logits);
    s->rows_alloc = 0;
    s->logits = NULL;
    size_t features;
    if (!sfd_mul_size(n, (size_t)h->n_features, &features))
        features = SIZE_MAX;
    s->features = sfd_malloc_aligned(features, sizeof *s->features);
    if (s->features)
        s->logits = sfd_malloc_aligned(n * (size_t)h->config->num_classes, sizeof *s->logits);
    if (!s->logits)
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu boxes", n);
    s->rows_alloc = n;
    return SFD_OK;
}

static sfd_status prepare_head(sfd_state *s, sfd_error *err)
{
    const sfd_head *h = &s->model->head;
    sfd_head_map maps[SFD_MAX_PATHWAYS];
    get_head_maps(s, maps);
    if (!h->config->detection) {
        const size_t n = sfd_head_n_windows(h, maps, s->windows);
        if (n == 0)
            return sfd_fail(err, SFD_ERR_ARG,
                            "%s: the picture is smaller than the training crop of %d pixels",
                            h->config->name, h->config->train_crop_size);
        return reserve_rows(s, n, err);
    }
    for (int p = 0; p < h->n_pathways; p++) {
        s->pooled[p] = sfd_malloc_aligned(sfd_head_pooled_floats(&maps[p]), sizeof **s->pooled);
        if (!s->pooled[p])
            return sfd_fail_nomem(err, h->config->name);
    }
    return SFD_OK;
}

static sfd_status allocate(sfd_state *s, sfd_error *err)
{
    const sfd_model *m = s->model;
    const size_t threads = (size_t)sfd_team_size(s->team);
    s->head_scratch = sfd_malloc_aligned(threads * (size_t)m->head.n_features, sizeof(float));
    if (!s->head_scratch)
        return sfd_fail_nomem(err, m->head.config->name);
    return prepare_head(s, err);
}

sfd_status sfd_state_create_mode(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                                 int n_threads, sfd_plan_mode mode, sfd_error *err)
{
    *out = NULL;
    if (n_threads < 0 || n_threads > MAX_THREADS)
        return sfd_fail(err, SFD_ERR_ARG, "%d threads wanted, 0 to %d possible", n_threads,
                        MAX_THREADS);
    sfd_state *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, m->head.config->name);
    s->model = m;
    s->view = m->net.input.views[0];
    s->view.short_side = in_width < in_height ? in_width : in_height; /* as the pictures are */
    s->view.width = in_width;
    s->view.height = in_height;
    sfd_status status = sfd_team_create(&s->team, n_threads ? n_threads : sfd_usable_cores(), err);
    if (status == SFD_OK)
        status = sfd_executor_create(&s->executor, &m->executable, in_height, in_width, mode,
                                     s->team, err);
    if (status == SFD_OK)
        status = allocate(s, err);
    if (status != SFD_OK) {
        sfd_state_free(s);
        return status;
    }
    *out = s;
    return SFD_OK;
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
    sfd_team_destroy(s->team);
    free(s->head_scratch);
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
        free(s->pooled[p]);
    free(s->features);
    free(s->logits);
    free(s);
}

size_t sfd_state_bytes(const sfd_state *s)
{
    const sfd_head *h = &s->model->head;
    size_t floats = (size_t)sfd_team_size(s->team) * (size_t)h->n_features +
                    s->rows_alloc * (size_t)(h->n_features + h->config->num_classes);
    for (int p = 0; p < h->n_pathways; p++) {
        const sfd_head_map map = head_map(s, p);
        floats += s->pooled[p] ? sfd_head_pooled_floats(&map) : 0;
    }
    return sfd_executor_bytes(&s->executor) + floats * sizeof(float);
}

/* ------------------------------------------------------------------ running */

static void fill_inputs(sfd_state *s, const uint8_t *const *frames, size_t stride)
{
    const sfd_input *input = &s->model->net.input;
    const sfd_clip_pictures clip = {frames, s->view.width, s->view.height, stride};
    for (int p = 0; p < input->n_pathways; p++) {
        const sfd_pathway_input *in = &input->pathways[p];
        const sfd_map m = sfd_executor_map(&s->executor, s->model->net.graph.inputs[p].tensor);
        const size_t frame_floats = (size_t)m.size[1] * (size_t)m.size[2] * m.ld;
#pragma omp parallel for num_threads(sfd_team_size(s->team))
        for (int i = 0; i < in->n_frames; i++)
            sfd_input_fill(in, i, &clip, &s->view, (float *)m.data + (size_t)i * frame_floats);
    }
}

static void classify(sfd_state *s, const sfd_head_map *maps, float *scores)
{
    const sfd_head *h = &s->model->head;
    const size_t n = (size_t)s->windows[0] * (size_t)s->windows[1] * (size_t)s->windows[2];
    sfd_head_window_features(h, maps, s->windows, s->features, sfd_team_size(s->team));
    sfd_head_project(h, s->features, n, s->logits);
    sfd_head_average(h, s->logits, n, scores);
}

static void detect(sfd_state *s, const sfd_head_map *maps, const sfd_box_px *boxes, size_t n_boxes,
                   float *scores)
{
    const sfd_head *h = &s->model->head;
    for (int p = 0; p < h->n_pathways; p++)
        sfd_head_pool_time(h, &maps[p], s->pooled[p], sfd_team_size(s->team));
    sfd_head_roi_features(h, maps, s->pooled, boxes, n_boxes, s->features, s->head_scratch,
                          sfd_team_size(s->team));
    sfd_head_project(h, s->features, n_boxes, scores);
    sfd_head_activate(h, scores, n_boxes);
}

sfd_status sfd_state_run_filled(sfd_state *s, const sfd_box_px *boxes, size_t n_boxes,
                                float *scores, double *node_s, sfd_error *err)
{
    const bool detection = s->model->head.config->detection;
    if (detection) {
        sfd_status status = reserve_rows(s, n_boxes, err);
        if (status != SFD_OK)
            return status;
    }
    sfd_executor_run(&s->executor, node_s);
    sfd_head_map maps[SFD_MAX_PATHWAYS];
    get_head_maps(s, maps);
    if (detection)
        detect(s, maps, boxes, n_boxes, scores);
    else
        classify(s, maps, scores);
    return SFD_OK;
}

sfd_status sfd_state_run_timed(sfd_state *s, const uint8_t *const *frames, size_t stride_bytes,
                               const sfd_box_px *boxes, size_t n_boxes, float *scores,
                               double *node_s, sfd_error *err)
{
    const sfd_net_config *c = s->model->head.config;
    if (c->detection && n_boxes > 0 && !boxes)
        return sfd_fail(err, SFD_ERR_ARG, "%s: boxes are missing", c->name);
    if (!c->detection && n_boxes > 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s classifies whole clips and takes no boxes", c->name);
    if (c->detection && n_boxes == 0)
        return SFD_OK;
    fill_inputs(s, frames, stride_bytes);
    return sfd_state_run_filled(s, boxes, n_boxes, scores, node_s, err);
}

sfd_status sfd_state_run(sfd_state *s, const uint8_t *const *frames, size_t stride_bytes,
                         const sfd_box_px *boxes, size_t n_boxes, float *scores, sfd_error *err)
{
    return sfd_state_run_timed(s, frames, stride_bytes, boxes, n_boxes, scores, NULL, err);
}
