/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the scores of one video's persons; turns them into segments when the next one comes. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "pipeline/segments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A box with a person's id. */
typedef struct sighting {
    int64_t person_id;
    double time_s;
    size_t order; /* its scores are scores[order * n_classes] and following */
} sighting;

struct sfd_segmenter {
    sfd_segment_settings settings;
    sfd_segment_counts counts;
    bool finished;

    char **video_ids; /* the last one is in hand */
    size_t n_videos, n_videos_alloc;
    int n_classes;
    int *class_ids;
    double *times_s; /* of the video's keyframes */
    size_t n_times, n_times_alloc;
    sighting *sightings;
    size_t n_sightings, n_sightings_alloc;
    float *scores;
    size_t n_scores_alloc; /* in boxes */

    sfd_segments segments;
};

static bool is_length(double v)
{
    return isfinite(v) && v >= 0;
}

static sfd_status check_settings(const sfd_segment_settings *s, sfd_error *err)
{
    if (!is_length(s->step_s) || !is_length(s->smooth_s) || !is_length(s->max_gap_s) ||
        !is_length(s->min_length_s) || !isfinite(s->timestamp_offset_s))
        return sfd_fail(err, SFD_ERR_ARG, "segments: lengths must be 0 or more seconds");
    if (!isfinite(s->on) || !isfinite(s->off) || s->off > s->on)
        return sfd_fail(err, SFD_ERR_ARG, "segments: off is %g, wanted at most on, which is %g",
                        s->off, s->on);
    return SFD_OK;
}

sfd_status sfd_segmenter_create(sfd_segmenter **out, const sfd_segment_settings *settings,
                                sfd_error *err)
{
    sfd_segment_settings own;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_segment_settings, &own, settings, err);
    if (status == SFD_OK)
        status = check_settings(&own, err);
    if (status != SFD_OK)
        return status;
    sfd_segmenter *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, "segments");
    s->settings = own;
    *out = s;
    return SFD_OK;
}

static void forget_video(sfd_segmenter *s)
{
    free(s->class_ids);
    free(s->times_s);
    free(s->sightings);
    free(s->scores);
    s->class_ids = NULL;
    s->times_s = NULL;
    s->sightings = NULL;
    s->scores = NULL;
    s->n_times = s->n_times_alloc = s->n_sightings = s->n_sightings_alloc = s->n_scores_alloc = 0;
}

void sfd_segmenter_free(sfd_segmenter *s)
{
    if (!s)
        return;
    forget_video(s);
    for (size_t i = 0; i < s->n_videos; i++)
        free(s->video_ids[i]);
    free(s->video_ids);
    free(s->segments.items);
    free(s);
}

void sfd_segmenter_get_counts(const sfd_segmenter *s, sfd_segment_counts *counts)
{
    *counts = s->counts;
}

/* ------------------------------------------------------------ a video's end */

static int compare_doubles(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* The median distance between keyframes; takes times_s apart. */
static double usual_step(double *times_s, size_t n)
{
    if (n < 2)
        return 1;
    for (size_t i = 0; i + 1 < n; i++)
        times_s[i] = times_s[i + 1] - times_s[i];
    qsort(times_s, n - 1, sizeof *times_s, compare_doubles);
    return times_s[(n - 1) / 2];
}

static int compare_sightings(const void *pa, const void *pb)
{
    const sighting *a = pa, *b = pb;
    if (a->person_id != b->person_id)
        return a->person_id < b->person_id ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static void take_higher(float *to, const float *from, int n)
{
    for (int k = 0; k < n; k++)
        if (from[k] > to[k])
            to[k] = from[k];
}

/* Lists the keyframes of the person of sightings[0]; returns where the next person begins. */
static size_t list_course(const sfd_segmenter *s, const sighting *list, size_t n, double *times_s,
                          const float **scores, size_t *n_listed)
{
    size_t i = 0, n_rows = 0;
    for (; i < n && list[i].person_id == list[0].person_id; i++) {
        float *row = s->scores + list[i].order * (size_t)s->n_classes;
        if (n_rows > 0 && times_s[n_rows - 1] == list[i].time_s) {
            take_higher(row, scores[n_rows - 1], s->n_classes);
            scores[n_rows - 1] = row;
            continue;
        }
        times_s[n_rows] = list[i].time_s;
        scores[n_rows++] = row;
    }
    *n_listed = n_rows;
    return i;
}

static sfd_status add_persons(sfd_segmenter *s, const sfd_segment_settings *settings,
                              double *times_s, const float **scores, sfd_error *err)
{
    sfd_status status = SFD_OK;
    qsort(s->sightings, s->n_sightings, sizeof *s->sightings, compare_sightings);
    for (size_t i = 0, n; i < s->n_sightings && status == SFD_OK; i += n) {
        sfd_course c = {.video_id = s->video_ids[s->n_videos - 1],
                        .person_id = s->sightings[i].person_id,
                        .times_s = times_s,
                        .scores = scores,
                        .n_classes = s->n_classes,
                        .class_ids = s->class_ids};
        n = list_course(s, s->sightings + i, s->n_sightings - i, times_s, scores, &c.n);
        status = sfd_segments_add(&s->segments, settings, &c, err);
        s->counts.n_persons++;
    }
    return status;
}

static sfd_status end_video(sfd_segmenter *s, sfd_error *err)
{
    sfd_status status = SFD_OK;
    sfd_segment_settings settings = s->settings;
    if (!(settings.step_s > 0))
        settings.step_s = usual_step(s->times_s, s->n_times);
    if (s->n_sightings > 0) {
        const size_t first = s->segments.n;
        double *times_s = sfd_malloc_array(s->n_sightings, sizeof *times_s);
        const float **scores = sfd_malloc_array(s->n_sightings, sizeof *scores);
        status = times_s && scores ? add_persons(s, &settings, times_s, scores, err)
                                   : sfd_fail_nomem(err, "segments");
        free(times_s);
        free(scores);
        if (s->segments.n > first)
            sfd_segments_sort_by_time(s->segments.items + first, s->segments.n - first);
    }
    forget_video(s);
    return status;
}

sfd_status sfd_segmenter_finish(sfd_segmenter *s, const sfd_segment **list, size_t *n,
                                sfd_error *err)
{
    sfd_status status = s->finished ? SFD_OK : end_video(s, err);
    s->finished = true;
    *list = s->segments.items;
    *n = s->segments.n;
    return status;
}

/* ------------------------------------------------------------------- adding */

static sfd_status begin_video(sfd_segmenter *s, const sfd_keyframe *k, sfd_error *err)
{
    const size_t n_bytes = (size_t)k->n_classes * sizeof *s->class_ids;
    sfd_status status = s->n_videos > 0 ? end_video(s, err) : SFD_OK;
    if (status != SFD_OK)
        return status;
    if (!sfd_grow(&s->video_ids, &s->n_videos_alloc, s->n_videos, sizeof *s->video_ids) ||
        !(s->class_ids = sfd_malloc_array((size_t)k->n_classes, sizeof *s->class_ids)) ||
        !(s->video_ids[s->n_videos] = sfd_strdup(k->video_id))) {
        free(s->class_ids);
        s->class_ids = NULL;
        return sfd_fail_nomem(err, "segments");
    }
    memcpy(s->class_ids, k->class_ids, n_bytes);
    s->n_classes = k->n_classes;
    s->n_videos++;
    return SFD_OK;
}

static sfd_status check_keyframe(const sfd_segmenter *s, const sfd_keyframe *k, sfd_error *err)
{
    if (!isfinite(k->timestamp_s) ||
        (s->n_times > 0 && !(k->timestamp_s > s->times_s[s->n_times - 1])))
        return sfd_fail(err, SFD_ERR_ARG, "segments: timestamp %g of \"%s\" is not later than %g",
                        k->timestamp_s, k->video_id, s->n_times ? s->times_s[s->n_times - 1] : 0);
    if (k->n_classes != s->n_classes)
        return sfd_fail(err, SFD_ERR_ARG, "segments: %d classes, wanted %d as before", k->n_classes,
                        s->n_classes);
    return SFD_OK;
}

static bool add_person(sfd_segmenter *s, double time_s, const sfd_person *p)
{
    const size_t n_bytes = (size_t)s->n_classes * sizeof *s->scores;
    if (!sfd_grow(&s->sightings, &s->n_sightings_alloc, s->n_sightings, sizeof *s->sightings) ||
        !sfd_grow(&s->scores, &s->n_scores_alloc, s->n_sightings, n_bytes))
        return false;
    memcpy(s->scores + s->n_sightings * (size_t)s->n_classes, p->scores, n_bytes);
    s->sightings[s->n_sightings] = (sighting){p->person_id, time_s, s->n_sightings};
    s->n_sightings++;
    return true;
}

sfd_status sfd_segmenter_add(sfd_segmenter *s, const sfd_keyframe *k, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (s->finished || k->n_classes < 1)
        return sfd_fail(err, SFD_ERR_ARG, "segments: %s",
                        s->finished ? "finished, nothing can be added" : "no classes");
    if (s->n_videos == 0 || strcmp(s->video_ids[s->n_videos - 1], k->video_id) != 0)
        status = begin_video(s, k, err);
    if (status == SFD_OK)
        status = check_keyframe(s, k, err);
    if (status != SFD_OK)
        return status;
    const size_t before = s->n_sightings;
    bool ok = sfd_grow(&s->times_s, &s->n_times_alloc, s->n_times, sizeof *s->times_s);
    size_t n_unknown = 0;
    for (size_t i = 0; ok && i < k->n_persons; i++)
        if (!k->persons[i].has_person_id)
            n_unknown++;
        else
            ok = add_person(s, k->timestamp_s, &k->persons[i]);
    if (!ok) {
        s->n_sightings = before;
        return sfd_fail_nomem(err, "segments");
    }
    s->times_s[s->n_times++] = k->timestamp_s;
    s->counts.n_keyframes++;
    s->counts.n_boxes += k->n_persons;
    s->counts.n_unknown += n_unknown;
    return SFD_OK;
}
