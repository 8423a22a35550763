/* SPDX-License-Identifier: Apache-2.0 */
/* Computing one keyframe, on the caller's thread or beside it. */
#include "pipeline/job.h"

#include "base/alloc.h"
#include "base/error.h"
#include "pipeline/picture_persons.h"

#include <math.h>
#include <stdlib.h>

void sfd_job_init(sfd_job *j, const sfd_model *model)
{
    *j = (sfd_job){.model = model};
    j->info = *sfd_model_get_info(model);
}

static void free_boxes(sfd_job *j)
{
    free(j->boxes);
    free(j->boxes_px);
    free(j->persons);
    free(j->scores);
    j->boxes = NULL;
    j->boxes_px = NULL;
    j->persons = NULL;
    j->scores = NULL;
    j->n_room = 0;
}

void sfd_job_free(sfd_job *j)
{
    sfd_state_free(j->state);
    j->state = NULL;
    free_boxes(j);
}

sfd_status sfd_job_need_state(sfd_job *j, int width, int height, int n_threads, sfd_error *err)
{
    int in_width, in_height;
    sfd_model_input_size(j->model, width, height, &in_width, &in_height);
    if (j->state && in_width == j->in_width && in_height == j->in_height &&
        n_threads == j->n_threads)
        return SFD_OK;
    sfd_state_free(j->state);
    j->state = NULL;
    j->in_width = in_width;
    j->in_height = in_height;
    j->n_threads = n_threads;
    return sfd_state_create(&j->state, j->model, in_width, in_height, n_threads, err);
}

sfd_status sfd_job_begin_search(sfd_job *j, const sfd_person_model *persons, int n_threads,
                                sfd_error *err)
{
    return sfd_person_finder_create(&j->search.finder, persons, n_threads, err);
}

void sfd_job_end_search(sfd_job *j)
{
    sfd_person_finder_free(j->search.finder);
    sfd_proposals_free(j->search.found);
    j->search = (sfd_job_search){0};
}

sfd_status sfd_job_need_boxes(sfd_job *j, size_t n, sfd_error *err)
{
    size_t n_scores;
    if (n <= j->n_room)
        return SFD_OK;
    free_boxes(j);
    j->boxes = sfd_malloc_array(n, sizeof *j->boxes);
    j->boxes_px = sfd_malloc_array(n, sizeof *j->boxes_px);
    j->persons = sfd_malloc_array(n, sizeof *j->persons);
    if (sfd_mul_size(n, (size_t)j->info.n_classes, &n_scores))
        j->scores = sfd_malloc_array(n_scores, sizeof *j->scores);
    if (!j->boxes || !j->boxes_px || !j->persons || !j->scores) {
        free_boxes(j);
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu boxes in one keyframe", n);
    }
    j->n_room = n;
    return SFD_OK;
}

/* Finite weights can still overflow on the way through the network. */
sfd_status sfd_job_check_scores(const sfd_job *j, const float *scores, size_t n_boxes,
                                sfd_error *err)
{
    size_t n_classes = (size_t)j->info.n_classes;
    for (size_t i = 0; i < n_boxes * n_classes; i++)
        if (!isfinite(scores[i]))
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: the network's score for box %zu, output %zu is not a number",
                            j->info.name, i / n_classes, i % n_classes);
    return SFD_OK;
}

/* Sets the keyframe to those who are in its picture. */
static sfd_status find_persons(sfd_job *j, sfd_error *err)
{
    sfd_job_search *s = &j->search;
    const sfd_picture *p = j->clip.picture;
    sfd_found_keyframe k = {.video_id = s->video_id,
                            .timestamp_s = s->timestamp_s,
                            .frame = j->clip.centre,
                            .width = p->width,
                            .height = p->height};
    sfd_proposed_video v;
    j->keyframe = NULL;
    sfd_proposals_free(s->found);
    s->found = NULL;
    sfd_status status = sfd_find_in_picture(s->finder, p, s->threshold, s->max_persons, &k.persons,
                                            &k.n_persons, err);
    if (status == SFD_OK)
        status = sfd_found_as_proposals(&s->found, &k, err);
    if (status == SFD_OK && sfd_proposals_find(&v, s->found, s->video_id, NULL) == SFD_OK)
        j->keyframe = v.keyframes;
    return status;
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
    sfd_model_map_boxes(j->model, j->width, j->height, j->boxes, k->n_boxes, j->boxes_px);
    status = sfd_state_run(j->state, j->clip.frames, j->clip.stride_bytes, j->boxes_px, k->n_boxes,
                           j->scores, err);
    return status == SFD_OK ? sfd_job_check_scores(j, j->scores, k->n_boxes, err) : status;
}

/* ------------------------------------------------------------------- thread */

static void *work(void *user)
{
    sfd_job *j = user;
    pthread_mutex_lock(&j->lock);
    for (;;) {
        while (!j->at_work && !j->quit)
            pthread_cond_wait(&j->changed, &j->lock);
        if (!j->at_work)
            break;
        pthread_mutex_unlock(&j->lock);
        j->status = compute(j, &j->error);
        pthread_mutex_lock(&j->lock);
        j->at_work = false;
        pthread_cond_broadcast(&j->changed);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

sfd_status sfd_job_begin_thread(sfd_job *j, sfd_error *err)
{
    j->quit = j->at_work = false;
    j->has_lock = pthread_mutex_init(&j->lock, NULL) == 0;
    j->has_condition = pthread_cond_init(&j->changed, NULL) == 0;
    j->has_thread =
        j->has_lock && j->has_condition && pthread_create(&j->thread, NULL, work, j) == 0;
    return j->has_thread ? SFD_OK
                         : sfd_fail(err, SFD_ERR_NOMEM, "cannot start a thread for a keyframe");
}

void sfd_job_end_thread(sfd_job *j)
{
    if (j->has_thread) {
        pthread_mutex_lock(&j->lock);
        j->quit = true;
        pthread_cond_broadcast(&j->changed);
        pthread_mutex_unlock(&j->lock);
        pthread_join(j->thread, NULL);
    }
    if (j->has_condition)
        pthread_cond_destroy(&j->changed);
    if (j->has_lock)
        pthread_mutex_destroy(&j->lock);
    j->has_thread = j->has_condition = j->has_lock = false;
}

void sfd_job_start(sfd_job *j)
{
    j->error = (sfd_error){SFD_OK, ""};
    if (!j->has_thread) {
        j->status = compute(j, &j->error);
        return;
    }
    pthread_mutex_lock(&j->lock);
    j->at_work = true;
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
}

sfd_status sfd_job_wait(sfd_job *j, sfd_error *err)
{
    if (j->has_thread) {
        pthread_mutex_lock(&j->lock);
        while (j->at_work)
            pthread_cond_wait(&j->changed, &j->lock);
        pthread_mutex_unlock(&j->lock);
    }
    return j->status == SFD_OK ? SFD_OK : sfd_fail(err, j->status, "%s", j->error.message);
}
