/* SPDX-License-Identifier: Apache-2.0 */
/* Smoothing, hysteresis, gaps and least length, one output of one track at a time. */
#include "detect/segments.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

#define SLACK 1e-9 /* times are sums of steps */

void sfd_segment_settings_defaults(sfd_segment_settings *s)
{
    *s = (sfd_segment_settings){
        .step_s = 1, .smooth_s = 1, .on = 0.5, .off = 0.3, .max_gap_s = 2, .min_length_s = 1};
}

/* One output's scores of a track. */
typedef struct course {
    const double *times_s;
    const float *scores; /* of this output; the next keyframe's is n_classes further */
    size_t n, n_classes;
} course;

static double score_at(const course *c, size_t i)
{
    return (double)c->scores[i * c->n_classes];
}

static double smoothed(const course *c, size_t i, double reach_s)
{
    size_t first = i, end = i + 1;
    while (first > 0 && c->times_s[i] - c->times_s[first - 1] <= reach_s + SLACK)
        first--;
    while (end < c->n && c->times_s[end] - c->times_s[i] <= reach_s + SLACK)
        end++;
    double sum = 0;
    for (size_t k = first; k < end; k++)
        sum += score_at(c, k);
    return sum / (double)(end - first);
}

/* Keyframes further apart than a step leave the time between them open. */
static bool follows(const course *c, size_t i, double step_s)
{
    return c->times_s[i] - c->times_s[i - 1] <= 1.5 * step_s;
}

/* The end of the segment that begins at keyframe `first`. */
static size_t find_end(const course *c, const sfd_segment_settings *s, size_t first)
{
    size_t end = first + 1;
    while (end < c->n && follows(c, end, s->step_s) && smoothed(c, end, s->smooth_s) >= s->off)
        end++;
    return end;
}

static double mean_score(const course *c, size_t first, size_t end)
{
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += score_at(c, i);
    return sum / (double)(end - first);
}

/* Appends keyframes first .. end - 1, or lengthens the last segment of this course when the gap to
 * it is short. */
static bool append(sfd_segments *list, size_t course_first, const sfd_segment_settings *s,
                   const sfd_segment *segment)
{
    if (list->n > course_first) {
        sfd_segment *last = &list->items[list->n - 1];
        if (segment->start_s - last->end_s <= s->max_gap_s + SLACK) {
            const double a = last->end_s - last->start_s, b = segment->end_s - segment->start_s;
            last->score = (last->score * a + segment->score * b) / (a + b);
            last->end_s = segment->end_s;
            return true;
        }
    }
    if (!sfd_grow(&list->items, &list->n_alloc, list->n, sizeof *list->items))
        return false;
    list->items[list->n++] = *segment;
    return true;
}

static void drop_short(sfd_segments *list, size_t course_first, double min_length_s)
{
    size_t n = course_first;
    for (size_t i = course_first; i < list->n; i++)
        if (list->items[i].end_s - list->items[i].start_s >= min_length_s - SLACK)
            list->items[n++] = list->items[i];
    list->n = n;
}

static bool add_course(sfd_segments *list, const sfd_segment_settings *s, const course *c,
                       int64_t track, int output)
{
    const size_t course_first = list->n;
    for (size_t i = 0; i < c->n;) {
        if (!(smoothed(c, i, s->smooth_s) >= s->on)) {
            i++;
            continue;
        }
        const size_t end = find_end(c, s, i);
        const double start_s = c->times_s[i] - s->step_s / 2;
        const sfd_segment segment = {.track = track,
                                     .output = output,
                                     .start_s = start_s > 0 ? start_s : 0,
                                     .end_s = c->times_s[end - 1] + s->step_s / 2,
                                     .score = mean_score(c, i, end)};
        if (!append(list, course_first, s, &segment))
            return false;
        i = end;
    }
    drop_short(list, course_first, s->min_length_s);
    return true;
}

sfd_status sfd_segments_add_track(sfd_segments *list, const sfd_segment_settings *settings,
                                  int64_t track, const double *times_s, const float *scores,
                                  size_t n, int n_classes, sfd_error *err)
{
    const size_t before = list->n;
    for (int k = 0; k < n_classes; k++) {
        const course c = {times_s, scores + k, n, (size_t)n_classes};
        if (!add_course(list, settings, &c, track, k)) {
            list->n = before;
            return sfd_fail_nomem(err, "segments");
        }
    }
    return SFD_OK;
}

void sfd_segments_free(sfd_segments *list)
{
    free(list->items);
    *list = (sfd_segments){0};
}

static int compare_times(const void *pa, const void *pb)
{
    const sfd_segment *a = pa, *b = pb;
    if (a->start_s != b->start_s)
        return a->start_s < b->start_s ? -1 : 1;
    if (a->track != b->track)
        return a->track < b->track ? -1 : 1;
    return a->output - b->output;
}

void sfd_segments_sort_by_time(sfd_segments *list)
{
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, compare_times);
}
