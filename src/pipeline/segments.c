/* SPDX-License-Identifier: Apache-2.0 */
/* Smoothing, hysteresis, gaps and least length, one class of one person at a time. */
#include "pipeline/segments.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"

#include <math.h>
#include <stdlib.h>

#define SLACK 1e-9 /* times are sums of steps */

void sfd_segment_settings_defaults_sized(sfd_segment_settings *s, size_t struct_size)
{
    const sfd_segment_settings defaults = {
        .smooth_s = 1, .on = 0.5, .off = 0.3, .max_gap_s = 2, .min_length_s = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

/* The window over which a keyframe is averaged moves with it, so that every score is added and
 * taken away once. */
typedef struct window {
    size_t first, end;
    size_t n_odd; /* no numbers in it */
    double sum;
} window;

static void count(window *w, float score, int sign)
{
    if (isfinite(score))
        w->sum += sign * (double)score;
    else
        w->n_odd += (size_t)sign;
}

/* Means of class k; NaN where a score is no number. */
static void smooth(double *means, const sfd_course *c, int k, double reach_s)
{
    window w = {0, 0, 0, 0};
    for (size_t i = 0; i < c->n; i++) {
        while (w.end < c->n && c->times_s[w.end] - c->times_s[i] <= reach_s + SLACK)
            count(&w, c->scores[w.end++][k], 1);
        while (c->times_s[i] - c->times_s[w.first] > reach_s + SLACK)
            count(&w, c->scores[w.first++][k], -1);
        means[i] = w.n_odd > 0 ? (double)NAN : w.sum / (double)(w.end - w.first);
    }
}

/* Keyframes further apart than a step leave the time between them open. */
static bool follows(const sfd_course *c, size_t i, double step_s)
{
    return c->times_s[i] - c->times_s[i - 1] <= 1.5 * step_s;
}

/* The end of the segment that begins at keyframe `first`. */
static size_t find_end(const double *means, const sfd_course *c, const sfd_segment_settings *s,
                       size_t first)
{
    size_t end = first + 1;
    while (end < c->n && follows(c, end, s->step_s) && means[end] >= s->off)
        end++;
    return end;
}

/* Of the scores themselves. */
static double mean_score(const sfd_course *c, int k, size_t first, size_t end)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = first; i < end; i++)
        if (isfinite(c->scores[i][k])) {
            sum += (double)c->scores[i][k];
            n++;
        }
    return n > 0 ? sum / (double)n : 0;
}

/* Appends a segment, or lengthens the last one of this course when the gap to it is short. */
static bool append(sfd_segments *list, size_t course_first, const sfd_segment_settings *s,
                   const sfd_segment *segment)
{
    if (list->n > course_first) {
        sfd_segment *last = &list->items[list->n - 1];
        if (segment->start_s - last->end_s <= s->max_gap_s + SLACK) {
            const double a = last->end_s - last->start_s, b = segment->end_s - segment->start_s;
            if (a + b > 0)
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

static bool add_class(sfd_segments *list, const sfd_segment_settings *s, const sfd_course *c, int k,
                      double *means)
{
    const size_t course_first = list->n;
    smooth(means, c, k, s->smooth_s);
    for (size_t i = 0; i < c->n;) {
        if (!(means[i] >= s->on)) {
            i++;
            continue;
        }
        const size_t end = find_end(means, c, s, i);
        const sfd_segment segment = {
            .video_id = c->video_id,
            .person_id = c->person_id,
            .action_id = c->class_ids[k],
            .start_s = fmax(c->times_s[i] - s->step_s / 2, s->timestamp_offset_s),
            .end_s = fmax(c->times_s[end - 1] + s->step_s / 2, s->timestamp_offset_s),
            .score = mean_score(c, k, i, end)};
        if (!append(list, course_first, s, &segment))
            return false;
        i = end;
    }
    drop_short(list, course_first, s->min_length_s);
    return true;
}

sfd_status sfd_segments_add(sfd_segments *list, const sfd_segment_settings *s,
                            const sfd_course *course, sfd_error *err)
{
    const size_t before = list->n;
    double *means = sfd_malloc_array(course->n, sizeof *means);
    bool ok = means != NULL;
    for (int k = 0; ok && k < course->n_classes; k++)
        if (course->class_ids[k] >= 0)
            ok = add_class(list, s, course, k, means);
    free(means);
    if (ok)
        return SFD_OK;
    list->n = before;
    return sfd_fail_nomem(err, "segments");
}

static int compare_times(const void *pa, const void *pb)
{
    const sfd_segment *a = pa, *b = pb;
    if (a->start_s != b->start_s)
        return a->start_s < b->start_s ? -1 : 1;
    if (a->person_id != b->person_id)
        return a->person_id < b->person_id ? -1 : 1;
    if (a->action_id != b->action_id)
        return a->action_id < b->action_id ? -1 : 1;
    return (a->end_s > b->end_s) - (a->end_s < b->end_s);
}

void sfd_segments_sort_by_time(sfd_segment *items, size_t n)
{
    if (n > 0)
        qsort(items, n, sizeof *items, compare_times);
}
