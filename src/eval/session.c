/* SPDX-License-Identifier: Apache-2.0 */
/* Dialects, creating an evaluation, rows from memory. */
#include "eval/session.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Coordinates beyond these are pixels rather than fractions that leave the picture. */
#define MIN_FRACTION (-1.0)
#define MAX_FRACTION 2.0
#define LAST_AVA_ID  80
#define MAX_UNLISTED 1000 /* distinct labels that are noted */

static const sfd_rules dialects[SFD_EVAL_N_DIALECTS] = {
    [SFD_EVAL_ACTIVITYNET_2020] = {.name = "activitynet_2020",
                                   .decimal_keys = true,
                                   .truth_has_scores = true,
                                   .limited = true,
                                   .sorted = true,
                                   .truth_frames_only = true},
    [SFD_EVAL_ACTIVITYNET_2019] = {.name = "activitynet_2019",
                                   .truth_has_scores = true,
                                   .limited = true,
                                   .sorted = true},
    [SFD_EVAL_PYSLOWFAST] = {.name = "pyslowfast", .score_required = true},
    [SFD_EVAL_MMACTION2] = {.name = "mmaction2",
                            .truth_has_scores = true,
                            .sorted = true,
                            .truth_order = true,
                            .keeps_flat_boxes = true,
                            .float32 = true,
                            .counts_excluded = true,
                            .skips_undetected = true,
                            .needs_truth = true},
};

const sfd_rules *sfd_eval_rules(sfd_eval_dialect dialect)
{
    return (unsigned)dialect < SFD_EVAL_N_DIALECTS ? &dialects[dialect] : NULL;
}

const char *sfd_eval_dialect_name(sfd_eval_dialect dialect)
{
    const sfd_rules *rules = sfd_eval_rules(dialect);
    return rules ? rules->name : "unknown";
}

void sfd_eval_settings_defaults_sized(sfd_eval_settings *s, size_t struct_size)
{
    const sfd_eval_settings defaults = {.dialect = SFD_EVAL_ACTIVITYNET_2020, .labels = SFD_AVA_60};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

sfd_status sfd_eval_create(sfd_eval **out, const sfd_eval_settings *settings, sfd_error *err)
{
    sfd_eval_settings s;
    *out = NULL;
    sfd_status st = SFD_SETTINGS_TAKE(sfd_eval_settings, &s, settings, err);
    if (st != SFD_OK)
        return st;
    const sfd_rules *rules = sfd_eval_rules(s.dialect);
    if (!rules)
        return sfd_fail(err, SFD_ERR_ARG, "evaluation dialect %d does not exist", (int)s.dialect);
    sfd_eval *e = sfd_calloc(1, sizeof *e);
    if (!e)
        return sfd_fail_nomem(err, "evaluation");
    e->rules = rules;
    e->python_O = s.python_O;
    e->strict = s.strict;
    st = s.label_text ? sfd_label_map_parse(&e->labels, "label list", s.label_text,
                                            strlen(s.label_text), SFD_LABELS_OFFICIAL, err)
                      : sfd_label_map_read(&e->labels, s.labels, SFD_LABELS_OFFICIAL, err);
    if (st != SFD_OK) {
        sfd_eval_free(e);
        return st;
    }
    *out = e;
    return SFD_OK;
}

void sfd_rows_free(sfd_rows *rows)
{
    free(rows->path);
    free(rows->items);
    free(rows->unlisted);
    *rows = (sfd_rows){0};
}

void sfd_eval_free(sfd_eval *e)
{
    if (!e)
        return;
    sfd_label_map_free(&e->labels);
    sfd_frames_free(&e->frames);
    sfd_rows_free(&e->truth);
    free(e->exclusions_path);
    free(e);
}

void sfd_eval_detections_free(sfd_eval_detections *d)
{
    if (!d)
        return;
    sfd_rows_free(&d->rows);
    free(d);
}

bool sfd_eval_listed(const sfd_eval *e, long long label)
{
    return label >= 1 && label <= e->labels.max_id && e->labels.names[label] != NULL;
}

void sfd_sight(sfd_sighting *s, uint64_t line, double value)
{
    if (s->n++ == 0) {
        s->line = line;
        s->value = value;
    }
}

void sfd_rows_note(sfd_rows *rows, const sfd_eval *e, const sfd_box_norm *box, long long label,
                   uint64_t line)
{
    const double corners[] = {box->x1, box->y1, box->x2, box->y2};
    for (size_t i = 0; i < 4; i++) {
        if (corners[i] < MIN_FRACTION || corners[i] > MAX_FRACTION) {
            sfd_sight(&rows->pixels, line, corners[i]);
            break;
        }
    }
    if (box->x2 <= box->x1 || box->y2 <= box->y1)
        sfd_sight(&rows->inverted, line, 0);
    int last = e->labels.max_id > LAST_AVA_ID ? e->labels.max_id : LAST_AVA_ID;
    if (label < 1 || label > last)
        sfd_sight(&rows->no_action, line, (double)label);
}

sfd_status sfd_rows_add_unlisted(sfd_rows *rows, long long label, sfd_error *err)
{
    size_t low = 0, high = rows->n_unlisted;
    rows->n_off_list++;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows->unlisted[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < rows->n_unlisted && rows->unlisted[low] == label)
        return SFD_OK;
    if (rows->n_unlisted == MAX_UNLISTED)
        return SFD_OK;
    if (!sfd_grow(&rows->unlisted, &rows->n_unlisted_alloc, rows->n_unlisted,
                  sizeof *rows->unlisted))
        return sfd_fail_nomem(err, rows->path);
    memmove(rows->unlisted + low + 1, rows->unlisted + low,
            (rows->n_unlisted - low) * sizeof *rows->unlisted);
    rows->unlisted[low] = label;
    rows->n_unlisted++;
    return SFD_OK;
}

size_t sfd_eval_unlisted(const sfd_eval *e, long long *ids, size_t n)
{
    for (size_t i = 0; i < n && i < e->truth.n_unlisted; i++)
        ids[i] = e->truth.unlisted[i];
    return e->truth.n_unlisted;
}

sfd_status sfd_rows_add(sfd_rows *rows, const sfd_eval *e, const sfd_row *row, sfd_error *err)
{
    if (rows->n >= UINT32_MAX - 1)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: more than %u rows", rows->path,
                        UINT32_MAX - 1);
    if (!sfd_grow(&rows->items, &rows->n_alloc, rows->n, sizeof *rows->items))
        return sfd_fail_nomem(err, rows->path);
    sfd_row *r = &rows->items[rows->n++];
    *r = *row;
    if (e->rules->float32)
        r->box = (sfd_box_norm){(float)row->box.x1, (float)row->box.y1, (float)row->box.x2,
                                (float)row->box.y2};
    return SFD_OK;
}

/* ---- rows from memory ---- */

static sfd_status find_frame(sfd_eval *e, const char *video_id, double timestamp_s, uint32_t *frame,
                             sfd_error *err)
{
    uint64_t key;
    if (e->rules->decimal_keys) {
        key = sfd_frame_key_decimal(timestamp_s);
    } else {
        if (!(fabs(timestamp_s) < 0x1p53) || timestamp_s != floor(timestamp_s))
            return sfd_fail(err, SFD_ERR_ARG,
                            "%s: timestamp %.17g is not an integer, which %s needs", video_id,
                            timestamp_s, e->rules->name);
        key = sfd_frame_key_integer((long long)timestamp_s);
    }
    if (!sfd_frames_find(&e->frames, video_id, strlen(video_id), key, frame))
        return sfd_fail_nomem(err, "evaluation");
    return SFD_OK;
}

sfd_status sfd_eval_exclude(sfd_eval *e, const char *video_id, double timestamp_s, sfd_error *err)
{
    uint32_t frame;
    sfd_status st = find_frame(e, video_id, timestamp_s, &frame, err);
    if (st == SFD_OK)
        e->frames.items[frame].excluded = true;
    return st;
}

sfd_status sfd_eval_add_frame(sfd_eval *e, const char *video_id, double timestamp_s, sfd_error *err)
{
    uint32_t frame;
    sfd_status st = find_frame(e, video_id, timestamp_s, &frame, err);
    if (st == SFD_OK)
        e->frames.items[frame].in_truth = true;
    return st;
}

static sfd_status add_rows(sfd_rows *rows, sfd_eval *e, bool truth, const sfd_eval_row *in,
                           size_t n, sfd_error *err)
{
    if (!rows->path && !(rows->path = sfd_strdup(truth ? "truth" : "detections")))
        return sfd_fail_nomem(err, "evaluation");
    for (size_t i = 0; i < n; i++) {
        sfd_row row = {.box = in[i].box, .score = in[i].score, .label = in[i].label};
        sfd_status st = find_frame(e, in[i].video_id, in[i].timestamp_s, &row.frame, err);
        if (st != SFD_OK)
            return st;
        e->frames.items[row.frame].in_truth |= truth;
        rows->n_read++;
        sfd_rows_note(rows, e, &row.box, row.label, 0);
        if (!sfd_eval_listed(e, row.label)) {
            st = sfd_rows_add_unlisted(rows, row.label, err);
            if (st != SFD_OK)
                return st;
            continue;
        }
        if (truth && !e->rules->truth_has_scores)
            row.score = 1;
        st = sfd_rows_add(rows, e, &row, err);
        if (st != SFD_OK)
            return st;
    }
    return SFD_OK;
}

sfd_status sfd_eval_add_truth(sfd_eval *e, const sfd_eval_row *rows, size_t n, sfd_error *err)
{
    return add_rows(&e->truth, e, true, rows, n, err);
}

sfd_status sfd_eval_add_detections(sfd_eval_detections **d, sfd_eval *e, const sfd_eval_row *rows,
                                   size_t n, sfd_error *err)
{
    if (!*d && !(*d = sfd_calloc(1, sizeof **d)))
        return sfd_fail_nomem(err, "evaluation");
    return add_rows(&(*d)->rows, e, false, rows, n, err);
}
