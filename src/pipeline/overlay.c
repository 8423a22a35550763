/* SPDX-License-Identifier: Apache-2.0 */
/* The labelled boxes of one video, and drawing those of one timestamp. */
#include "pipeline/overlay.h"

#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/bad_rows.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ID_CHARS 64
/* More labels than this on one box would hide the picture; the best are shown. */
#define MAX_BOX_LINES   5
#define MAX_SHOWN_SCORE 1e9

struct sfd_overlay {
    char *video_id;
    const sfd_labels *labels;
    double threshold;
    sfd_bad_rows rows; /* how to tell them; n_bad of all files */
    sfd_mark *marks;
    size_t n_marks, n_alloc;
    sfd_mark_group *groups;
    size_t n_groups, n_groups_alloc;
    bool grouped;
};

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
    free(o);
}

void sfd_overlay_clear(sfd_overlay *o)
{
    o->n_marks = o->n_groups = 0;
    o->grouped = false;
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
    return order ? order : compare(x->box.y2, y->box.y2);
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
                             .score = (double)p->scores[c]};
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

static sfd_status import_row(csv_import *import, const sfd_csv_row *row, sfd_error *err)
{
    sfd_mark mark = {.kind = import->kind, .score = 1};
    bool cut;
    sfd_status status = sfd_ava_row_box(row, &mark.timestamp_s, &mark.box, &cut, err);
    if (status == SFD_OK)
        status = sfd_ava_row_label(row, &mark.action_id, err);
    if (status == SFD_OK && import->kind == SFD_MARK_PREDICTION)
        status = read_score(row, &mark.score, err);
    return status == SFD_OK ? add_mark(import->overlay, mark, row->fields[SFD_AVA_TIME].text, err)
                            : status;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    csv_import *import = user;
    const sfd_csv_field *id = &row->fields[SFD_AVA_VIDEO];
    if (sfd_ava_row_is_frame(row))
        return SFD_OK;
    sfd_status status = sfd_ava_row_check(
        row,
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

sfd_status sfd_overlay_groups(sfd_overlay *o, const sfd_mark_group **groups, size_t *n_groups,
                              sfd_error *err)
{
    *groups = NULL;
    *n_groups = 0;
    if (!o->grouped) {
        o->n_groups = 0;
        if (o->n_marks > 0)
            qsort(o->marks, o->n_marks, sizeof *o->marks, compare_marks);
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
        o->grouped = true;
    }
    *groups = o->groups;
    *n_groups = o->n_groups;
    return SFD_OK;
}

/* ------------------------------------------------------------------ drawing */

/* One line of a plate, to be freed: "stand 0.93", for ground truth "stand". */
static char *label_text(const sfd_overlay *o, const sfd_mark *m)
{
    char unlisted[SFD_DECIMAL_CHARS], *text;
    const char *name = sfd_labels_short_name(o->labels, m->action_id);
    int n;
    if (!name) {
        snprintf(unlisted, sizeof unlisted, "action %d", m->action_id);
        name = unlisted;
    }
    long long hundredths = llround(fmin(fabs(m->score), MAX_SHOWN_SCORE) * 100);
    if (m->kind == SFD_MARK_PREDICTION)
        n = asprintf(&text, "%s %s%lld.%02lld", name, m->score < 0 ? "-" : "", hundredths / 100,
                     hundredths % 100);
    else
        n = asprintf(&text, "%s", name);
    return n < 0 ? NULL : text;
}

/* Marks of one box become one annotation; lines[] has room for all marks. */
static bool annotate(const sfd_overlay *o, const sfd_mark_group *g, sfd_annotation *list, size_t *n,
                     sfd_label_line *lines)
{
    size_t n_lines = 0;
    *n = 0;
    for (size_t i = g->first; i < g->first + g->n_marks; i++) {
        const sfd_mark *m = &o->marks[i];
        if (i == g->first || compare_box(m, m - 1) != 0)
            list[(*n)++] =
                (sfd_annotation){.box = m->box,
                                 .colour = m->kind == SFD_MARK_GROUND_TRUTH ? sfd_colour_truth
                                                                            : sfd_colour_prediction,
                                 .lines = &lines[n_lines]};
        if (m->action_id == 0 || list[*n - 1].n_lines == MAX_BOX_LINES)
            continue;
        lines[n_lines].text = label_text(o, m);
        if (!lines[n_lines].text)
            return false;
        n_lines++;
        list[*n - 1].n_lines++;
    }
    return true;
}

sfd_status sfd_overlay_draw(const sfd_overlay *o, const sfd_mark_group *group, const sfd_font *font,
                            sfd_picture *p, sfd_error *err)
{
    size_t n;
    sfd_annotation *list = sfd_calloc(group->n_marks, sizeof *list);
    sfd_label_line *lines = sfd_calloc(group->n_marks, sizeof *lines);
    sfd_status status;
    if (list && lines && annotate(o, group, list, &n, lines))
        status = sfd_draw_annotations(p, font, list, n, err);
    else
        status = sfd_fail_nomem(err, o->video_id);
    for (size_t i = 0; lines && i < group->n_marks; i++)
        free((char *)lines[i].text);
    free(lines);
    free(list);
    return status;
}
