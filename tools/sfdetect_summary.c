/* SPDX-License-Identifier: Apache-2.0 */
/* Videos in words: by person and time where boxes say whose they are, else by keyframe. */
#include "sfdetect_summary.h"

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARTS 3 /* of one action that are told one by one */

struct summary {
    summary_settings settings;
    void (*say)(const char *fmt, ...);
    char *video_id; /* in hand; NULL: none yet */
    sfd_segmenter *segmenter;
    int n_classes;
    int *class_ids;
    double *weights; /* of the classes: boxes whose best label it is, or seconds */
    bool *taken;
};

static sfd_status fail_nomem(sfd_error *err)
{
    err->status = SFD_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "summary: out of memory");
    return SFD_ERR_NOMEM;
}

static void forget_video(summary *s)
{
    sfd_segmenter_free(s->segmenter);
    free(s->video_id);
    free(s->class_ids);
    free(s->weights);
    free(s->taken);
    s->segmenter = NULL;
    s->video_id = NULL;
    s->class_ids = NULL;
    s->weights = NULL;
    s->taken = NULL;
}

sfd_status summary_create(summary **out, const summary_settings *settings, sfd_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fail_nomem(err);
    (*out)->settings = *settings;
    (*out)->say = settings->beside_results ? cli_note : cli_print;
    return SFD_OK;
}

void summary_free(summary *s)
{
    if (!s)
        return;
    forget_video(s);
    free(s);
}

static sfd_status begin_video(summary *s, const sfd_keyframe *k, sfd_error *err)
{
    const size_t n = (size_t)k->n_classes;
    s->video_id = strdup(k->video_id);
    s->class_ids = calloc(n, sizeof *s->class_ids);
    s->weights = calloc(n, sizeof *s->weights);
    s->taken = calloc(n, sizeof *s->taken);
    if (!s->video_id || !s->class_ids || !s->weights || !s->taken) {
        forget_video(s);
        return fail_nomem(err);
    }
    memcpy(s->class_ids, k->class_ids, n * sizeof *s->class_ids);
    s->n_classes = k->n_classes;
    return sfd_segmenter_create(&s->segmenter, &s->settings.segments, err);
}

static void say_label(const summary *s, int id)
{
    const char *name = sfd_labels_short_name(s->settings.labels, id);
    if (name)
        s->say(" %s", name);
    else
        s->say(" action %d", id);
}

/* -------------------------------------------------------------- a keyframe */

/* The best label that is not taken yet; -1 when no other scores min_score. */
static int next_best(const summary *s, const float *scores)
{
    int best = -1;
    for (int c = 0; c < s->n_classes; c++)
        if (!s->taken[c] && s->class_ids[c] >= 0 && (double)scores[c] >= s->settings.min_score &&
            (best < 0 || scores[c] > scores[best]))
            best = c;
    return best;
}

static void say_box(const summary *s, const sfd_person *p)
{
    s->say("  box %s (%.2f):", p->box_text, p->proposal_score);
    memset(s->taken, 0, (size_t)s->n_classes * sizeof *s->taken);
    for (int i = 0; i < s->settings.top; i++) {
        const int best = next_best(s, p->scores);
        if (best < 0)
            break;
        s->taken[best] = true;
        s->say("%s", i ? "," : "");
        say_label(s, s->class_ids[best]);
        s->say(" %.2f", (double)p->scores[best]);
    }
    s->say("\n");
}

static void count_box(summary *s, const sfd_person *p)
{
    memset(s->taken, 0, (size_t)s->n_classes * sizeof *s->taken);
    const int best = next_best(s, p->scores);
    if (best >= 0)
        s->weights[best]++;
}

sfd_status summary_add(summary *s, const sfd_keyframe *k, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (s->video_id && strcmp(s->video_id, k->video_id) != 0)
        status = summary_end(s, err);
    if (status == SFD_OK && !s->video_id)
        status = begin_video(s, k, err);
    if (status == SFD_OK)
        status = sfd_segmenter_add(s->segmenter, k, err);
    bool begun = false;
    for (size_t i = 0; status == SFD_OK && i < k->n_persons; i++) {
        const sfd_person *p = &k->persons[i];
        if (p->has_person_id)
            continue;
        count_box(s, p);
        if (s->settings.each_keyframe && !begun)
            s->say("%s %s (frame %lld)\n", k->video_id, p->timestamp_text, (long long)k->frame);
        begun = true;
        if (s->settings.each_keyframe)
            say_box(s, p);
    }
    return status;
}

/* ----------------------------------------------------------------- persons */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* With one decimal where there is one. */
static void say_time(const summary *s, double time_s)
{
    s->say("%.12g", round(time_s * 10) / 10);
}

/* The segments of one person, by action and time. */
typedef struct person {
    const sfd_segment **parts;
    size_t n;
} person;

static int by_person(const void *pa, const void *pb)
{
    const sfd_segment *a = *(const sfd_segment *const *)pa, *b = *(const sfd_segment *const *)pb;
    if (a->person_id != b->person_id)
        return a->person_id < b->person_id ? -1 : 1;
    if (a->action_id != b->action_id)
        return a->action_id < b->action_id ? -1 : 1;
    return (a->start_s > b->start_s) - (a->start_s < b->start_s);
}

/* Parts of one action of one person. */
typedef struct action {
    const sfd_segment **parts;
    size_t n;
    double length_s;
} action;

static int by_length(const void *pa, const void *pb)
{
    const action *a = pa, *b = pb;
    if (a->length_s != b->length_s)
        return a->length_s > b->length_s ? -1 : 1;
    return (a->parts > b->parts) - (a->parts < b->parts);
}

static int by_start(const void *pa, const void *pb)
{
    const action *a = pa, *b = pb;
    if (a->parts[0]->start_s != b->parts[0]->start_s)
        return a->parts[0]->start_s < b->parts[0]->start_s ? -1 : 1;
    return by_length(pa, pb);
}

/* "sit 0 to 3, 5 to 9 s"; of many parts the first and how many there are. */
static void say_action(const summary *s, const action *a)
{
    say_label(s, a->parts[0]->action_id);
    for (size_t i = 0; i < a->n && i < MAX_PARTS; i++) {
        s->say("%s ", i ? "," : "");
        say_time(s, a->parts[i]->start_s);
        s->say(" to ");
        say_time(s, a->parts[i]->end_s);
    }
    s->say(" s");
    if (a->n > MAX_PARTS) {
        s->say(" ... (%zu times, ", a->n);
        say_time(s, a->length_s);
        s->say(" s)");
    }
}

static size_t list_actions(const person *p, action *list)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (i == 0 || p->parts[i]->action_id != p->parts[i - 1]->action_id)
            list[n++] = (action){.parts = &p->parts[i]};
        list[n - 1].n++;
        list[n - 1].length_s += p->parts[i]->end_s - p->parts[i]->start_s;
    }
    return n;
}

/* The person's longest actions in order of time; list[] has room for all. */
static void say_person(const summary *s, const person *p, action *list)
{
    size_t n = list_actions(p, list), n_told = n;
    if (n > (size_t)s->settings.top) {
        qsort(list, n, sizeof *list, by_length);
        n_told = (size_t)s->settings.top;
    }
    qsort(list, n_told, sizeof *list, by_start);
    s->say("  person %lld:", (long long)p->parts[0]->person_id);
    for (size_t i = 0; i < n_told; i++) {
        say_action(s, &list[i]);
        s->say("%s", i + 1 < n_told ? ";" : "");
    }
    s->say("%s\n", n_told < n ? " ..." : "");
}

static void add_length(summary *s, const sfd_segment *segment)
{
    for (int c = 0; c < s->n_classes; c++)
        if (s->class_ids[c] == segment->action_id)
            s->weights[c] += segment->end_s - segment->start_s;
}

/* Returns how many persons there are to tell of; parts[] and actions[] have room for all. */
static size_t say_persons(summary *s, const sfd_segment *list, size_t n, const sfd_segment **parts,
                          action *actions)
{
    size_t n_persons = 0;
    for (size_t i = 0; i < n; i++)
        parts[i] = &list[i];
    qsort(parts, n, sizeof *parts, by_person);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && parts[end]->person_id == parts[i]->person_id; end++)
            add_length(s, parts[end]);
        say_person(s, &(person){parts + i, end - i}, actions);
        n_persons++;
    }
    return n_persons;
}

/* ------------------------------------------------------------------ a video */

/* "  most: stand (12 s), walk (3 s)" */
static void say_most(summary *s, const char *what, bool in_seconds)
{
    memset(s->taken, 0, (size_t)s->n_classes * sizeof *s->taken);
    for (int i = 0; i < s->settings.top; i++) {
        int best = -1;
        for (int c = 0; c < s->n_classes; c++)
            if (!s->taken[c] && s->weights[c] > 0 && (best < 0 || s->weights[c] > s->weights[best]))
                best = c;
        if (best < 0)
            break;
        s->taken[best] = true;
        s->say("%s", i ? "," : what);
        say_label(s, s->class_ids[best]);
        s->say(" (");
        say_time(s, s->weights[best]);
        s->say("%s)", in_seconds ? " s" : "");
    }
}

static void say_unknown(summary *s, const sfd_segment_counts *counts)
{
    s->say("%s: %zu box%s without person id at %zu keyframe%s", s->video_id, counts->n_unknown,
           counts->n_unknown == 1 ? "" : "es", counts->n_keyframes, plural(counts->n_keyframes));
    say_most(s, "; most often best:", false);
    s->say("\n");
}

static sfd_status say_known(summary *s, const sfd_segment *list, size_t n, size_t n_persons,
                            sfd_error *err)
{
    const sfd_segment **parts = calloc(n + 1, sizeof(const sfd_segment *));
    action *actions = calloc(n + 1, sizeof *actions);
    sfd_status status = parts && actions ? SFD_OK : fail_nomem(err);
    if (status == SFD_OK) {
        memset(s->weights, 0, (size_t)s->n_classes * sizeof *s->weights);
        s->say("%s: %zu person%s\n", s->video_id, n_persons, plural(n_persons));
        const size_t n_told = say_persons(s, list, n, parts, actions);
        if (n_told < n_persons)
            s->say("  %zu person%s of whom nothing is certain\n", n_persons - n_told,
                   plural(n_persons - n_told));
        say_most(s, "  most of all:", true);
        if (n > 0)
            s->say("\n");
    }
    free(parts);
    free(actions);
    return status;
}

sfd_status summary_end(summary *s, sfd_error *err)
{
    const sfd_segment *list;
    size_t n;
    sfd_segment_counts counts;
    if (!s->video_id)
        return SFD_OK;
    sfd_status status = sfd_segmenter_finish(s->segmenter, &list, &n, err);
    sfd_segmenter_get_counts(s->segmenter, &counts);
    if (status == SFD_OK && counts.n_unknown > 0)
        say_unknown(s, &counts);
    if (status == SFD_OK && counts.n_unknown < counts.n_boxes)
        status = say_known(s, list, n, counts.n_persons, err);
    if (status == SFD_OK && counts.n_boxes == 0)
        s->say("%s: no persons\n", s->video_id);
    forget_video(s);
    return status;
}

void summary_note(const summary *s, const char *text)
{
    s->say("(%s)\n", text);
}
