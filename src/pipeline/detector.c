/* SPDX-License-Identifier: Apache-2.0 */
/* Making detectors. */
#include "pipeline/detector.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

static void free_jobs(sfd_detector *d)
{
    for (size_t i = 0; i < d->n_jobs; i++)
        sfd_job_free(&d->jobs[i]);
    free(d->jobs);
    d->jobs = NULL;
    d->n_jobs = 0;
}

sfd_status sfd_detector_need_jobs(sfd_detector *d, size_t n, sfd_error *err)
{
    if (n == d->n_jobs)
        return SFD_OK;
    free_jobs(d);
    d->jobs = sfd_calloc(n, sizeof *d->jobs);
    if (!d->jobs)
        return sfd_fail_nomem(err, "detector");
    d->n_jobs = n;
    for (size_t i = 0; i < n; i++)
        sfd_job_init(&d->jobs[i], d->model, &d->views);
    return SFD_OK;
}

sfd_status sfd_detector_create(sfd_detector **out, const sfd_model *model, int n_threads,
                               sfd_error *err)
{
    *out = NULL;
    sfd_detector *d = sfd_calloc(1, sizeof *d);
    if (!d)
        return sfd_fail_nomem(err, "detector");
    d->model = model;
    d->n_threads = n_threads;
    d->info = *sfd_model_get_info(model);
    sfd_status status = sfd_detector_need_jobs(d, 1, err);
    if (status == SFD_OK && !d->info.detection)
        status = sfd_fail(err, SFD_ERR_MISMATCH,
                          "%s: the network labels whole clips, wanted one with a detection head",
                          d->info.weights);
    if (status != SFD_OK) {
        sfd_detector_free(d);
        return status;
    }
    *out = d;
    return SFD_OK;
}

void sfd_detector_free(sfd_detector *d)
{
    if (!d)
        return;
    sfd_ahead_end(d->ahead);
    free_jobs(d);
    free(d);
}

sfd_status sfd_detector_set_views(sfd_detector *d, const int *short_sides, size_t n, bool mirrored,
                                  sfd_error *err)
{
    sfd_detect_views views = {.n_scales = (int)n, .mirrored_too = mirrored};
    if (n > SFD_MAX_SCALES)
        return sfd_fail(err, SFD_ERR_ARG, "%zu scales, at most %d are possible", n, SFD_MAX_SCALES);
    for (size_t i = 0; i < n; i++) {
        const sfd_status status = sfd_model_view(d->model, short_sides[i], &views.scales[i], err);
        if (status != SFD_OK)
            return status;
        for (size_t k = 0; k < i; k++)
            if (short_sides[k] == short_sides[i])
                return sfd_fail(err, SFD_ERR_ARG, "the short side of %d pixels occurs twice",
                                short_sides[i]);
    }
    sfd_ahead_end(d->ahead); /* which knows the old ones */
    d->ahead = NULL;
    d->views = views;
    return SFD_OK;
}

/* ------------------------------------------------------------------ results */

static void fill_persons(sfd_job *j)
{
    const size_t n_features = (size_t)j->info.n_features;
    for (size_t i = 0; i < j->keyframe->n_boxes; i++) {
        const sfd_proposed_box *box = &j->keyframe->boxes[i];
        j->persons[i] =
            (sfd_person){.box = box->box,
                         .proposal_score = box->score,
                         .timestamp_text = box->timestamp_text,
                         .box_text = box->box_text,
                         .scores = j->scores + i * (size_t)j->info.n_classes,
                         .person_id = box->person_id,
                         .has_person_id = box->has_person_id,
                         .features = j->with_features ? j->features + i * n_features : NULL};
    }
}

sfd_status sfd_detector_hand_out(sfd_job *j, const char *video_id, double timestamp_s,
                                 bool with_picture, sfd_keyframe_fn *fn, void *user, sfd_error *err)
{
    const sfd_picture *p = with_picture ? j->clip.picture : NULL;
    sfd_image picture;
    if (j->keyframe)
        fill_persons(j);
    if (p)
        picture = (sfd_image){p->width, p->height, p->stride_bytes, p->rgb};
    const sfd_keyframe keyframe = {.video_id = video_id,
                                   .timestamp_s = timestamp_s,
                                   .frame = j->clip.centre,
                                   .picture = p ? &picture : NULL,
                                   .n_classes = j->info.n_classes,
                                   .class_ids = j->info.class_ids,
                                   .n_persons = j->keyframe ? j->keyframe->n_boxes : 0,
                                   .persons = j->persons,
                                   .n_features = j->with_features ? j->info.n_features : 0};
    return fn(user, &keyframe, err);
}
