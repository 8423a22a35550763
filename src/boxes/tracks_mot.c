/* SPDX-License-Identifier: Apache-2.0 */
/* Tracks in MOTChallenge's csv files, frame,id,x,y,width,height[,conf[,...]]: frames count from 1,
 * boxes are in pixels. Ground truth has nine columns (conf 0: does not count; class; visibility),
 * detections and results ten, the last three -1. */
#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/bad_rows.h"
#include "base/box.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/timeline.h"
#include "boxes/tracks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAX_ID    9e15 /* all below are exact as double */
#define MAX_FRAME 1e12

enum { FRAME, ID, X, Y, WIDTH, HEIGHT, CONF, CLASS, N_TRUTH = 9, N_MOST = 10 };

static const char *const names[] = {"frame", "id", "x", "y", "width", "height", "conf", "class"};

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

static sfd_status number(const sfd_csv_row *row, int column, double *value, sfd_error *err)
{
    const sfd_csv_field *f = &row->fields[column];
    if (sfd_parse_double(f->text, f->length, value) && isfinite(*value))
        return SFD_OK;
    return sfd_csv_fail(err, row, (size_t)column, names[column], "a number");
}

static sfd_status whole_number(const sfd_csv_row *row, int column, double least, double most,
                               double *value, sfd_error *err)
{
    sfd_status status = number(row, column, value, err);
    if (status != SFD_OK || (*value == floor(*value) && *value >= least && *value <= most))
        return status;
    return sfd_csv_fail(err, row, (size_t)column, names[column],
                        column == FRAME ? "a whole number from 1 on" : "a whole number");
}

/* *counts: the row is a person's, and within the picture. */
static sfd_status parse_row(const mot_reader *r, const sfd_csv_row *row, mot_box *out, bool *counts,
                            sfd_error *err)
{
    double v[CLASS + 1] = {[CONF] = 1, [CLASS] = 1};
    sfd_status status = whole_number(row, FRAME, 1, MAX_FRAME, &v[FRAME], err);
    if (status == SFD_OK)
        status = whole_number(row, ID, -MAX_ID, MAX_ID, &v[ID], err);
    for (int c = X; c <= HEIGHT && status == SFD_OK; c++)
        status = number(row, c, &v[c], err);
    for (int c = WIDTH; c <= HEIGHT && status == SFD_OK; c++)
        if (!(v[c] >= 0))
            status = sfd_csv_fail(err, row, (size_t)c, names[c], "0 or more");
    if (status == SFD_OK && row->n_fields > CONF)
        status = number(row, CONF, &v[CONF], err);
    if (status == SFD_OK && row->n_fields == N_TRUTH)
        status = number(row, CLASS, &v[CLASS], err);
    if (status != SFD_OK)
        return status;
    const double w = r->s->width, h = r->s->height;
    sfd_track_box *box = &out->box;
    out->line = row->line;
    out->frame = v[FRAME];
    *box =
        (sfd_track_box){.timestamp_s = r->s->timestamp_offset_s + (v[FRAME] - 1) / r->s->fps,
                        .box = {v[X] / w, v[Y] / h, (v[X] + v[WIDTH]) / w, (v[Y] + v[HEIGHT]) / h},
                        .score = v[CONF] >= 0 && v[CONF] <= 1 ? v[CONF] : 1,
                        .person_id = v[ID] >= 0 ? (int64_t)v[ID] : 0,
                        .has_person_id = v[ID] >= 0};
    sfd_box_clip(&box->box);
    *counts = v[CONF] != 0 && v[CLASS] == 1 && sfd_box_has_area(&box->box);
    return SFD_OK;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    mot_reader *r = user;
    mot_box box;
    bool counts = false;
    sfd_status status;
    if (row->n_fields <= HEIGHT || row->n_fields > N_MOST)
        status = sfd_ava_fail_columns(row, "frame,id,x,y,width,height,conf,...", &r->rows.row);
    else
        status = parse_row(r, row, &box, &counts, &r->rows.row);
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
    bool *is_mot = user;
    double v[N_MOST];
    (void)err;
    *is_mot = row->n_fields > CONF && row->n_fields <= N_MOST;
    for (size_t c = 0; *is_mot && c < row->n_fields; c++)
        *is_mot = sfd_parse_double(row->fields[c].text, row->fields[c].length, &v[c]);
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
            frame = (int64_t)fmin(comes, MAX_FRAME);
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
