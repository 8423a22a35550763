/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of networks that classify whole videos. */
#include "train/validate_videos.h"

#include "base/alloc.h"
#include "base/error.h"

#include <sfdet/accuracy.h>
#include <sfdet/classify.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ scoring */

typedef struct scorer {
    sfd_accuracy *accuracy;
    size_t n_classes;
    int *labels; /* [n_classes] of a video */
    float *row;  /* [n_classes] */
} scorer;

static bool has_no_number(const float *scores, size_t n)
{
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found |= isnan(scores[i]) != 0;
    return found;
}

static sfd_status add_video(scorer *s, const float *scores, const float *targets, sfd_error *err)
{
    const bool missed = has_no_number(scores, s->n_classes);
    size_t n_labels = 0;
    for (size_t k = 0; k < s->n_classes; k++) {
        s->row[k] = missed ? !(targets[k] > 0) : scores[k];
        if (targets[k] > 0)
            s->labels[n_labels++] = (int)k;
    }
    return sfd_accuracy_add(s->accuracy, s->row, s->labels, n_labels, err);
}

sfd_status sfd_score_videos(sfd_train_epoch *e, const sfd_samples *samples, const float *scores,
                            sfd_error *err)
{
    const size_t k = samples->n_classes;
    scorer s = {.n_classes = k,
                .labels = sfd_malloc_array(k, sizeof *s.labels),
                .row = sfd_malloc_array(k, sizeof *s.row)};
    sfd_accuracy_result result;
    sfd_status status = s.labels && s.row ? sfd_accuracy_create(&s.accuracy, (int)k, err)
                                          : sfd_fail_nomem(err, "validation");
    for (size_t i = 0; status == SFD_OK && i < samples->n; i++)
        status = add_video(&s, scores + i * k, samples->targets + i * k, err);
    if (status == SFD_OK)
        status = sfd_accuracy_get(s.accuracy, &result, err);
    if (status == SFD_OK) {
        e->top1 = result.top1;
        e->top5 = result.top5;
        e->map = result.map;
    }
    sfd_accuracy_free(s.accuracy);
    free(s.labels);
    free(s.row);
    return status;
}

/* ------------------------------------------------------------------ running */

static sfd_status run_videos(sfd_video_classifier *c, const sfd_samples *samples,
                             const sfd_train_settings *settings, float *scores, sfd_error *err)
{
    char path[SFD_MAX_SAMPLE_PATH];
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < samples->n; i++) {
        const sfd_listed_video video = {.path = path};
        if (!sfd_samples_find_video(path, samples, samples->items[i].video, settings->videos))
            return sfd_fail(err, SFD_ERR_IO, "%s: cannot open",
                            samples->videos[samples->items[i].video].id);
        status = sfd_video_classifier_run(c, &video, scores + i * samples->n_classes, err);
        if (status == SFD_OK && settings->on_progress)
            settings->on_progress(settings->user, "validation", i + 1, samples->n, NAN, NAN);
    }
    return status;
}

sfd_status sfd_validate_videos(sfd_train_epoch *e, const sfd_model *model,
                               const sfd_samples *samples, const sfd_train_settings *settings,
                               sfd_error *err)
{
    sfd_video_classifier *c;
    sfd_classify_settings views;
    sfd_classify_settings_defaults(&views);
    views.user = settings->user;
    views.should_stop = settings->should_stop;
    views.on_warning = settings->on_warning;
    sfd_status status = sfd_video_classifier_create(&c, model, settings->threads, &views, err);
    if (status != SFD_OK)
        return status;
    float *scores = sfd_malloc_array(samples->n, samples->n_classes * sizeof *scores);
    status =
        scores ? run_videos(c, samples, settings, scores, err) : sfd_fail_nomem(err, "validation");
    if (status == SFD_OK)
        status = sfd_score_videos(e, samples, scores, err);
    free(scores);
    sfd_video_classifier_free(c);
    return status;
}
