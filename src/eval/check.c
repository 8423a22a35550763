/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes that still give a number. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/utf8.h"
#include "eval/match.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A shifted label list must explain the detections this much better than the given one. */
#define SHIFT_FACTOR  2.0
#define MIN_SHIFT_SUM 3.0
#define OVERLAP       0.5

typedef struct checker {
    const sfd_eval *e;
    const sfd_rows *detections;
    sfd_eval_warn_fn warn;
    void *user;
    size_t n_found;
} checker;

static void report(checker *c, const char *fmt, ...) SFD_PRINTF(2, 3);

static void report(checker *c, const char *fmt, ...)
{
    char message[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    sfd_make_printable(message); /* video ids are any bytes */
    c->n_found++;
    c->warn(c->user, message);
}

/* ---- coordinates and labels ---- */

static void place(char *text, size_t size, const sfd_rows *rows, const sfd_sighting *s)
{
    if (s->line > 0)
        snprintf(text, size, "%s: line %llu", rows->path, (unsigned long long)s->line);
    else
        snprintf(text, size, "%s", rows->path);
}

static void check_values(checker *c, const sfd_rows *rows)
{
    char where[400];
    if (rows->pixels.n > 0) {
        place(where, sizeof where, rows, &rows->pixels);
        report(c,
               "%s: coordinate %g: are these pixels? Fractions of the picture are wanted (%zu "
               "row%s)",
               where, rows->pixels.value, rows->pixels.n, sfd_plural(rows->pixels.n));
    }
    if (rows->inverted.n > 0) {
        place(where, sizeof where, rows, &rows->inverted);
        report(c,
               "%s: %zu of %zu box%s x2 <= x1 or y2 <= y1: another order of corners, or width "
               "and height?",
               where, rows->inverted.n, rows->n_read - rows->n_frame_only,
               rows->n_read - rows->n_frame_only == 1 ? " has" : "es have");
    }
    if (rows->no_action.n > 0) {
        place(where, sizeof where, rows, &rows->no_action);
        report(c,
               "%s: label %.0f is no AVA action, ids start at 1: are labels off by one? (%zu "
               "rows)",
               where, rows->no_action.value, rows->no_action.n);
    }
}

/* ---- text */

/* What sfd_ava_read left out or took for something else, where the original would not. */
static void check_text(checker *c, const char *path, const sfd_ava_tolerated *t)
{
    const char *dialect = c->e->rules->name;
    if (t->mark)
        report(
            c,
            "%s: begins with a byte order mark, which is left out; %s makes it part of the first "
            "video id",
            path, dialect);
    const struct {
        uint64_t line;
        const char *what;
    } refused[] = {{t->header, "a header line is left out"},
                   {t->blank, "a blank line is left out"},
                   {t->tabs, "tabs are taken as commas"},
                   {t->empty_columns, "empty columns at the end are left out"}};
    for (size_t i = 0; path && i < sizeof refused / sizeof *refused; i++)
        if (refused[i].line)
            report(c, "%s: line %llu: %s; %s refuses that", path,
                   (unsigned long long)refused[i].line, refused[i].what, dialect);
    if (t->padding)
        report(c, "%s: line %llu: blanks around a video id are left out; %s makes them part of it",
               path, (unsigned long long)t->padding, dialect);
}

static void check_rows_text(checker *c, const sfd_rows *rows)
{
    check_text(c, rows->path, &rows->tolerated);
    if (rows->two_columns.n > 0)
        report(c, "%s: line %llu: %zu row%s of frames without people left out; %s refuses them",
               rows->path, (unsigned long long)rows->two_columns.line, rows->two_columns.n,
               sfd_plural(rows->two_columns.n), c->e->rules->name);
    if (rows->idle.n > 0)
        report(c, "%s: line %llu: %zu row%s of people without an action left out; %s refuses them",
               rows->path, (unsigned long long)rows->idle.line, rows->idle.n,
               sfd_plural(rows->idle.n), c->e->rules->name);
}

/* Scores of detections that overlap a truth whose label is theirs minus 1, theirs, theirs plus 1.
 */
static void sum_shifts(double sums[3], const checker *c, const sfd_frame_groups *truth)
{
    for (size_t i = 0; i < c->detections->n; i++) {
        const sfd_row *r = &c->detections->items[i];
        bool hit[3] = {false, false, false};
        for (size_t k = truth->start[r->frame]; k < truth->start[r->frame + 1]; k++) {
            const sfd_row *t = &c->e->truth.items[truth->rows[k]];
            int shift = t->label - r->label + 1;
            if (shift >= 0 && shift <= 2 && !hit[shift])
                hit[shift] = sfd_iou(&r->box, &t->box, false) >= OVERLAP;
        }
        double weight = r->score >= 0 && r->score <= 1 ? r->score : 1;
        for (int s = 0; s < 3; s++)
            sums[s] += hit[s] ? weight : 0;
    }
}

static bool check_shift(checker *c)
{
    sfd_frame_groups truth = {0};
    if (!sfd_group_by_frame(&truth, &c->e->truth, c->e->frames.n))
        return false;
    double sums[3] = {0};
    sum_shifts(sums, c, &truth);
    for (int s = 0; s <= 2; s += 2)
        if (sums[s] > SHIFT_FACTOR * sums[1] && sums[s] >= MIN_SHIFT_SUM)
            report(c,
                   "%s: labels look off by one: with every label %s by 1 they fit the truth "
                   "%.3g times as often",
                   c->detections->path, s == 0 ? "lowered" : "raised",
                   sums[1] > 0 ? sums[s] / sums[1] : sums[s]);
    sfd_frame_groups_free(&truth);
    return true;
}

/* ---- videos and timestamps ---- */

enum { IN_TRUTH = 1, IN_DETECTIONS = 2, IN_BOTH = 3 };

static void mark(unsigned char *frames, const sfd_rows *rows, unsigned char bit)
{
    for (size_t i = 0; i < rows->n; i++)
        frames[rows->items[i].frame] |= bit;
}

/* One line for all videos that only one of the files has. */
static void check_only_in(checker *c, const unsigned char *videos, unsigned char only,
                          const char *path, const char *other)
{
    size_t n = 0, first = 0;
    for (size_t v = 0; v < c->e->frames.n_videos; v++) {
        if (videos[v] != only)
            continue;
        if (n++ == 0)
            first = v;
    }
    if (n == 1)
        report(c, "%s: video \"%.80s\" does not occur in %s", path, c->e->frames.videos[first].id,
               other);
    else if (n > 1)
        report(c, "%s: %zu videos do not occur in %s, the first is \"%.80s\"", path, n, other,
               c->e->frames.videos[first].id);
}

/* Videos of both files that share no frame: frame numbers or milliseconds for seconds? */
static void check_timestamps(checker *c, const unsigned char *frames, const unsigned char *videos,
                             bool *shares)
{
    size_t n = 0, n_both = 0, first = 0;
    for (size_t f = 0; f < c->e->frames.n; f++)
        if (frames[f] == IN_BOTH || (frames[f] == IN_DETECTIONS && c->e->frames.items[f].in_truth))
            shares[c->e->frames.items[f].video] = true;
    for (size_t v = 0; v < c->e->frames.n_videos; v++) {
        if (videos[v] != IN_BOTH)
            continue;
        n_both++;
        if (!shares[v] && n++ == 0)
            first = v;
    }
    if (n > 0)
        report(c, "%s: no timestamp of video \"%.80s\" matches one in %s (%zu of %zu video%s)",
               c->detections->path, c->e->frames.videos[first].id, c->e->truth.path, n, n_both,
               sfd_plural(n_both));
}

static bool check_frames(checker *c)
{
    size_t n_frames = c->e->frames.n, n_videos = c->e->frames.n_videos;
    unsigned char *frames = sfd_calloc(n_frames, 1), *videos = sfd_calloc(n_videos, 1);
    bool *shares = sfd_calloc(n_videos, sizeof *shares);
    bool ok = frames && videos && shares;
    if (ok) {
        mark(frames, &c->e->truth, IN_TRUTH);
        mark(frames, c->detections, IN_DETECTIONS);
        for (size_t f = 0; f < n_frames; f++)
            videos[c->e->frames.items[f].video] |= frames[f];
        check_only_in(c, videos, IN_DETECTIONS, c->detections->path, c->e->truth.path);
        check_only_in(c, videos, IN_TRUTH, c->e->truth.path, c->detections->path);
        check_timestamps(c, frames, videos, shares);
    }
    free(frames);
    free(videos);
    free(shares);
    return ok;
}

sfd_status sfd_eval_check(size_t *n_found, const sfd_eval *e, const sfd_eval_detections *d,
                          sfd_eval_warn_fn warn, void *user, sfd_error *err)
{
    checker c = {.e = e, .detections = &d->rows, .warn = warn, .user = user};
    *n_found = 0;
    if (e->exclusions_path)
        check_text(&c, e->exclusions_path, &e->exclusions_tolerated);
    check_rows_text(&c, &e->truth);
    check_rows_text(&c, &d->rows);
    check_values(&c, &e->truth);
    check_values(&c, &d->rows);
    if (e->truth.n == 0)
        report(&c, "%s: holds no box with a listed label", e->truth.path ? e->truth.path : "truth");
    if (d->rows.n == 0)
        report(&c, "%s: holds no box with a listed label", d->rows.path);
    bool ok = true;
    if (e->truth.n > 0 && d->rows.n > 0)
        ok = check_frames(&c) && check_shift(&c);
    *n_found = c.n_found;
    return ok ? SFD_OK : sfd_fail_nomem(err, "checking the input");
}
