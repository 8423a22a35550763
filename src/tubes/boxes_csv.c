/* SPDX-License-Identifier: Apache-2.0 */
/* Detections from csv: video_id,frame,x1,y1,x2,y2,label,score[,person_id], and MOTChallenge's
 * of one video (base/mot_row.h). */
#include "base/ava_row.h"
#include "base/error.h"
#include "base/mot_row.h"
#include "tubes/boxes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_ID      9e15 /* all below are exact as double */
#define MAX_LABEL   1e6
#define MAX_FRAME   1e9
#define PERSON      SFD_AVA_COLUMNS /* behind AVA's columns */
#define N_LOOKED_AT 100             /* rows that tell what a file is */

typedef struct csv_reader {
    sfd_tube_boxes *b;
    size_t video; /* of MOT's rows */
    bool is_mot;
    size_t n_looked_at, n_mot, n_other;
} csv_reader;

static sfd_status whole(const sfd_csv_row *row, size_t column, const char *what, double least,
                        double most, double *v, sfd_error *err)
{
    char wanted[80];
    if (sfd_csv_number(row, column, v) && *v == floor(*v) && *v >= least && *v <= most)
        return SFD_OK;
    snprintf(wanted, sizeof wanted, "a whole number from %.0f to %.0f", least, most);
    return sfd_csv_fail(err, row, column, what, wanted);
}

static sfd_status read_row(csv_reader *r, const sfd_csv_row *row, sfd_error *err)
{
    static const char *const names[] = {"x1", "y1", "x2", "y2"};
    sfd_tube_box box = {.person = SFD_NO_PERSON};
    double v[4] = {0}, time = 0, label = 0, id = 0;
    if (sfd_ava_row_is_frame(row))
        return SFD_OK;
    if (row->n_fields < SFD_AVA_COLUMNS || row->n_fields > PERSON + 1)
        return sfd_ava_fail_columns(row, "video_id,frame,x1,y1,x2,y2,label,score[,person_id]", err);
    sfd_status st = sfd_csv_read_number(row, SFD_AVA_TIME, "frame", &time, err);
    for (size_t c = 0; c < 4 && st == SFD_OK; c++)
        st = sfd_csv_read_number(row, SFD_AVA_X1 + c, names[c], &v[c], err);
    if (st == SFD_OK)
        st = whole(row, SFD_AVA_LABEL, "label", 0, MAX_LABEL, &label, err);
    if (st == SFD_OK)
        st = sfd_csv_read_number(row, SFD_AVA_LAST, "score", &box.score, err);
    if (st == SFD_OK && row->n_fields > PERSON && row->fields[PERSON].length > 0) {
        st = whole(row, PERSON, "person id", -MAX_ID, MAX_ID, &id, err);
        box.person = (int64_t)id;
    }
    if (st == SFD_OK)
        st = sfd_tube_boxes_frame(r->b, time, &box.frame, err);
    if (st != SFD_OK || !sfd_tube_boxes_video(r->b, row->fields[SFD_AVA_VIDEO].text, 1, &box.video))
        return st;
    box.label = (size_t)label;
    return sfd_tube_boxes_add(r->b, &box, v, false, err);
}

static sfd_status read_mot_row(csv_reader *r, const sfd_csv_row *row, sfd_error *err)
{
    sfd_mot_row m;
    const sfd_status st = sfd_mot_row_read(&m, row, err);
    if (st != SFD_OK)
        return st;
    if (m.frame > MAX_FRAME)
        return sfd_csv_fail(err, row, 0, "frame", "a frame of a video");
    const sfd_tube_box box = {.video = r->video,
                              .frame = (int64_t)m.frame,
                              .person = m.id == -1 ? SFD_NO_PERSON : m.id,
                              .score = m.conf == -1 ? 1 : m.conf};
    const double corner[4] = {m.x, m.y, m.x + m.width, m.y + m.height};
    return sfd_tube_boxes_add(r->b, &box, corner, true, err);
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    csv_reader *r = user;
    sfd_bad_rows *bad = &r->b->bad;
    return sfd_bad_rows_count(
        bad, r->is_mot ? read_mot_row(r, row, &bad->row) : read_row(r, row, &bad->row), err);
}

/* Ours have eight columns, and nine where they name persons. */
static sfd_status look_at_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    csv_reader *r = user;
    (void)err;
    if (sfd_mot_row_is_likely(row) && row->n_fields != SFD_AVA_COLUMNS)
        r->n_mot++;
    else
        r->n_other++;
    return ++r->n_looked_at < N_LOOKED_AT ? SFD_OK : SFD_ERR_CANCELLED;
}

/* MOT's rows name no video: the truth's only one, or the one that the file is named after. */
static sfd_status find_video(csv_reader *r, sfd_error *err)
{
    const sfd_tube_truth *t = r->b->truth;
    const char *slash = strrchr(r->b->path, '/'), *name = slash ? slash + 1 : r->b->path;
    const size_t n = strcspn(name, ".");
    for (size_t i = 0; i < t->n_counted; i++) {
        const char *last = strrchr(t->videos[i].name, '/');
        last = last ? last + 1 : t->videos[i].name;
        if (t->n_counted == 1 || (strlen(last) == n && memcmp(last, name, n) == 0)) {
            r->video = i;
            return SFD_OK;
        }
    }
    return sfd_fail(err, SFD_ERR_MISMATCH,
                    "%s: MOT's rows name no video, and none of the %zu in %s has the file's name",
                    r->b->path, t->n_counted, t->path);
}

sfd_status sfd_tube_boxes_read_csv(sfd_tube_boxes *b, const char *text, size_t n, sfd_error *err)
{
    csv_reader r = {.b = b};
    if (sfd_ava_parse(b->path, text, n, look_at_row, &r, NULL, NULL) == SFD_ERR_NOMEM)
        return sfd_fail_nomem(err, b->path);
    r.is_mot = r.n_mot > r.n_other;
    if (r.is_mot) {
        const sfd_status status = find_video(&r, err);
        if (status != SFD_OK)
            return status;
        b->unlabelled = true;
        b->labels_from = 0;
    }
    return sfd_ava_parse(b->path, text, n, on_row, &r, NULL, err);
}
