/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of validation boxes and their mAP; whole videos. */
#include "train/validate.h"

#include "base/alloc.h"
#include "base/error.h"
#include "detect/model.h"
#include "input/sampling.h"
#include "quant/scales.h"
#include "train/bytes.h"
#include "train/classifier.h"
#include "train/validate_videos.h"

#include <sfdet/eval.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVAL_IOU 0.5

/* ------------------------------------------------------------------ running the network */

typedef struct runner {
    const sfd_samples *samples;
    const sfd_train_settings *settings;
    sfd_model *model;
    sfd_state *state;
    int width, height; /* that the state is for */
    int64_t *numbers;
    const uint8_t **frames;
    sfd_frame_buffer buffer;
    float *sound; /* of a clip, where the network listens */
    sfd_box_norm *norm;
    sfd_box_px *boxes; /* [most boxes of a sample] */
} runner;

sfd_status sfd_params_to_model(sfd_model **out, const sfd_params *params, const sfd_net *net,
                               sfd_error *err)
{
    sfd_weights *floats, *bytes = NULL;
    unsigned cpu;
    *out = NULL;
    sfd_status status = sfd_params_to_weights(&floats, params, net, err);
    if (status == SFD_OK && params->bytes)
        status = sfd_quantise_as(&bytes, net, floats, params->bytes->scales, err);
    if (status == SFD_OK)
        status = sfd_cpu_choose(&cpu, NULL, err);
    if (status == SFD_OK)
        status = sfd_model_create(out, &net->config,
                                  &(sfd_prepare_settings){.weights = bytes ? bytes : floats,
                                                          .kernels = sfd_kernels_get(cpu)},
                                  err);
    sfd_weights_close(floats);
    sfd_weights_close(bytes);
    return status;
}

static sfd_status open_runner(runner *r, const sfd_net *net, const sfd_params *params,
                              sfd_error *err)
{
    size_t most = 0;
    const size_t n_frames = (size_t)net->config.num_frames;
    for (size_t i = 0; i < r->samples->n; i++)
        most = r->samples->items[i].n_boxes > most ? r->samples->items[i].n_boxes : most;
    r->numbers = sfd_malloc_array(n_frames, sizeof *r->numbers);
    r->frames = sfd_malloc_array(n_frames, sizeof *r->frames);
    r->norm = sfd_malloc_array(most, sizeof *r->norm);
    r->boxes = sfd_malloc_array(most, sizeof *r->boxes);
    r->sound = sfd_malloc_array(net->input.sound.n_samples, sizeof *r->sound);
    if (!r->numbers || !r->frames || !r->norm || !r->boxes || !r->sound)
        return sfd_fail_nomem(err, net->config.name);
    return sfd_params_to_model(&r->model, params, net, err);
}

static void close_runner(runner *r)
{
    sfd_state_free(r->state);
    sfd_model_free(r->model);
    free(r->numbers);
    free(r->frames);
    free(r->buffer.bytes);
    free(r->sound);
    free(r->norm);
    free(r->boxes);
}

static sfd_status fit_state(runner *r, const sfd_frame_header *h, sfd_error *err)
{
    if (r->state && r->width == h->width && r->height == h->height)
        return SFD_OK;
    sfd_state_free(r->state);
    r->width = h->width;
    r->height = h->height;
    return sfd_state_create(&r->state, r->model, h->width, h->height, r->settings->threads, err);
}

/* What is seen at `time_s` is in r->frames. */
static sfd_status hear(runner *r, const sfd_sound_cache *sound, double time_s, sfd_clip_input *clip,
                       sfd_error *err)
{
    const size_t n = r->model->net.input.sound.n_samples;
    if (n == 0)
        return SFD_OK;
    clip->sound = r->sound;
    return sfd_sound_cache_read(sound, sfd_model_clip_sound(r->model, time_s), n, r->sound, err);
}

/* scores [n_boxes][n_classes] */
static sfd_status run_sample(runner *r, const sfd_sample *s, float *scores, sfd_error *err)
{
    const sfd_frame_cache *cache = &r->samples->videos[s->video].frames;
    const sfd_frame_header *h = &cache->header;
    const double time_s = s->timestamp_s - r->settings->timestamp_offset_s;
    int64_t centre;
    sfd_clip_input clip;
    sfd_clip_input_defaults(&clip);
    sfd_status status = fit_state(r, h, err);
    if (status == SFD_OK)
        status = hear(r, &r->samples->videos[s->video].sound, time_s, &clip, err);
    if (status != SFD_OK)
        return status;
    sfd_model_clip_frames(r->model, time_s, h->n_frames, r->numbers, &centre);
    status = sfd_frame_cache_read(cache, r->numbers, (size_t)r->model->net.config.num_frames,
                                  &r->buffer, r->frames);
    if (status != SFD_OK)
        return sfd_fail(err, status, "%s", r->buffer.err.message);
    for (size_t i = 0; i < s->n_boxes; i++)
        r->norm[i] = r->samples->boxes[s->first_box + i].box;
    sfd_model_map_boxes(r->model, h->source_width, h->source_height, r->norm, s->n_boxes, r->boxes);
    clip.frames = r->frames;
    clip.stride_bytes = 3 * (size_t)h->width;
    return sfd_state_run_timed(r->state, &clip, r->boxes, r->samples->whole_videos ? 0 : s->n_boxes,
                               scores, NULL, err);
}

/* All samples: scores [n_boxes][n_classes]; features [n_boxes][n_features] where not NULL. */
static sfd_status run_all(float *scores, float *features, const char *what, const sfd_net *net,
                          const sfd_params *params, const sfd_samples *samples,
                          const sfd_train_settings *settings, sfd_error *err)
{
    runner r = {.samples = samples, .settings = settings};
    const size_t k = (size_t)net->config.num_classes;
    sfd_status status = open_runner(&r, net, params, err);
    const size_t n = status == SFD_OK ? r.model->head.desc.n_features : 0;
    for (size_t i = 0; status == SFD_OK && i < samples->n; i++) {
        const sfd_sample *s = &samples->items[i];
        status = run_sample(&r, s, scores + s->first_box * k, err);
        if (status == SFD_OK && features)
            sfd_state_features(r.state, features + s->first_box * n);
        if (status == SFD_OK && settings->on_progress)
            settings->on_progress(settings->user, what, i + 1, samples->n, NAN, NAN);
        if (status == SFD_OK && settings->should_stop && settings->should_stop(settings->user))
            status = sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
    }
    close_runner(&r);
    return status;
}

/* ------------------------------------------------------------------ scoring */

static sfd_status add_sample(sfd_eval_detections **d, sfd_eval *e, const sfd_net *net,
                             const sfd_samples *samples, const sfd_sample *s, const float *scores,
                             sfd_eval_row *rows, sfd_error *err)
{
    const size_t k = (size_t)net->config.num_classes;
    size_t n = 0;
    for (size_t i = 0; i < s->n_boxes; i++)
        for (size_t c = 0; c < k; c++)
            rows[n++] = (sfd_eval_row){.video_id = samples->videos[s->video].id,
                                       .timestamp_s = s->timestamp_s,
                                       .box = samples->boxes[s->first_box + i].box,
                                       .label = (int)c + net->config.label_offset,
                                       .score = (double)scores[(s->first_box + i) * k + c]};
    return sfd_eval_add_detections(d, e, rows, n, err);
}

/* *e is destroyed by the caller, also after failure. */
static sfd_status open_truth(sfd_eval **e, const sfd_train_settings *settings,
                             const char *class_list, sfd_error *err)
{
    sfd_eval_settings how;
    sfd_eval_settings_defaults(&how);
    how.dialect = SFD_EVAL_PYSLOWFAST; /* takes any number of rows per frame */
    if (settings->labels)
        how.labels = settings->labels;
    how.label_text = settings->labels ? NULL : class_list;
    sfd_status status = sfd_eval_create(e, &how, err);
    return status == SFD_OK ? sfd_eval_read_truth(*e, settings->val_truth, err) : status;
}

sfd_status sfd_validate_check(const sfd_train_settings *settings, const char *class_list,
                              sfd_error *err)
{
    sfd_eval *e = NULL;
    sfd_status status = open_truth(&e, settings, class_list, err);
    sfd_eval_free(e);
    return status;
}

static sfd_status score_boxes(double *map, const sfd_net *net, const sfd_samples *samples,
                              const float *scores, const sfd_train_settings *settings,
                              sfd_error *err)
{
    const double iou = EVAL_IOU;
    sfd_eval *e = NULL;
    sfd_eval_detections *d = NULL;
    sfd_eval_result result = {0};
    sfd_eval_row *rows = NULL;
    size_t most = 1;
    for (size_t i = 0; i < samples->n; i++)
        most = samples->items[i].n_boxes > most ? samples->items[i].n_boxes : most;
    rows = sfd_malloc_array(most * (size_t)net->config.num_classes, sizeof *rows);
    sfd_status status = rows ? SFD_OK : sfd_fail_nomem(err, "validation");
    if (status == SFD_OK)
        status = open_truth(&e, settings, samples->class_list, err);
    for (size_t i = 0; status == SFD_OK && i < samples->n; i++)
        status = add_sample(&d, e, net, samples, &samples->items[i], scores, rows, err);
    if (status == SFD_OK)
        status = sfd_eval_score(&result, e, d, &iou, 1, err);
    if (status == SFD_OK)
        *map = result.map;
    sfd_eval_result_free(&result);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
    free(rows);
    return status;
}

static sfd_status score(sfd_train_epoch *e, const sfd_net *net, const sfd_samples *samples,
                        const float *scores, const sfd_train_settings *settings, sfd_error *err)
{
    if (!samples->whole_videos)
        return score_boxes(&e->map, net, samples, scores, settings, err);
    return sfd_score_videos(e, samples, scores, err);
}

static float *new_scores(const sfd_net *net, const sfd_samples *samples, sfd_error *err)
{
    float *scores =
        sfd_malloc_array(samples->n_boxes, (size_t)net->config.num_classes * sizeof *scores);
    if (!scores)
        sfd_fail_nomem(err, "scores");
    return scores;
}

static sfd_status run_videos(float *scores, const sfd_net *net, const sfd_params *params,
                             const sfd_samples *samples, const sfd_train_settings *settings,
                             sfd_error *err)
{
    sfd_model *model = NULL;
    sfd_video_classifier *c = NULL;
    sfd_status status = sfd_params_to_model(&model, params, net, err);
    if (status == SFD_OK)
        status = sfd_open_video_views(&c, model, settings, err);
    if (status == SFD_OK)
        status = sfd_run_videos(c, "validation", scores, NULL, samples, settings, err);
    sfd_video_classifier_free(c);
    sfd_model_free(model);
    return status;
}

sfd_status sfd_validate(sfd_train_epoch *e, const sfd_net *net, const sfd_params *params,
                        const sfd_samples *samples, const sfd_train_settings *settings,
                        sfd_error *err)
{
    float *scores = new_scores(net, samples, err);
    if (!scores)
        return SFD_ERR_NOMEM;
    sfd_status status =
        samples->whole_videos
            ? run_videos(scores, net, params, samples, settings, err)
            : run_all(scores, NULL, "validation", net, params, samples, settings, err);
    if (status == SFD_OK)
        status = score(e, net, samples, scores, settings, err);
    free(scores);
    return status;
}

sfd_status sfd_compute_features(float *features, const sfd_net *net, const sfd_params *params,
                                const sfd_samples *samples, const sfd_train_settings *settings,
                                sfd_error *err)
{
    float *scores = new_scores(net, samples, err);
    if (!scores)
        return SFD_ERR_NOMEM;
    sfd_status status = run_all(scores, features, "features", net, params, samples, settings, err);
    free(scores);
    return status;
}

/* RoI features to scores. */
static sfd_status project_boxes(float *scores, const sfd_net *net, const sfd_params *params,
                                const float *features, size_t n, sfd_error *err)
{
    sfd_head_desc head;
    sfd_head_describe(&head, net);
    const sfd_classifier classifier = sfd_params_classifier(params, &head);
    float *hidden =
        sfd_malloc_array(n, sfd_classifier_hidden_floats(&head.classifier) * sizeof *hidden);
    if (!hidden)
        return sfd_fail_nomem(err, "scores");
    sfd_classifier_project(&classifier, features, n, hidden, scores);
    sfd_head_activate(&head, scores, n);
    free(hidden);
    return SFD_OK;
}

sfd_status sfd_validate_features(sfd_train_epoch *e, const sfd_net *net, const sfd_params *params,
                                 const sfd_samples *samples, const float *features,
                                 const sfd_view_rows *views, const sfd_train_settings *settings,
                                 sfd_error *err)
{
    float *scores = new_scores(net, samples, err);
    if (!scores)
        return SFD_ERR_NOMEM;
    sfd_status status = samples->whole_videos
                            ? sfd_project_videos(scores, net, params, samples, features, views, err)
                            : project_boxes(scores, net, params, features, samples->n_boxes, err);
    if (status == SFD_OK)
        status = score(e, net, samples, scores, settings, err);
    free(scores);
    return status;
}
