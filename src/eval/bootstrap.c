/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a difference between two files is luck of the videos: both are scored again and again
 * on as many videos drawn with replacement (B. Efron, "Bootstrap Methods", 1979), always the same
 * for both. A video that is drawn twice counts twice. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/random.h"
#include "base/settings.h"
#include "eval/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SAMPLES 100000

/* A file, matched once and for all. */
typedef struct ranked_file {
    const sfd_rows *rows;
    sfd_matches m;
    uint32_t *ranks;
    bool *tp, *taken;
    uint32_t *video, *is_right; /* of the detections as they are ranked */
    double *ap;                 /* [max_id + 1] of one sample */
} ranked_file;

typedef struct sampler {
    const sfd_eval *e;
    ranked_file file[2];
    int max_id;
    uint32_t *videos; /* those of the truth */
    size_t n_videos;
    size_t *weight; /* [e->frames.n_videos] times that a video was drawn */
    size_t *n_gt;   /* [max_id + 1] */
    double *envelope;
    double *samples; /* [max_id + 2][n_samples]: differences of classes, last of the means */
    size_t n_samples;
} sampler;

void sfd_eval_bootstrap_settings_defaults_sized(sfd_eval_bootstrap_settings *s, size_t struct_size)
{
    const sfd_eval_bootstrap_settings defaults = {
        .iou = 0.5, .n_samples = 1000, .seed = 1, .confidence = 0.95};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

/* ---- preparing */

static void free_file(ranked_file *f)
{
    sfd_matches_free(&f->m);
    free(f->ranks);
    free(f->tp);
    free(f->taken);
    free(f->video);
    free(f->is_right);
    free(f->ap);
}

static sfd_status rank_file(ranked_file *f, const sfd_eval *e, const sfd_eval_detections *d,
                            double iou, sfd_error *err)
{
    f->rows = &d->rows;
    sfd_status st = sfd_match_detections(&f->m, e, f->rows, err);
    if (st == SFD_OK)
        st = sfd_rank(&f->ranks, &f->m, e, f->rows, err);
    if (st != SFD_OK)
        return st;
    const size_t n = f->m.start[f->m.max_id + 1];
    f->tp = sfd_malloc_array(n, sizeof *f->tp);
    f->taken = sfd_malloc_array(e->truth.n, sizeof *f->taken);
    f->video = sfd_malloc_array(n, sizeof *f->video);
    f->is_right = sfd_malloc_array(n, sizeof *f->is_right);
    f->ap = sfd_malloc_array((size_t)f->m.max_id + 1, sizeof *f->ap);
    if (!f->tp || !f->taken || !f->video || !f->is_right || !f->ap)
        return sfd_fail_nomem(err, "comparing files");
    sfd_match_positives(f->tp, f->taken, &f->m, e->truth.n, iou);
    for (size_t k = 0; k < n; k++) {
        const size_t i = f->ranks[k];
        f->video[k] = e->frames.items[f->rows->items[f->m.items[i].row].frame].video;
        f->is_right[k] = f->tp[i];
    }
    return SFD_OK;
}

/* The truth's videos are drawn from; detections of others are always there. */
static bool find_videos(sampler *s)
{
    const sfd_frames *frames = &s->e->frames;
    s->weight = sfd_calloc(frames->n_videos, sizeof *s->weight);
    s->videos = sfd_malloc_array(frames->n_videos, sizeof *s->videos);
    if (!s->weight || !s->videos)
        return false;
    for (size_t i = 0; i < frames->n; i++)
        if (frames->items[i].in_truth)
            s->weight[frames->items[i].video] = 1;
    for (size_t v = 0; v < frames->n_videos; v++)
        if (s->weight[v])
            s->videos[s->n_videos++] = (uint32_t)v;
    for (size_t v = 0; v < frames->n_videos; v++)
        s->weight[v] = 1;
    return true;
}

static bool make_room(sampler *s)
{
    const size_t n_a = s->file[0].m.start[s->max_id + 1], n_b = s->file[1].m.start[s->max_id + 1];
    size_t n;
    s->n_gt = sfd_malloc_array((size_t)s->max_id + 1, sizeof *s->n_gt);
    s->envelope = sfd_malloc_array(n_a > n_b ? n_a : n_b, sizeof *s->envelope);
    if (sfd_mul_size(s->n_samples, (size_t)s->max_id + 2, &n))
        s->samples = sfd_malloc_array(n, sizeof *s->samples);
    return s->n_gt && s->envelope && s->samples && find_videos(s);
}

/* ---- one sample */

static void draw(sampler *s, sfd_random *r)
{
    for (size_t i = 0; i < s->n_videos; i++)
        s->weight[s->videos[i]] = 0;
    for (size_t i = 0; i < s->n_videos; i++)
        s->weight[s->videos[sfd_random_below(r, s->n_videos)]]++;
}

static void count_truth(sampler *s)
{
    const sfd_eval *e = s->e;
    memset(s->n_gt, 0, ((size_t)s->max_id + 1) * sizeof *s->n_gt);
    for (size_t i = 0; i < e->truth.n; i++) {
        const sfd_frame *f = &e->frames.items[e->truth.items[i].frame];
        if (!f->excluded || e->rules->counts_excluded)
            s->n_gt[e->truth.items[i].label] += s->weight[f->video];
    }
}

/* As sfd_average_precision of all detections as often as their videos were drawn: those drawn
 * together are all right or all wrong, so that one step takes them. */
static double weighted_ap(const sampler *s, const ranked_file *f, int id)
{
    const size_t first = f->m.start[id], n = f->m.start[id + 1] - first;
    const uint32_t *video = f->video + first, *is_right = f->is_right + first;
    size_t n_right = 0, n_all = 0;
    for (size_t k = 0; k < n; k++) {
        const size_t w = s->weight[video[k]];
        n_right += is_right[k] * w;
        n_all += w;
        s->envelope[k] = n_all > 0 ? (double)n_right / (double)n_all : 0;
    }
    if (s->n_gt[id] == 0 || (n_all == 0 && s->e->rules->skips_undetected))
        return NAN;
    for (size_t k = n; k-- > 1;)
        if (s->envelope[k] > s->envelope[k - 1])
            s->envelope[k - 1] = s->envelope[k];
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += (double)(is_right[k] * s->weight[video[k]]) * s->envelope[k];
    return sum / (double)s->n_gt[id];
}

static void score_sample(sampler *s, size_t sample)
{
    count_truth(s);
    for (int k = 0; k < 2; k++)
        for (int id = 0; id <= s->max_id; id++)
            s->file[k].ap[id] =
                s->e->labels.names[id] ? weighted_ap(s, &s->file[k], id) : (double)NAN;
    for (int id = 0; id <= s->max_id; id++)
        s->samples[(size_t)id * s->n_samples + sample] = s->file[1].ap[id] - s->file[0].ap[id];
    s->samples[((size_t)s->max_id + 1) * s->n_samples + sample] =
        sfd_mean_ap(s->file[1].ap, 1, s->max_id) - sfd_mean_ap(s->file[0].ap, 1, s->max_id);
}

/* ---- intervals */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two values around it, evenly. */
static double quantile(const double *sorted, size_t n, double share)
{
    const double at = share * (double)(n - 1);
    const size_t i = (size_t)at;
    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static sfd_eval_interval summarise(double *samples, size_t n_all, double difference,
                                   double confidence)
{
    sfd_eval_interval out = {.difference = difference, .low = NAN, .high = NAN, .p = NAN};
    size_t n = 0, n_up = 0, n_down = 0;
    for (size_t i = 0; i < n_all; i++)
        if (!isnan(samples[i]))
            samples[n++] = samples[i];
    if (n == 0)
        return out;
    qsort(samples, n, sizeof *samples, compare_doubles);
    for (size_t i = 0; i < n; i++) {
        n_up += samples[i] >= 0;
        n_down += samples[i] <= 0;
    }
    out.low = quantile(samples, n, (1 - confidence) / 2);
    out.high = quantile(samples, n, (1 + confidence) / 2);
    out.p = fmin(1, 2 * (double)(n_up < n_down ? n_up : n_down) / (double)n);
    return out;
}

static sfd_status conclude(sfd_eval_bootstrap_result *out, sampler *s, double confidence,
                           sfd_error *err)
{
    out->classes = sfd_calloc(s->e->labels.n_labels, sizeof *out->classes);
    if (!out->classes)
        return sfd_fail_nomem(err, "comparing files");
    for (size_t v = 0; v < s->e->frames.n_videos; v++)
        s->weight[v] = 1;
    count_truth(s);
    for (int id = 0; id <= s->max_id; id++) {
        double *ap[2] = {&s->file[0].ap[id], &s->file[1].ap[id]};
        for (int k = 0; k < 2; k++)
            *ap[k] = s->e->labels.names[id] ? weighted_ap(s, &s->file[k], id) : (double)NAN;
        if (s->e->labels.names[id])
            out->classes[out->n_classes++] = summarise(s->samples + (size_t)id * s->n_samples,
                                                       s->n_samples, *ap[1] - *ap[0], confidence);
    }
    out->map = summarise(s->samples + ((size_t)s->max_id + 1) * s->n_samples, s->n_samples,
                         sfd_mean_ap(s->file[1].ap, 1, s->max_id) -
                             sfd_mean_ap(s->file[0].ap, 1, s->max_id),
                         confidence);
    out->n_videos = s->n_videos;
    out->n_samples = s->n_samples;
    return SFD_OK;
}

static sfd_status take_settings(sfd_eval_bootstrap_settings *s,
                                const sfd_eval_bootstrap_settings *given, sfd_error *err)
{
    sfd_status st = SFD_SETTINGS_TAKE(sfd_eval_bootstrap_settings, s, given, err);
    if (st == SFD_OK && !(s->iou > 0 && s->iou <= 1))
        st = sfd_fail(err, SFD_ERR_ARG, "IoU threshold %g is not above 0 and at most 1", s->iou);
    if (st == SFD_OK && (s->n_samples < 1 || s->n_samples > MAX_SAMPLES))
        st = sfd_fail(err, SFD_ERR_ARG, "%zu samples: wanted 1 to %d", s->n_samples, MAX_SAMPLES);
    if (st == SFD_OK && !(s->confidence > 0 && s->confidence < 1))
        st = sfd_fail(err, SFD_ERR_ARG, "confidence %g is not between 0 and 1", s->confidence);
    return st;
}

sfd_status sfd_eval_bootstrap(sfd_eval_bootstrap_result *out, const sfd_eval *e,
                              const sfd_eval_detections *a, const sfd_eval_detections *b,
                              const sfd_eval_bootstrap_settings *settings, sfd_error *err)
{
    sfd_eval_bootstrap_settings o;
    sampler s = {.e = e, .max_id = e->labels.max_id};
    *out = (sfd_eval_bootstrap_result){0};
    sfd_status st = take_settings(&o, settings, err);
    s.n_samples = o.n_samples;
    if (st == SFD_OK)
        st = rank_file(&s.file[0], e, a, o.iou, err);
    if (st == SFD_OK)
        st = rank_file(&s.file[1], e, b, o.iou, err);
    if (st == SFD_OK && !make_room(&s))
        st = sfd_fail_nomem(err, "comparing files");
    sfd_random r = sfd_random_init(o.seed, 0);
    for (size_t i = 0; i < s.n_samples && st == SFD_OK; i++) {
        draw(&s, &r);
        score_sample(&s, i);
    }
    if (st == SFD_OK)
        st = conclude(out, &s, o.confidence, err);
    free_file(&s.file[0]);
    free_file(&s.file[1]);
    free(s.videos);
    free(s.weight);
    free(s.n_gt);
    free(s.envelope);
    free(s.samples);
    return st;
}

void sfd_eval_bootstrap_result_free(sfd_eval_bootstrap_result *r)
{
    if (!r)
        return;
    free(r->classes);
    *r = (sfd_eval_bootstrap_result){0};
}
