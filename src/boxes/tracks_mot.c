/* SPDX-License-Identifier: Apache-2.0 */
/* Tracks in MOTChallenge's csv files (base/mot_row.h). */
#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/bad_rows.h"
#include "base/box.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mot_row.h"
#include "base/outfile.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "boxes/tracks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void sfd_mot_settings_defaults_sized(sfd_mot_settings *s, size_t struct_size)
{
    const sfd_mot_settings defaults = {.fps = SFD_TIMELINE_FPS, .max_gap_s = 2};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status take_settings(sfd_mot_settings *s, const sfd_mot_settings *given, sfd_error *err)
{
    sfd_status status = SFD_SETTINGS_TAKE(sfd_mot_settings, s, given, err);
    if (status != SFD_OK)
        return status;
    if (s->width < 1 || s->height < 1)
        return sfd_fail(err, SFD_ERR_ARG, "MOT's pixels need the size of the video, %d x %d given",
                        s->width, s->height);
    if (!(s->fps >= 0.001 && s->fps <= 1000) || !isfinite(s->timestamp_offset_s) ||
        !(fabs(s->timestamp_offset_s) <= SFD_AVA_MAX_TIMESTAMP_S) || !(s->max_gap_s >= 0))
        return sfd_fail(err, SFD_ERR_ARG,
                        "MOT's frames at %g a second from %g s, gaps of %g s: out of range", s->fps,
                        s->timestamp_offset_s, s->max_gap_s);
    return SFD_OK;
}

/* ------------------------------------------------------------------ reading */

typedef struct mot_box {
    sfd_track_box box;
    uint64_t line;
    double frame;
} mot_box;

typedef struct mot_reader {
    const sfd_mot_settings *s;
    sfd_bad_rows rows;
    mot_box *boxes;
    size_t n_boxes, n_alloc;
    double best_dropped; /* score of persons below the threshold; -1: none */
} mot_reader;

/* *counts: the row is a person's, and within the picture. */
static sfd_status parse_row(const mot_reader *r, const sfd_csv_row *row, mot_box *out, bool *counts,
                            sfd_error *err)
{
    sfd_mot_row m;
    const double w = r->s->width, h = r->s->height;
    const sfd_status status = sfd_mot_row_read(&m, row, err);
    if (status != SFD_OK)
        return status;
    *out = (mot_box){
        .box = {.timestamp_s = r->s->timestamp_offset_s + (m.frame - 1) / r->s->fps,
                .box = {m.x / w, m.y / h, (m.x + m.width) / w, (m.y + m.height) / h},
                .score = m.conf >= 0 && m.conf <= 1 ? m.conf : 1,
                .person_id = m.id >= 0 ? m.id : 0,
                .has_person_id = m.id >= 0},
        .line = row->line,
        .frame = m.frame,
    };
    sfd_box_clip(&out->box.box);
    *counts = m.conf != 0 && m.category == 1 && sfd_box_has_area(&out->box.box);
    return SFD_OK;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    mot_reader *r = user;
    mot_box box;
    bool counts = false;
    const sfd_status status = parse_row(r, row, &box, &counts, &r->rows.row);
    if (counts && box.box.score < r->s->box_threshold) {
        r->best_dropped = fmax(r->best_dropped, box.box.score);
    } else if (counts) {
        if (!sfd_grow(&r->boxes, &r->n_alloc, r->n_boxes, sizeof *r->boxes))
            return sfd_fail_nomem(err, row->path);
        r->boxes[r->n_boxes++] = box;
    }
    return sfd_bad_rows_count(&r->rows, status, err);
}

static int compare_boxes(const void *a, const void *b)
{
    const mot_box *x = a, *y = b;
    if (x->box.has_person_id != y->box.has_person_id)
        return x->box.has_person_id ? -1 : 1;
    if (x->box.person_id != y->box.person_id)
        return x->box.person_id < y->box.person_id ? -1 : 1;
    if (x->box.has_person_id && x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static bool same_person(const mot_box *x, const mot_box *y)
{
    return x->box.has_person_id && y->box.has_person_id && x->box.person_id == y->box.person_id &&
           x->frame == y->frame;
}

/* A person's second box in a frame is a bad row. */
static sfd_status leave_out_doubled(mot_reader *r, const char *path, sfd_error *err)
{
    sfd_status status = SFD_OK;
    size_t n = 0;
    if (r->n_boxes > 0)
        qsort(r->boxes, r->n_boxes, sizeof *r->boxes, compare_boxes);
    for (size_t i = 0; i < r->n_boxes && status == SFD_OK; i++) {
        const mot_box *b = &r->boxes[i];
        if (n == 0 || !same_person(&r->boxes[n - 1], b)) {
            r->boxes[n++] = *b;
            continue;
        }
        r->rows.n_good--;
        status = sfd_bad_rows_count(
            &r->rows,
            sfd_fail(&r->rows.row, SFD_ERR_FORMAT,
                     "%s: line %llu: person %lld has a box in frame %.0f already, in line %llu",
                     path, (unsigned long long)b->line, (long long)b->box.person_id, b->frame,
                     (unsigned long long)r->boxes[n - 1].line),
            err);
    }
    r->n_boxes = n;
    return status;
}

static sfd_status make(sfd_tracks **out, const mot_reader *r, const char *path, sfd_error *err)
{
    sfd_track_box *boxes = sfd_malloc_array(r->n_boxes, sizeof *boxes);
    if (!boxes)
        return sfd_fail_nomem(err, path);
    for (size_t i = 0; i < r->n_boxes; i++)
        boxes[i] = r->boxes[i].box;
    const sfd_status status = sfd_tracks_make(out, boxes, r->n_boxes, r->s->max_gap_s, err);
    free(boxes);
    return status;
}

sfd_status sfd_tracks_read_mot(sfd_tracks **out, const char *path, const sfd_mot_settings *settings,
                               sfd_error *err)
{
    sfd_mot_settings s;
    *out = NULL;
    sfd_status status = take_settings(&s, settings, err);
    if (status != SFD_OK)
        return status;
    mot_reader r = {
        .s = &s,
        .rows = {.strict = s.strict, .user = s.user, .on_warning = s.on_warning},
        .best_dropped = -1,
    };
    status = sfd_ava_read(path, on_row, &r, NULL, err);
    if (status == SFD_OK)
        status = leave_out_doubled(&r, path, err);
    if (status == SFD_OK)
        status = sfd_bad_rows_end(&r.rows, path, err);
    if (status == SFD_OK && r.n_boxes == 0 && r.best_dropped >= 0)
        status = sfd_fail(err, SFD_ERR_MISMATCH, "%s: no box scores %g or more; the best has %g",
                          path, s.box_threshold, r.best_dropped);
    if (status == SFD_OK)
        status = make(out, &r, path, err);
    free(r.boxes);
    return status;
}

/* Looks at the first row with content and ends the reading. */
static sfd_status look_at_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    enum { FRAME, WIDTH = 4, HEIGHT, CONF };
    bool *is_mot = user;
    double v[SFD_MOT_MAX_COLUMNS];
    (void)err;
    *is_mot = row->n_fields > CONF && row->n_fields <= SFD_MOT_MAX_COLUMNS;
    for (size_t c = 0; *is_mot && c < row->n_fields; c++)
        *is_mot = sfd_csv_number(row, c, &v[c]);
    *is_mot = *is_mot && v[FRAME] == floor(v[FRAME]) && v[WIDTH] > 2 && v[HEIGHT] > 2;
    return SFD_ERR_CANCELLED;
}

/* MOT has no row for a frame without people: a file without rows is told by its name. */
static bool is_mot_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcasecmp(dot, ".txt") == 0;
}

bool sfd_is_mot_file(const char *path)
{
    size_t n;
    const int fd = strcmp(path, "-") == 0 ? -1 : sfd_open_to_read(path, &n, NULL);
    if (fd < 0) /* what can be read once is not looked into */
        return false;
    close(fd);
    bool is_mot = n == 0 && is_mot_name(path);
    sfd_ava_read(path, look_at_row, &is_mot, NULL, NULL);
    return is_mot;
}

/* ------------------------------------------------------------------ writing */

static void write_row(FILE *f, const sfd_mot_settings *s, int64_t frame, const sfd_track_box *b)
{
    char text[5][SFD_DECIMAL_CHARS];
    const double value[5] = {b->box.x1 * s->width, b->box.y1 * s->height,
                             (b->box.x2 - b->box.x1) * s->width,
                             (b->box.y2 - b->box.y1) * s->height, b->score};
    for (int i = 0; i < 5; i++)
        sfd_format_short(text[i], value[i]);
    fprintf(f, "%lld,%lld,%s,%s,%s,%s,%s,-1,-1,-1\n", (long long)frame + 1,
            b->has_person_id ? (long long)b->person_id : -1, text[0], text[1], text[2], text[3],
            text[4]);
}

/* Frame after frame while somebody is there; where nobody is, the next one somebody comes in. */
static void write_rows(FILE *f, const sfd_tracks *t, const sfd_mot_settings *s,
                       sfd_track_box *boxes, size_t n_room)
{
    double next_s = sfd_tracks_next_time(t, -INFINITY);
    int64_t frame = 0;
    while (isfinite(next_s)) {
        const double comes = ceil((next_s - s->timestamp_offset_s) * s->fps - 0.5);
        if (comes > (double)frame)
            frame = (int64_t)fmin(comes, SFD_MOT_MAX_FRAME);
        size_t n = 1;
        for (; n > 0 && !ferror(f); frame++) {
            n = sfd_tracks_at(t, s->timestamp_offset_s + (double)frame / s->fps, boxes, n_room);
            for (size_t i = 0; i < n; i++)
                write_row(f, s, frame, &boxes[i]);
        }
        if (ferror(f))
            return;
        next_s = sfd_tracks_next_time(t, s->timestamp_offset_s + (double)(frame - 1) / s->fps);
    }
}

sfd_status sfd_tracks_write_mot(const sfd_tracks *t, const char *path,
                                const sfd_mot_settings *settings, sfd_error *err)
{
    sfd_mot_settings s;
    sfd_outfile *file;
    const size_t n_room = sfd_tracks_count(t);
    sfd_status status = take_settings(&s, settings, err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    sfd_track_box *boxes = sfd_malloc_array(n_room, sizeof *boxes);
    if (boxes)
        write_rows(sfd_outfile_stream(file), t, &s, boxes, n_room);
    free(boxes);
    if (boxes)
        return sfd_outfile_commit(file, err);
    sfd_outfile_discard(file);
    return sfd_fail_nomem(err, path);
}
