/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of networks that classify whole videos. */
#include "train/validate_videos.h"

#include "base/alloc.h"
#include "base/error.h"
#include "train/classifier.h"

#include <sfdet/accuracy.h>

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

sfd_status sfd_open_video_views(sfd_video_classifier **out, const sfd_model *model,
                                const sfd_train_settings *settings, sfd_error *err)
{
    sfd_classify_settings views;
    sfd_classify_settings_defaults(&views);
    views.user = settings->user;
    views.should_stop = settings->should_stop;
    views.on_warning = settings->on_warning;
    return sfd_video_classifier_create(out, model, settings->threads, &views, err);
}

/* Floats of a video's features. */
static size_t video_floats(const sfd_view_rows *views)
{
    return views->n_views * views->n_rows * views->n_features;
}

sfd_status sfd_run_videos(sfd_video_classifier *c, const char *what, float *scores, float *features,
                          const sfd_samples *samples, const sfd_train_settings *settings,
                          sfd_error *err)
{
    char path[SFD_MAX_SAMPLE_PATH];
    sfd_view_rows views;
    sfd_status status = sfd_video_classifier_rows(&views, c, err);
    for (size_t i = 0; status == SFD_OK && i < samples->n; i++) {
        const sfd_listed_video video = {.path = path};
        if (!sfd_samples_find_video(path, samples, samples->items[i].video, settings->videos))
            return sfd_fail(err, SFD_ERR_IO, "%s: cannot open",
                            samples->videos[samples->items[i].video].id);
        status = sfd_video_classifier_run_rows(
            c, &video, scores + i * samples->n_classes,
            features ? features + i * video_floats(&views) : NULL, err);
        if (status == SFD_OK && settings->on_progress)
            settings->on_progress(settings->user, what, i + 1, samples->n, NAN, NAN);
    }
    return status;
}

/* ------------------------------------------------------------------ from features */

/* What one video after the other is scored with. */
typedef struct projection {
    const sfd_view_rows *views;
    sfd_head_desc head;
    sfd_classifier classifier;
    float *row, *scratch; /* [n_classes]; what the head's scores need */
    sfd_view_sum sum;
} projection;

static void project_video(projection *p, const float *features, float *scores)
{
    const size_t view_floats = p->views->n_rows * p->views->n_features;
    p->sum.n_views = 0;
    for (size_t v = 0; v < p->views->n_views; v++) {
        p->head.kind->scores(&p->head, &p->classifier, features + v * view_floats, p->views->n_rows,
                             p->scratch, p->row);
        sfd_view_sum_add(&p->sum, p->row);
    }
    sfd_view_sum_get(&p->sum, scores);
}

sfd_status sfd_project_videos(float *scores, const sfd_net *net, const sfd_params *params,
                              const sfd_samples *samples, const float *features,
                              const sfd_view_rows *views, sfd_error *err)
{
    const size_t k = samples->n_classes;
    projection p = {.views = views, .sum = {.max = views->max, .n_classes = k}};
    sfd_head_describe(&p.head, net);
    p.classifier = sfd_params_classifier(params, &p.head);
    p.row = sfd_malloc_array(k, sizeof *p.row);
    p.sum.values = sfd_malloc_array(k, sizeof *p.sum.values);
    p.scratch = sfd_malloc_array(
        views->n_rows, (k + sfd_classifier_hidden_floats(&p.head.classifier)) * sizeof *p.scratch);
    const bool ok = p.row && p.sum.values && p.scratch;
    for (size_t i = 0; ok && i < samples->n; i++)
        project_video(&p, features + i * video_floats(views), scores + i * k);
    free(p.row);
    free(p.sum.values);
    free(p.scratch);
    return ok ? SFD_OK : sfd_fail_nomem(err, "validation");
}
