/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's proposals, a pickled dictionary "video,0902" -> [N][5] of x1, y1, x2, y2 as fractions
 * and score, read by boxes/pickled_proposals.c. */
#include "annotations/format.h"
#include "annotations/sample.h"
#include "base/alloc.h"
#include "base/bad_rows.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"
#include "boxes/pickled_proposals.h"
#include "pickle/pickle_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW 5

static bool matches(const sfd_annotation_input *in)
{
    return sfd_is_pickle(in->head, in->n_head);
}

/* ---- reading */

typedef struct proposals_reader {
    sfd_annotations *a;
    sfd_bad_rows rows;
} proposals_reader;

static sfd_status add_box(proposals_reader *r, const sfd_pickled_boxes *entry,
                          sfd_labelled_video *v, double time_s, size_t i, sfd_error *err)
{
    double row[ROW];
    char place[320];
    sfd_status status = sfd_pickled_box(entry, i, row, err);
    if (status != SFD_OK)
        return status;
    snprintf(place, sizeof place, "%.120s: entry \"%.120s,%.40s\", box %zu", entry->path,
             entry->video_id, entry->timestamp, i);
    sfd_person_box b = {.time_s = time_s, .score = row[4]};
    memcpy(b.corner, row, sizeof b.corner);
    if (!(row[4] >= 0 && row[4] <= 1))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: score is %g, wanted 0..1", place, row[4]);
    return sfd_set_add(r->a, v, &b, SFD_UNIT_FRACTIONS, place, err);
}

static sfd_status on_entry(void *user, const sfd_pickled_boxes *entry, sfd_error *err)
{
    proposals_reader *r = user;
    sfd_labelled_video *v;
    double timestamp;
    if (!sfd_parse_double(entry->timestamp, strlen(entry->timestamp), &timestamp)) {
        const sfd_status bad = sfd_fail(&r->rows.row, SFD_ERR_FORMAT,
                                        "%s: entry \"%s,%s\": its timestamp is no number",
                                        entry->path, entry->video_id, entry->timestamp);
        return sfd_bad_rows_count(&r->rows, bad, err);
    }
    const double time_s = timestamp - r->a->settings.timestamp_offset_s;
    sfd_status status = sfd_set_video(r->a, &v, entry->video_id, err);
    if (status == SFD_OK)
        status = sfd_set_add_frame(r->a, v, time_s, NULL, err);
    for (size_t i = 0; status == SFD_OK && i < entry->n_boxes; i++)
        status = sfd_bad_rows_count(&r->rows, add_box(r, entry, v, time_s, i, &r->rows.row), err);
    return status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    const sfd_annotation_settings *s = &a->settings;
    proposals_reader r = {
        .a = a, .rows = {.strict = s->strict, .user = s->user, .on_warning = s->on_warning}};
    const sfd_status status = sfd_pickled_proposals_read(in->path, &r.rows, on_entry, &r, err);
    return status == SFD_OK ? sfd_bad_rows_end(&r.rows, in->path, err) : status;
}

/* ---- writing */

typedef struct proposals_writer {
    sfd_annotations *a;
    FILE *f;
    double *rows; /* of the keyframe at work */
    size_t n_rows, n_rows_alloc;
} proposals_writer;

static sfd_status put_key(const proposals_writer *w, const sfd_labelled_video *v, double time_s,
                          sfd_error *err)
{
    char text[SFD_DECIMAL_CHARS];
    const double timestamp = time_s + w->a->settings.timestamp_offset_s;
    char *key = malloc(strlen(v->id) + SFD_DECIMAL_CHARS + 2);
    if (!key)
        return sfd_fail_nomem(err, w->a->path);
    if (timestamp == round(timestamp) && timestamp >= 0 && timestamp < 1e9)
        sprintf(key, "%s,%04d", v->id, (int)timestamp);
    else
        sprintf(key, "%s,%s", v->id, sfd_format_decimal(text, timestamp));
    sfd_pickle_text(w->f, key);
    free(key);
    return SFD_OK;
}

static sfd_status add_row(proposals_writer *w, const sfd_labelled_video *v, const sfd_person_box *b,
                          sfd_error *err)
{
    double row[ROW];
    sfd_status status = sfd_set_corners(v, b, SFD_UNIT_FRACTIONS, row, err);
    row[4] = b->score == SFD_NO_SCORE ? 1 : b->score;
    for (int i = 0; status == SFD_OK && i < ROW; i++) {
        if (!sfd_grow(&w->rows, &w->n_rows_alloc, w->n_rows, sizeof *w->rows))
            return sfd_fail_nomem(err, w->a->path);
        w->rows[w->n_rows++] = i < 4 ? fmin(1, fmax(0, row[i])) : row[i];
    }
    sfd_format_drop_actions(w->a, b);
    if (b->has_person_id)
        sfd_tally_add(&w->a->tally, "ids of persons left out: proposals have none", NULL);
    return status;
}

static sfd_status put_video(proposals_writer *w, sfd_labelled_video *v, sfd_error *err)
{
    sfd_person_samples s;
    sfd_sampled_picture p = {0};
    sfd_status status = sfd_sample_persons(&s, w->a, v, SFD_KEYFRAMES, err);
    while (status == SFD_OK && sfd_next_sampled_picture(&s, &p)) {
        w->n_rows = 0;
        for (size_t i = 0; status == SFD_OK && i < p.n; i++)
            status = add_row(w, v, &s.boxes[p.first + i], err);
        if (status == SFD_OK)
            status = put_key(w, v, p.time_s, err);
        if (status == SFD_OK)
            sfd_pickle_array(w->f, w->rows, w->n_rows / ROW, ROW);
    }
    sfd_person_samples_free(&s);
    return status;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    proposals_writer w = {.a = a, .f = f};
    sfd_status status = SFD_OK;
    sfd_pickle_begin(f);
    sfd_pickle_open_dict(f);
    for (size_t k = 0; status == SFD_OK && k < a->n_videos; k++)
        status = put_video(&w, a->videos[k], err);
    sfd_pickle_close_dict(f);
    sfd_pickle_stop(f);
    free(w.rows);
    return status;
}

const sfd_format sfd_format_proposals = {
    .info = {.name = "proposals",
             .extension = ".pkl",
             .summary = "MMAction2's pickled proposals, boxes of persons in keyframes",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
