/* SPDX-License-Identifier: Apache-2.0 */
/* AVA's csv, all versions: video_id,timestamp,x1,y1,x2,y2[,action_id[,person_id]], one row an
 * action; what networks find: ...,action_id,score[,person_id]; boxes of persons: the same with an
 * empty action; video_id,timestamp: a keyframe without people. */
#include "annotations/format.h"
#include "annotations/sample.h"
#include "base/ava_row.h"
#include "base/bad_rows.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PERSON_ID SFD_AVA_COLUMNS /* behind a score */

typedef struct ava_reader {
    sfd_annotations *a;
    sfd_bad_rows rows;
    bool scores; /* the last column is one, not a person id */
    bool ids;    /* it can only be that */
    bool any;    /* it is there */
} ava_reader;

static bool matches(const sfd_annotation_input *in)
{
    const unsigned char *head = in->head;
    if (in->n_head >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        return true;
    return !in->json && !memchr(head, 0, in->n_head) &&
           (memchr(head, ',', in->n_head) || memchr(head, '\t', in->n_head));
}

/* ---- reading */

static bool has(const sfd_csv_row *row, size_t column)
{
    return row->n_fields > column && row->fields[column].length > 0;
}

static bool whole(const sfd_csv_row *row, size_t column, long long *out)
{
    const sfd_csv_field *f = &row->fields[column];
    return sfd_parse_long(f->text, f->length, out);
}

/* Scores are fractions. Whole numbers are person ids, unless no row has an action and all are 1. */
static sfd_status look_at_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    ava_reader *r = user;
    long long id = 1;
    double number;
    (void)err;
    if (!has(row, SFD_AVA_LAST))
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LAST];
    const bool is_whole = whole(row, SFD_AVA_LAST, &id);
    r->any = true;
    r->ids |= has(row, SFD_AVA_LABEL) || id != 1;
    r->scores |=
        row->n_fields > PERSON_ID || (!is_whole && sfd_parse_double(f->text, f->length, &number));
    return SFD_OK;
}

static sfd_status read_person(const sfd_csv_row *row, size_t column, sfd_person_box *b,
                              sfd_error *err)
{
    long long id;
    if (!has(row, column))
        return SFD_OK;
    if (!whole(row, column, &id))
        return sfd_csv_fail(err, row, column, "person id", "a whole number or nothing");
    b->person_id = id;
    b->has_person_id = true;
    return SFD_OK;
}

static sfd_status read_last(const ava_reader *r, const sfd_csv_row *row, sfd_person_box *b,
                            double *score, sfd_error *err)
{
    *score = SFD_NO_SCORE;
    if (!r->scores)
        return read_person(row, SFD_AVA_LAST, b, err);
    if (has(row, SFD_AVA_LAST)) {
        const sfd_csv_field *f = &row->fields[SFD_AVA_LAST];
        if (!sfd_parse_double(f->text, f->length, score) || !(*score >= 0 && *score <= 1))
            return sfd_csv_fail(err, row, SFD_AVA_LAST, "score", "within 0..1");
    }
    return read_person(row, PERSON_ID, b, err);
}

static sfd_status read_action(ava_reader *r, const sfd_csv_row *row, sfd_person_box *b,
                              double score, sfd_error *err)
{
    int id;
    size_t label;
    sfd_status status = sfd_ava_row_label(row, &id, err);
    if (status != SFD_OK)
        return status;
    if (!has(row, SFD_AVA_LABEL)) {
        b->score = score;
        return SFD_OK;
    }
    status = sfd_label_list_by_id(&r->a->labels, id, &label, err);
    if (status != SFD_OK)
        return sfd_csv_fail(err, row, SFD_AVA_LABEL, "label", "an action id within 0..4096");
    if (r->a->labels.given && !r->a->labels.items[label].name)
        sfd_tally_add(&r->a->tally, "actions whose ids are not on the list of labels",
                      row->fields[SFD_AVA_LABEL].text);
    return sfd_set_add_done(r->a, b, label, score, err);
}

static sfd_status add_row(ava_reader *r, const sfd_csv_row *row, sfd_error *err)
{
    sfd_person_box b = {.score = SFD_NO_SCORE};
    sfd_box_norm box;
    sfd_labelled_video *v;
    double timestamp, score;
    bool cut;
    char place[320];
    snprintf(place, sizeof place, "%.200s: line %" PRIu64, row->path, row->line);
    sfd_status status = sfd_ava_row_box(row, &timestamp, &box, &cut, err);
    if (status == SFD_OK)
        status = read_last(r, row, &b, &score, err);
    if (status == SFD_OK)
        status = read_action(r, row, &b, score, err);
    if (status == SFD_OK)
        status = sfd_set_video(r->a, &v, row->fields[SFD_AVA_VIDEO].text, err);
    if (status != SFD_OK)
        return status;
    if (cut)
        sfd_tally_add(&r->a->tally, "boxes cut off at the border of the picture", place);
    b.time_s = timestamp - r->a->settings.timestamp_offset_s;
    memcpy(b.corner, (double[4]){box.x1, box.y1, box.x2, box.y2}, sizeof b.corner);
    return sfd_set_add(r->a, v, &b, SFD_UNIT_FRACTIONS, place, err);
}

static sfd_status add_frame(ava_reader *r, const sfd_csv_row *row, sfd_error *err)
{
    sfd_labelled_video *v;
    double timestamp = 0;
    sfd_status status = sfd_ava_row_time(row, &timestamp, err);
    if (status == SFD_OK)
        status = sfd_set_video(r->a, &v, row->fields[SFD_AVA_VIDEO].text, err);
    return status == SFD_OK ? sfd_set_add_frame(
                                  r->a, v, timestamp - r->a->settings.timestamp_offset_s, NULL, err)
                            : status;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    static const char layout[] = "video_id,timestamp,x1,y1,x2,y2[,action_id[,person_id or score]]";
    ava_reader *r = user;
    sfd_status status = SFD_OK;
    if (sfd_ava_row_is_frame(row))
        status = add_frame(r, row, &r->rows.row);
    else if (row->n_fields != PERSON_ID + 1)
        status = sfd_ava_row_check(row, layout, &r->rows.row);
    if (status == SFD_OK && !sfd_ava_row_is_frame(row))
        status = add_row(r, row, &r->rows.row);
    return sfd_bad_rows_count(&r->rows, status, err);
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    const sfd_annotation_settings *s = &a->settings;
    ava_reader r = {.a = a,
                    .rows = {.strict = s->strict, .user = s->user, .on_warning = s->on_warning}};
    sfd_status status = sfd_ava_read(in->path, look_at_row, &r, NULL, err);
    r.scores |= r.any && !r.ids;
    if (status == SFD_OK)
        status = sfd_ava_read(in->path, on_row, &r, NULL, err);
    return status == SFD_OK ? sfd_bad_rows_end(&r.rows, in->path, err) : status;
}

/* ---- writing */

typedef struct ava_writer {
    sfd_annotations *a;
    FILE *f;
    bool scores, ids; /* there are any */
} ava_writer;

static void put_time(const ava_writer *w, const sfd_labelled_video *v, double time_s)
{
    char text[SFD_DECIMAL_CHARS];
    sfd_csv_write_text(w->f, v->id);
    fprintf(w->f, ",%s", sfd_format_decimal(text, time_s + w->a->settings.timestamp_offset_s));
}

static void put_score(const ava_writer *w, double score)
{
    char text[SFD_DECIMAL_CHARS];
    fprintf(w->f, ",%s", score == SFD_NO_SCORE ? "" : sfd_format_fixed6(text, score));
}

/* Action i of the box, or the box alone. */
static void put_row(const ava_writer *w, const sfd_labelled_video *v, const sfd_person_box *b,
                    const double corner[4], const sfd_done *done)
{
    char text[SFD_DECIMAL_CHARS];
    put_time(w, v, b->time_s);
    for (int i = 0; i < 4; i++)
        fprintf(w->f, ",%s", sfd_format_decimal(text, corner[i]));
    fputc(',', w->f);
    if (done)
        fprintf(w->f, "%d", w->a->labels.items[done->label].id);
    if (w->scores)
        put_score(w, done ? done->score : b->score);
    if (w->ids && b->has_person_id)
        fprintf(w->f, ",%" PRId64, b->person_id);
    else if (w->ids)
        fputc(',', w->f);
    fputc('\n', w->f);
}

static sfd_status put_box(const ava_writer *w, const sfd_labelled_video *v, const sfd_person_box *b,
                          sfd_error *err)
{
    double corner[4];
    bool clipped = false;
    sfd_status status = sfd_set_corners(v, b, SFD_UNIT_FRACTIONS, corner, err);
    if (status != SFD_OK)
        return status;
    for (int i = 0; i < 4; i++) {
        const double inside = corner[i] < 0 ? 0 : corner[i] > 1 ? 1 : corner[i];
        clipped |= inside != corner[i];
        corner[i] = inside;
    }
    if (clipped)
        sfd_tally_add(&w->a->tally, "boxes cut off at the border of the picture", v->id);
    if (!(corner[0] < corner[2] && corner[1] < corner[3])) {
        sfd_tally_add(&w->a->tally, "boxes left out that have no area within the picture", v->id);
        return SFD_OK;
    }
    if (b->n_done > 0 && !w->scores && b->score != SFD_NO_SCORE)
        sfd_tally_add(&w->a->tally, "scores of boxes left out: AVA has no place for them", NULL);
    for (size_t i = 0; i < b->n_done; i++)
        put_row(w, v, b, corner, &b->done[i]);
    if (b->n_done == 0)
        put_row(w, v, b, corner, NULL);
    return SFD_OK;
}

static sfd_status put_video(const ava_writer *w, sfd_labelled_video *v, sfd_error *err)
{
    sfd_person_samples s;
    sfd_sampled_picture p = {0};
    sfd_status status = sfd_sample_persons(&s, w->a, v, SFD_KEYFRAMES, err);
    while (status == SFD_OK && sfd_next_sampled_picture(&s, &p)) {
        for (size_t i = 0; status == SFD_OK && i < p.n; i++)
            status = put_box(w, v, &s.boxes[p.first + i], err);
        if (p.n == 0) {
            put_time(w, v, p.time_s);
            fputc('\n', w->f);
        }
    }
    sfd_person_samples_free(&s);
    return status;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    ava_writer w = {a, f, sfd_set_has_scores(a), false};
    sfd_status status = SFD_OK;
    for (size_t k = 0; k < a->n_videos; k++)
        for (size_t i = 0; i < a->videos[k]->n_boxes; i++) {
            const sfd_person_box *b = &a->videos[k]->boxes[i];
            w.ids |= b->has_person_id;
            w.scores |= b->n_done == 0 && b->score != SFD_NO_SCORE;
        }
    for (size_t k = 0; status == SFD_OK && k < a->n_videos; k++)
        status = put_video(&w, a->videos[k], err);
    return status;
}

const sfd_format sfd_format_ava = {
    .info = {.name = "ava",
             .extension = ".csv",
             .summary = "AVA's csv: ground truth, detections, boxes of persons",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
