/* SPDX-License-Identifier: Apache-2.0 */
/* Computing one keyframe. */
#include "pipeline/job.h"

#include "base/alloc.h"
#include "base/error.h"
#include "detect/state.h"
#include "persons/lent_team.h"
#include "pipeline/picture_persons.h"

#include <stdlib.h>

#define MAX_THREADS 1024

void sfd_job_init(sfd_job *j, const sfd_model *model, const sfd_detect_views *views)
{
    *j = (sfd_job){.model = model, .views = views};
    j->info = *sfd_model_get_info(model);
}

static void free_boxes(sfd_job *j)
{
    free(j->boxes);
    free(j->boxes_px);
    free(j->persons);
    free(j->scores);
    free(j->view_scores);
    free(j->features);
    free(j->view_features);
    j->boxes = NULL;
    j->boxes_px = NULL;
    j->persons = NULL;
    j->scores = j->view_scores = NULL;
    j->features = j->view_features = NULL;
    j->n_room = 0;
}

static void free_states(sfd_job *j)
{
    for (int i = 0; i < SFD_MAX_SCALES; i++) {
        sfd_state_free(j->states[i]);
        j->states[i] = NULL;
    }
}

void sfd_job_free(sfd_job *j)
{
    free_states(j);
    sfd_team_destroy(j->team);
    free_boxes(j);
}

sfd_status sfd_job_need_team(sfd_job *j, int n_threads, int n_places, sfd_error *err)
{
    const int n_cores = sfd_usable_cores();
    if (n_threads < 0 || n_threads > MAX_THREADS)
        return sfd_fail(err, SFD_ERR_ARG, "%d threads wanted, 0 to %d possible", n_threads,
                        MAX_THREADS);
    n_threads = n_threads > 0 && n_threads < n_cores ? n_threads : n_cores;
    if (j->team && n_threads == j->n_threads && n_places == j->n_places)
        return SFD_OK;
    free_states(j);
    sfd_team_destroy(j->team);
    j->n_threads = n_threads;
    j->n_places = n_places;
    return sfd_team_create_open(&j->team, n_threads, n_threads + n_places, err);
}

static bool same_sizes(const sfd_view_sheet *a, const sfd_view_sheet *b)
{
    bool same = a->n == b->n;
    for (int i = 0; same && i < a->n; i++)
        same = a->width[i] == b->width[i] && a->height[i] == b->height[i];
    return same;
}

sfd_status sfd_job_need_states(sfd_job *j, int width, int height, sfd_error *err)
{
    sfd_view_sheet sheet;
    sfd_status status = SFD_OK;
    sfd_view_sheet_lay_out(&sheet, j->model, j->views, width, height);
    if (!same_sizes(&sheet, &j->sheet))
        free_states(j);
    j->sheet = sheet;
    for (int i = 0; status == SFD_OK && i < sheet.n; i++)
        if (!j->states[i])
            status = sfd_state_create_in(&j->states[i], j->model, sheet.width[i], sheet.height[i],
                                         j->team, err);
    return status;
}

sfd_status sfd_job_begin_search(sfd_job *j, const sfd_person_model *persons, sfd_error *err)
{
    return sfd_person_finder_create_in(&j->search.finder, persons, j->team, err);
}

sfd_status sfd_job_count_bytes(sfd_job *j, size_t *n, sfd_error *err)
{
    *n = 0;
    if (j->search.finder) {
        const sfd_status status =
            sfd_person_finder_fit(j->search.finder, j->width, j->height, n, err);
        if (status != SFD_OK)
            return status;
    }
    for (int i = 0; i < SFD_MAX_SCALES && j->states[i]; i++)
        *n += sfd_state_bytes(j->states[i]);
    return SFD_OK;
}

void sfd_job_end_search(sfd_job *j)
{
    sfd_person_finder_free(j->search.finder);
    sfd_proposals_free(j->search.found);
    j->search = (sfd_job_search){0};
}

void sfd_job_want_features(sfd_job *j, bool wanted)
{
    if (j->with_features != wanted)
        free_boxes(j);
    j->with_features = wanted;
}

/* n rows of `width` values, and the same of one view. */
static bool make_rows(float **rows, float **of_view, size_t n, int width)
{
    size_t n_values;
    if (sfd_mul_size(n, (size_t)width, &n_values)) {
        *rows = sfd_malloc_array(n_values, sizeof **rows);
        *of_view = sfd_malloc_array(n_values, sizeof **of_view);
    }
    return *rows && *of_view;
}

sfd_status sfd_job_need_boxes(sfd_job *j, size_t n, sfd_error *err)
{
    if (n <= j->n_room)
        return SFD_OK;
    free_boxes(j);
    j->boxes = sfd_malloc_array(n, sizeof *j->boxes);
    j->boxes_px = sfd_malloc_array(n, sizeof *j->boxes_px);
    j->persons = sfd_malloc_array(n, sizeof *j->persons);
    if (!j->boxes || !j->boxes_px || !j->persons ||
        !make_rows(&j->scores, &j->view_scores, n, j->info.n_classes) ||
        (j->with_features && !make_rows(&j->features, &j->view_features, n, j->info.n_features))) {
        free_boxes(j);
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu box%s in one keyframe", n,
                        n == 1 ? "" : "es");
    }
    j->n_room = n;
    return SFD_OK;
}

/* ------------------------------------------------------------------- views */

/* A clip in one scale of its sheets. */
static sfd_status run_view(sfd_job *j, int scale, bool flip, const uint8_t *const *sheets,
                           size_t stride_bytes, const sfd_box_norm *boxes, size_t n_boxes,
                           float *scores, sfd_error *err)
{
    const sfd_view_sheet *s = &j->sheet;
    const uint8_t *rows[SFD_MAX_CLIP_FRAMES];
    for (int i = 0; i < j->info.n_frames; i++)
        rows[i] = sheets[i] + (size_t)s->top[scale] * stride_bytes;
    const int width = s->width[scale], height = s->height[scale];
    const sfd_clip_pictures pictures = {
        .rgb = rows, .width = width, .height = height, .stride_bytes = stride_bytes};
    const sfd_clip_view view = {.pictures = &pictures,
                                .view = {.short_side = width < height ? width : height,
                                         .width = width,
                                         .height = height,
                                         .flip = flip},
                                .sound = j->sound};
    sfd_view of_boxes = s->views[scale];
    of_boxes.flip = flip;
    sfd_model_view_boxes(j->model, &of_boxes, j->width, j->height, boxes, n_boxes, j->boxes_px);
    return sfd_state_run_view(j->states[scale], &view, j->boxes_px, n_boxes, scores, err);
}

static void add_values(float *sum, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += values[i];
}

static void divide_values(float *values, size_t n, int by)
{
    for (size_t i = 0; i < n; i++)
        values[i] /= (float)by;
}

sfd_status sfd_job_run(sfd_job *j, const uint8_t *const *sheets, size_t stride_bytes,
                       const sfd_box_norm *boxes, size_t n_boxes, float *scores, sfd_error *err)
{
    const size_t n_scores = n_boxes * (size_t)j->info.n_classes;
    const size_t n_features = j->with_features ? n_boxes * (size_t)j->info.n_features : 0;
    const int per_scale = j->views->mirrored_too ? 2 : 1, n = j->sheet.n * per_scale;
    for (int i = 0; i < n; i++) {
        const int scale = i / per_scale;
        const bool flip = j->sheet.views[scale].flip != (i % per_scale == 1);
        const sfd_status status = run_view(j, scale, flip, sheets, stride_bytes, boxes, n_boxes,
                                           i == 0 ? scores : j->view_scores, err);
        if (status != SFD_OK)
            return status;
        if (n_features > 0)
            sfd_state_features(j->states[scale], i == 0 ? j->features : j->view_features);
        if (i == 0)
            continue;
        add_values(scores, j->view_scores, n_scores);
        add_values(j->features, j->view_features, n_features);
    }
    if (n > 1) {
        divide_values(scores, n_scores, n);
        divide_values(j->features, n_features, n);
    }
    return SFD_OK;
}

/* -------------------------------------------------------------- a keyframe */

sfd_status sfd_job_set_found(sfd_job *j, const sfd_found_keyframe *k, sfd_error *err)
{
    sfd_job_search *s = &j->search;
    sfd_proposed_video v;
    j->keyframe = NULL;
    sfd_proposals_free(s->found);
    s->found = NULL;
    const sfd_status status = sfd_found_as_proposals(&s->found, k, err);
    if (status == SFD_OK && sfd_proposals_find(&v, s->found, k->video_id, NULL) == SFD_OK)
        j->keyframe = v.keyframes;
    return status;
}

static sfd_status find_persons(sfd_job *j, sfd_error *err)
{
    const sfd_job_search *s = &j->search;
    const sfd_picture *p = j->clip.picture;
    sfd_found_keyframe k = {.video_id = s->video_id,
                            .timestamp_s = s->timestamp_s,
                            .frame = j->clip.centre,
                            .width = p->width,
                            .height = p->height};
    const sfd_status status = sfd_find_in_picture(s->finder, p, s->threshold, s->max_persons,
                                                  &k.persons, &k.n_persons, err);
    return status == SFD_OK ? sfd_job_set_found(j, &k, err) : status;
}

static sfd_status compute(sfd_job *j, sfd_error *err)
{
    sfd_status status = j->search.finder ? find_persons(j, err) : SFD_OK;
    const sfd_proposed_keyframe *k = j->keyframe;
    if (status == SFD_OK && k)
        status = sfd_job_need_boxes(j, k->n_boxes, err);
    if (status != SFD_OK || !k)
        return status;
    for (size_t i = 0; i < k->n_boxes; i++)
        j->boxes[i] = k->boxes[i].box;
    j->sound = j->clip.sound;
    return sfd_job_run(j, j->clip.frames, j->clip.stride_bytes, j->boxes, k->n_boxes, j->scores,
                       err);
}

void sfd_job_compute(sfd_job *j)
{
    j->error = (sfd_error){SFD_OK, ""};
    j->status = compute(j, &j->error);
}

sfd_status sfd_job_result(const sfd_job *j, sfd_error *err)
{
    return j->status == SFD_OK ? SFD_OK : sfd_fail(err, j->status, "%s", j->error.message);
}
