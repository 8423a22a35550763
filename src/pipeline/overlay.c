/* SPDX-License-Identifier: Apache-2.0 */
/* The labelled boxes of one video, and drawing those of one timestamp. */
#include "pipeline/overlay.h"

#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ID_CHARS 64
#define PERSON_ID    8 /* column of detections, behind the score */

sfd_status sfd_overlay_create(sfd_overlay **out, const char *video_id, const sfd_labels *labels,
                              double threshold, sfd_error *err)
{
    *out = NULL;
    sfd_overlay *o = sfd_calloc(1, sizeof *o);
    if (!o || !(o->video_id = sfd_strdup(video_id))) {
        free(o);
        return sfd_fail_nomem(err, video_id);
    }
    o->labels = labels;
    o->threshold = threshold;
    *out = o;
    return SFD_OK;
}

void sfd_overlay_free(sfd_overlay *o)
{
    if (!o)
        return;
    free(o->video_id);
    free(o->marks);
    free(o->groups);
    free(o->links);
    free(o);
}

void sfd_overlay_clear(sfd_overlay *o)
{
    o->n_marks = o->n_groups = 0;
    o->grouped = false;
}

void sfd_overlay_follow(sfd_overlay *o, const sfd_tracks *tracks)
{
    o->tracks = tracks;
}

const char *sfd_overlay_video_id(const sfd_overlay *o)
{
    return o->video_id;
}

/* ------------------------------------------------------------------- adding */

/* What is no number comes first. */
static int compare(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(b) != 0) - (isnan(a) != 0);
    return (a > b) - (a < b);
}

static int compare_box(const sfd_mark *x, const sfd_mark *y)
{
    int order = compare(x->timestamp_s, y->timestamp_s);
    if (order == 0)
        order = (x->kind > y->kind) - (x->kind < y->kind);
    if (order == 0)
        order = compare(x->box.x1, y->box.x1);
    if (order == 0)
        order = compare(x->box.y1, y->box.y1);
    if (order == 0)
        order = compare(x->box.x2, y->box.x2);
    if (order == 0)
        order = compare(x->box.y2, y->box.y2);
    if (order == 0)
        order = (x->has_person_id > y->has_person_id) - (x->has_person_id < y->has_person_id);
    return order ? order : (x->person_id > y->person_id) - (x->person_id < y->person_id);
}

bool sfd_mark_same_box(const sfd_mark *a, const sfd_mark *b)
{
    return compare_box(a, b) == 0;
}

/* A label that is not shown leaves its box alone behind, once. */
static sfd_status add_mark(sfd_overlay *o, sfd_mark mark, const char *timestamp_text,
                           sfd_error *err)
{
    if (mark.kind == SFD_MARK_PREDICTION && !(mark.score > o->threshold))
        mark.action_id = 0;
    if (mark.action_id <= 0) {
        mark.action_id = 0;
        mark.score = -INFINITY;
        if (o->n_marks > 0 && compare_box(&o->marks[o->n_marks - 1], &mark) == 0)
            return SFD_OK;
    }
    if (!sfd_grow(&o->marks, &o->n_alloc, o->n_marks, sizeof *o->marks))
        return sfd_fail_nomem(err, o->video_id);
    size_t n = strlen(timestamp_text);
    if (n < sizeof mark.timestamp_text)
        memcpy(mark.timestamp_text, timestamp_text, n + 1);
    else
        sfd_format_short(mark.timestamp_text, mark.timestamp_s);
    mark.order = o->n_marks;
    o->marks[o->n_marks++] = mark;
    o->grouped = false;
    return SFD_OK;
}

sfd_status sfd_overlay_add(sfd_overlay *o, const sfd_keyframe *k, sfd_error *err)
{
    for (size_t i = 0; i < k->n_persons; i++) {
        const sfd_person *p = &k->persons[i];
        for (int c = 0; c < k->n_classes; c++) {
            sfd_mark mark = {.timestamp_s = k->timestamp_s,
                             .kind = SFD_MARK_PREDICTION,
                             .box = p->box,
                             .action_id = k->class_ids[c] < 0 ? 0 : k->class_ids[c],
                             .score = (double)p->scores[c],
                             .person_id = p->has_person_id ? p->person_id : 0,
                             .has_person_id = p->has_person_id};
            sfd_status status = add_mark(o, mark, k->persons[0].timestamp_text, err);
            if (status != SFD_OK)
                return status;
        }
    }
    return SFD_OK;
}

typedef struct csv_import {
    sfd_overlay *overlay;
    sfd_mark_kind kind;
    sfd_bad_rows rows;               /* of this video */
    char other_id[MAX_ID_CHARS + 1]; /* of the first row of another one */
} csv_import;

static sfd_status read_score(const sfd_csv_row *row, double *score, sfd_error *err)
{
    *score = 1;
    if (row->n_fields <= SFD_AVA_LAST)
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LAST];
    if (sfd_parse_double(f->text, f->length, score) && fabs(*score) < 1e9)
        return SFD_OK;
    return sfd_csv_fail(err, row, SFD_AVA_LAST, "score", "a number");
}

/* AVA's truth has ids in the last of its columns, others behind them; what is no number is none. */
static void read_person_id(const sfd_csv_row *row, sfd_mark *mark)
{
    const bool behind = mark->kind == SFD_MARK_PREDICTION || row->n_fields > PERSON_ID;
    const size_t column = behind ? PERSON_ID : SFD_AVA_LAST;
    long long id;
    if (row->n_fields <= column ||
        !sfd_parse_long(row->fields[column].text, row->fields[column].length, &id))
        return;
    mark->person_id = id;
    mark->has_person_id = true;
}

static sfd_status import_row(csv_import *import, const sfd_csv_row *row, sfd_error *err)
{
    sfd_mark mark = {.kind = import->kind, .score = 1};
    bool cut;
    sfd_status status = sfd_ava_row_box(row, &mark.timestamp_s, &mark.box, &cut, err);
    if (status == SFD_OK)
        status = sfd_ava_row_label(row, &mark.action_id, err);
    if (status == SFD_OK && import->kind == SFD_MARK_PREDICTION)
        status = read_score(row, &mark.score, err);
    read_person_id(row, &mark);
    return status == SFD_OK ? add_mark(import->overlay, mark, row->fields[SFD_AVA_TIME].text, err)
                            : status;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    csv_import *import = user;
    const sfd_csv_field *id = &row->fields[SFD_AVA_VIDEO];
    if (sfd_ava_row_is_frame(row))
        return SFD_OK;
    sfd_csv_row checked = *row; /* persons who are followed have a ninth column */
    if (row->n_fields == PERSON_ID + 1)
        checked.n_fields = PERSON_ID;
    sfd_status status = sfd_ava_row_check(
        &checked,
        import->kind == SFD_MARK_PREDICTION ? "video_id,timestamp,x1,y1,x2,y2,action_id,score"
                                            : "video_id,timestamp,x1,y1,x2,y2,action_id,person_id",
        &import->rows.row);
    if (status == SFD_OK && (strlen(import->overlay->video_id) != id->length ||
                             memcmp(import->overlay->video_id, id->text, id->length) != 0)) {
        if (!*import->other_id)
            memcpy(import->other_id, id->text,
                   id->length < MAX_ID_CHARS ? id->length : MAX_ID_CHARS);
        return SFD_OK;
    }
    if (status == SFD_OK)
        status = import_row(import, row, &import->rows.row);
    return sfd_bad_rows_count(&import->rows, status, err);
}

static sfd_status import_csv(sfd_overlay *o, const char *path, sfd_mark_kind kind, sfd_error *err)
{
    csv_import import = {.overlay = o, .kind = kind, .rows = o->rows};
    import.rows.n_bad = 0;
    sfd_status status = sfd_ava_read(path, on_row, &import, NULL, err);
    if (status == SFD_OK)
        status = sfd_bad_rows_end(&import.rows, path, err);
    o->rows.n_bad += import.rows.n_bad;
    if (status != SFD_OK || import.rows.n_good > 0)
        return status;
    if (!*import.other_id)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no rows in it, wanted some for video \"%s\"",
                        path, o->video_id);
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no row for video \"%s\"; the first is for \"%s\"",
                    path, o->video_id, import.other_id);
}

void sfd_overlay_on_warning(sfd_overlay *o, bool strict,
                            void (*on_warning)(void *user, const char *message), void *user)
{
    o->rows = (sfd_bad_rows){.strict = strict, .on_warning = on_warning, .user = user};
}

size_t sfd_overlay_n_unusable(const sfd_overlay *o)
{
    return o->rows.n_bad;
}

sfd_status sfd_overlay_read_detections(sfd_overlay *o, const char *path, sfd_error *err)
{
    return import_csv(o, path, SFD_MARK_PREDICTION, err);
}

sfd_status sfd_overlay_read_ground_truth(sfd_overlay *o, const char *path, sfd_error *err)
{
    return import_csv(o, path, SFD_MARK_GROUND_TRUTH, err);
}

/* ----------------------------------------------------------------- grouping */

/* By time, ground truth first, box, best label first. */
static int compare_marks(const void *a, const void *b)
{
    const sfd_mark *x = a, *y = b;
    int order = compare_box(x, y);
    if (order == 0)
        order = compare(y->score, x->score);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static sfd_status make_groups(sfd_overlay *o, sfd_error *err)
{
    o->n_groups = 0;
    for (size_t i = 0; i < o->n_marks; i++) {
        const sfd_mark *m = &o->marks[i];
        if (o->n_groups > 0 &&
            compare(o->groups[o->n_groups - 1].timestamp_s, m->timestamp_s) == 0) {
            o->groups[o->n_groups - 1].n_marks++;
            continue;
        }
        if (!sfd_grow(&o->groups, &o->n_groups_alloc, o->n_groups, sizeof *o->groups))
            return sfd_fail_nomem(err, o->video_id);
        o->groups[o->n_groups++] = (sfd_mark_group){m->timestamp_s, m->timestamp_text, i, 1};
    }
    return SFD_OK;
}

static int compare_persons(const void *a, const void *b)
{
    const sfd_mark *x = *(const sfd_mark *const *)a, *y = *(const sfd_mark *const *)b;
    int order = (x->kind > y->kind) - (x->kind < y->kind);
    if (order == 0)
        order = (x->person_id > y->person_id) - (x->person_id < y->person_id);
    return order ? order : (x > y) - (x < y);
}

static bool same_person(const sfd_mark *a, const sfd_mark *b)
{
    return a->kind == b->kind && a->person_id == b->person_id;
}

static void link_runs(sfd_overlay *o, const sfd_mark *const *list, size_t n)
{
    size_t before = 0; /* where the person's marks of the keyframe before begin */
    for (size_t i = 0, end; i < n; i = end) {
        const bool follows = i > 0 && same_person(list[i], list[before]);
        for (end = i; end < n && same_person(list[end], list[i]) &&
                      compare(list[end]->timestamp_s, list[i]->timestamp_s) == 0;
             end++)
            o->links[list[end] - o->marks].before = follows ? list[before] : NULL;
        for (size_t k = before; follows && k < i; k++)
            o->links[list[k] - o->marks].after = list[i];
        before = i;
    }
}

/* Ties the marks of a person in one keyframe to those in the keyframes before and after. */
static sfd_status link_persons(sfd_overlay *o, sfd_error *err)
{
    const sfd_mark **list = sfd_malloc_array(o->n_marks, sizeof(const sfd_mark *));
    size_t n = 0;
    free(o->links);
    o->links = sfd_calloc(o->n_marks, sizeof *o->links);
    const bool ok = list && o->links;
    for (size_t i = 0; ok && i < o->n_marks; i++)
        if (o->marks[i].has_person_id)
            list[n++] = &o->marks[i];
    if (n > 0) {
        qsort(list, n, sizeof(const sfd_mark *), compare_persons);
        link_runs(o, list, n);
    }
    free(list);
    return ok ? SFD_OK : sfd_fail_nomem(err, o->video_id);
}

sfd_status sfd_overlay_groups(sfd_overlay *o, const sfd_mark_group **groups, size_t *n_groups,
                              sfd_error *err)
{
    *groups = NULL;
    *n_groups = 0;
    if (!o->grouped) {
        if (o->n_marks > 0)
            qsort(o->marks, o->n_marks, sizeof *o->marks, compare_marks);
        sfd_status status = make_groups(o, err);
        if (status == SFD_OK)
            status = link_persons(o, err);
        if (status != SFD_OK)
            return status;
        o->grouped = true;
    }
    *groups = o->groups;
    *n_groups = o->n_groups;
    return SFD_OK;
}
