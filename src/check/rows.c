/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the rows of a file, with all that the other programs refuse. */
#include "base/alloc.h"
#include "base/box.h"
#include "base/error.h"
#include "boxes/proposals_row.h"
#include "check/work.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_PIXEL 2.0 /* fractions of persons who leave the picture are less */

typedef struct reader {
    sfd_check *c;
    sfd_check_file *f;
    sfd_proposals_last last; /* of proposals */
} reader;

static sfd_status find_video(sfd_check *c, const char *id, uint32_t *video, sfd_error *err)
{
    size_t i;
    if (sfd_name_table_find(&c->names, id, &i)) {
        *video = (uint32_t)i;
        return SFD_OK;
    }
    if (c->n_videos == UINT32_MAX ||
        !sfd_grow(&c->videos, &c->videos_alloc, c->n_videos, sizeof *c->videos))
        return sfd_fail_nomem(err, id);
    sfd_check_video *v = &c->videos[c->n_videos];
    *v = (sfd_check_video){.id = sfd_strdup(id)};
    if (!v->id || !sfd_name_table_add(&c->names, v->id, c->n_videos)) {
        free(v->id);
        return sfd_fail_nomem(err, id);
    }
    *video = (uint32_t)c->n_videos++;
    return SFD_OK;
}

/* ------------------------------------------------------------------- columns */

static double largest(const sfd_box_norm *b)
{
    return fmax(fmax(fabs(b->x1), fabs(b->y1)), fmax(fabs(b->x2), fabs(b->y2)));
}

static void take_corners(const reader *r, sfd_check_row *row)
{
    const sfd_box_norm *b = &row->box;
    int corner;
    sfd_box_state state = sfd_box_examine(b, &corner);
    const bool pixels = state != SFD_BOX_NOT_FINITE && largest(b) > LEAST_PIXEL;
    sfd_check_kind kind = SFD_CHECK_OVERHANG;
    const bool empty = b->x1 == b->x2 || b->y1 == b->y2;
    row->kind = sfd_box_usable(state) && !pixels && !empty ? SFD_ROW_BOX : SFD_ROW_BAD;
    if (pixels) {
        kind = SFD_CHECK_PIXELS;
        row->fix = SFD_FIX_PIXELS;
    } else if (empty) {
        kind = SFD_CHECK_EMPTY_BOX;
        row->fix = SFD_FIX_DROP;
    } else if (state == SFD_BOX_CUT) {
        row->fix = SFD_FIX_CLIP;
    } else if (state == SFD_BOX_INVERTED) {
        kind = SFD_CHECK_CORNERS;
        row->fix = SFD_FIX_CORNERS;
    } else if (state != SFD_BOX_FITS) {
        kind = SFD_CHECK_OUTSIDE;
    } else {
        return;
    }
    sfd_check_note(r->c, kind, r->f->path, row->line, "box %g,%g,%g,%g%s", b->x1, b->y1, b->x2,
                   b->y2,
                   kind == SFD_CHECK_PIXELS      ? " is in pixels"
                   : kind == SFD_CHECK_CORNERS   ? " has its corners exchanged"
                   : kind == SFD_CHECK_EMPTY_BOX ? " has no area"
                                                 : " reaches out of the picture");
}

static void take_label(const reader *r, const sfd_csv_row *row, sfd_check_row *out)
{
    sfd_check *c = r->c;
    sfd_error err;
    if (sfd_ava_row_label(row, &out->label, &err) != SFD_OK) {
        out->kind = SFD_ROW_BAD;
        sfd_check_note_message(c, SFD_CHECK_COLUMNS, r->f->path, err.message);
        return;
    }
    const bool is_empty = row->n_fields <= SFD_AVA_LABEL || row->fields[SFD_AVA_LABEL].length == 0;
    if (out->label < 1 && !is_empty)
        sfd_check_note(c, SFD_CHECK_LABEL_ZERO, r->f->path, out->line, "label %d", out->label);
    else if (!is_empty && c->labels.n_labels > 0 && !sfd_label_name(&c->labels, out->label))
        sfd_check_note(c, SFD_CHECK_LABEL_UNKNOWN, r->f->path, out->line,
                       "label %d is not on the list, whose ids end at %d", out->label,
                       c->labels.max_id);
    else
        return;
    out->kind = SFD_ROW_BAD;
}

/* Score and id behind a detector's box. */
static void take_rest(reader *r, const sfd_csv_row *row, sfd_check_row *out)
{
    sfd_box_to_add ignored = {0};
    sfd_error err;
    if (sfd_proposals_row_rest(&r->last, row, &ignored, &err) == SFD_OK)
        return;
    out->kind = SFD_ROW_BAD;
    sfd_check_note_message(r->c, SFD_CHECK_PROPOSAL_ROWS, r->f->path, err.message);
}

static sfd_status check_columns(const reader *r, const sfd_csv_row *row, sfd_error *err)
{
    if (sfd_ava_row_is_frame(row))
        return SFD_OK;
    return r->f->is_proposals ? sfd_proposals_row_columns(row, err)
                              : sfd_ava_row_check(row, "video_id,timestamp,x1,y1,x2,y2,label", err);
}

/* Everything but the video. False: the row was told as a whole. */
static bool take_columns(const reader *r, const sfd_csv_row *row, sfd_check_row *out)
{
    sfd_error err = {0};
    double *corners[] = {&out->box.x1, &out->box.y1, &out->box.x2, &out->box.y2};
    sfd_status status = check_columns(r, row, &err);
    if (status == SFD_OK)
        status = sfd_ava_row_time(row, &out->time_s, &err);
    if (sfd_ava_row_is_frame(row) && status == SFD_OK) {
        out->kind = SFD_ROW_FRAME;
        return true;
    }
    for (size_t i = 0; i < 4 && status == SFD_OK; i++)
        status = sfd_csv_read_number(row, SFD_AVA_X1 + i, "corner", corners[i], &err);
    if (status == SFD_OK)
        return true;
    sfd_check_note_message(r->c, r->f->is_proposals ? SFD_CHECK_PROPOSAL_ROWS : SFD_CHECK_COLUMNS,
                           r->f->path, err.message);
    out->kind = SFD_ROW_BAD;
    return false;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    reader *r = user;
    sfd_check_file *f = r->f;
    sfd_check_row out = {.line = row->line};
    if (r->c->s.should_stop && f->n % 4096 == 0 && r->c->s.should_stop(r->c->s.user))
        return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
    sfd_status status = find_video(r->c, row->fields[SFD_AVA_VIDEO].text, &out.video, err);
    if (take_columns(r, row, &out) && out.kind != SFD_ROW_FRAME) {
        take_corners(r, &out);
        if (f->has_labels)
            take_label(r, row, &out);
        if (f->is_proposals)
            take_rest(r, row, &out);
    }
    if (status == SFD_OK && !sfd_grow(&f->rows, &f->n_alloc, f->n, sizeof *f->rows))
        status = sfd_fail_nomem(err, f->path);
    if (status == SFD_OK)
        f->rows[f->n++] = out;
    return status;
}

/* ---------------------------------------------------------------------- text */

static void note_text(sfd_check *c, const char *path, const sfd_ava_tolerated *t)
{
    const struct {
        uint64_t line;
        const char *what;
    } odd[] = {{t->header, "a header line"},
               {t->blank, "a blank line"},
               {t->padding, "blanks around a video id"},
               {t->tabs, "tabs for commas"},
               {t->empty_columns, "empty columns at the end"}};
    if (t->mark)
        sfd_check_note(c, SFD_CHECK_ENCODING, path, 0, "begins with a byte order mark");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (odd[i].line)
            sfd_check_note(c, SFD_CHECK_SEPARATORS, path, odd[i].line, "%s", odd[i].what);
}

/* ------------------------------------------------------------------- sorting */

int sfd_check_compare_keyframes(const sfd_check_row *a, const sfd_check_row *b)
{
    if (a->video != b->video)
        return a->video < b->video ? -1 : 1;
    return (a->time_s > b->time_s) - (a->time_s < b->time_s);
}

static int compare(const void *x, const void *y)
{
    const sfd_check_row *a = *(const sfd_check_row *const *)x;
    const sfd_check_row *b = *(const sfd_check_row *const *)y;
    const int order = sfd_check_compare_keyframes(a, b);
    const double left[] = {a->box.x1, a->box.y1, a->box.x2, a->box.y2, a->label, (double)a->line};
    const double right[] = {b->box.x1, b->box.y1, b->box.x2, b->box.y2, b->label, (double)b->line};
    if (order != 0)
        return order;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

size_t sfd_check_keyframe_end(const sfd_check_file *f, size_t at)
{
    size_t end = at + 1;
    while (end < f->n && sfd_check_compare_keyframes(f->sorted[at], f->sorted[end]) == 0)
        end++;
    return end;
}

static sfd_status sort(sfd_check_file *f, sfd_error *err)
{
    f->sorted = sfd_calloc(f->n, sizeof *f->sorted);
    if (!f->sorted)
        return sfd_fail_nomem(err, f->path);
    for (size_t i = 0; i < f->n; i++)
        f->sorted[i] = &f->rows[i];
    qsort(f->sorted, f->n, sizeof *f->sorted, compare);
    return SFD_OK;
}

/* Boxes of x,y,width,height are inverted often, not always; a slip of the hand is so seldom, an
 * order of one's own always. */
static void judge_corners(sfd_check *c, const sfd_check_file *f)
{
    sfd_found *found = sfd_check_find(c, SFD_CHECK_CORNERS, f->path);
    if (!found || found->n * 10 <= f->n || found->n * 20 >= f->n * 19)
        return;
    found->not_fixed = true;
    for (size_t i = 0; i < f->n; i++)
        f->rows[i].fix &= (uint8_t)~SFD_FIX_CORNERS;
}

static sfd_status read_csv(sfd_check *c, sfd_check_file *f, sfd_error *err)
{
    reader r = {.c = c, .f = f};
    sfd_ava_tolerated tolerated = {0};
    sfd_error reason = {0};
    sfd_status status = sfd_ava_read(f->path, on_row, &r, &tolerated, &reason);
    if (status == SFD_ERR_NOMEM || status == SFD_ERR_CANCELLED)
        return sfd_fail(err, status, "%s", reason.message);
    if (status != SFD_OK)
        sfd_check_note_message(c, SFD_CHECK_UNREADABLE, f->path, reason.message);
    if (r.last.beyond_one.status != SFD_OK && !sfd_proposals_last_is_ids(&r.last))
        sfd_check_note_message(c, SFD_CHECK_PROPOSAL_ROWS, f->path, r.last.beyond_one.message);
    note_text(c, f->path, &tolerated);
    judge_corners(c, f);
    return SFD_OK;
}

sfd_status sfd_check_read(sfd_check *c, sfd_check_file *f, sfd_error *err)
{
    bool done = false;
    if (!f->path)
        return SFD_OK;
    sfd_status status = SFD_OK;
    if (f->is_proposals)
        status = sfd_check_read_proposed(c, f, &done, err);
    if (status == SFD_OK && !done)
        status = read_csv(c, f, err);
    return status == SFD_OK ? sort(f, err) : status;
}
