/* SPDX-License-Identifier: Apache-2.0 */
/* What YOLO's trackers save as text: a folder of VIDEO_FRAME.txt, frames from 1, with rows of
 * class, centre x, centre y, width, height as fractions, and after them the score, the person's id,
 * or both. Class 0 is persons. */
#include "annotations/format.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE_BYTES ((size_t)1 << 24)
#define MAX_COLUMNS    7
#define MAX_ID         9e15

enum { CLASS, X, Y, WIDTH, HEIGHT, SCORE_OR_ID, ID };

typedef struct yolo_file {
    char *name;
    int64_t frame; /* from 1 */
    size_t n_stem; /* characters of the video's name */
} yolo_file;

typedef struct yolo_reader {
    sfd_annotations *a;
    const char *folder;
    yolo_file *files;
    size_t n, n_alloc;
} yolo_reader;

/* VIDEO_12.txt */
static bool split(yolo_file *out, const char *name)
{
    const char *dot = strrchr(name, '.'), *line = strrchr(name, '_');
    long long frame;
    if (!dot || strcmp(dot, ".txt") != 0 || !line || line == name || line > dot ||
        !sfd_parse_long(line + 1, (size_t)(dot - line - 1), &frame) || frame < 1 ||
        frame > 1000000000)
        return false;
    out->n_stem = (size_t)(line - name);
    out->frame = frame;
    return true;
}

static int by_video(const void *pa, const void *pb)
{
    const yolo_file *a = pa, *b = pb;
    const int c = strncmp(a->name, b->name, a->n_stem < b->n_stem ? a->n_stem : b->n_stem);
    if (c != 0 || a->n_stem != b->n_stem)
        return c ? c : (a->n_stem > b->n_stem) - (a->n_stem < b->n_stem);
    return (a->frame > b->frame) - (a->frame < b->frame);
}

static sfd_status list_files(yolo_reader *r, sfd_error *err)
{
    DIR *dir = opendir(r->folder);
    sfd_status status = dir ? SFD_OK : sfd_fail_errno(err, r->folder, "open");
    for (struct dirent *d = dir ? readdir(dir) : NULL; d && status == SFD_OK; d = readdir(dir)) {
        yolo_file f = {0};
        if (!split(&f, d->d_name))
            continue;
        f.name = sfd_strdup(d->d_name);
        if (!f.name || !sfd_grow(&r->files, &r->n_alloc, r->n, sizeof *r->files)) {
            free(f.name);
            status = sfd_fail_nomem(err, r->folder);
            break;
        }
        r->files[r->n++] = f;
    }
    if (dir)
        closedir(dir);
    if (status == SFD_OK && r->n == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a folder without files VIDEO_FRAME.txt",
                        r->folder);
    if (status == SFD_OK)
        qsort(r->files, r->n, sizeof *r->files, by_video);
    return status;
}

static bool matches(const sfd_annotation_input *in)
{
    return in->is_folder;
}

/* ---- rows */

/* The numbers of a line; -1: not all are numbers, or there are too many. */
static int parse_line(const char *line, size_t n, double *v, bool *last_is_whole)
{
    int k = 0;
    for (const char *at = line, *end = line + n; at < end;) {
        while (at < end && strchr(" \t\r", *at))
            at++;
        size_t length = 0;
        while (at + length < end && !strchr(" \t\r", at[length]))
            length++;
        if (length == 0)
            break;
        if (k == MAX_COLUMNS || !sfd_parse_double(at, length, &v[k]) || !isfinite(v[k]))
            return -1;
        *last_is_whole = !memchr(at, '.', length) && !memchr(at, 'e', length);
        at += length;
        k++;
    }
    return k;
}

static sfd_status add_row(yolo_reader *r, sfd_labelled_video *v, double time_s, const double *c,
                          int n, bool whole, const char *place, sfd_error *err)
{
    sfd_person_box b = {.time_s = time_s, .score = SFD_NO_SCORE};
    const bool has_id = n == ID + 1 || (n == SCORE_OR_ID + 1 && whole);
    if (c[CLASS] != 0) {
        sfd_tally_add(&r->a->tally, "boxes left out of other classes than 0, persons", place);
        return SFD_OK;
    }
    memcpy(b.corner,
           (double[4]){c[X] - c[WIDTH] / 2, c[Y] - c[HEIGHT] / 2, c[X] + c[WIDTH] / 2,
                       c[Y] + c[HEIGHT] / 2},
           sizeof b.corner);
    if (n == ID + 1 || (n == SCORE_OR_ID + 1 && !whole))
        b.score = c[SCORE_OR_ID];
    if (has_id && fabs(c[n - 1]) <= MAX_ID) {
        b.person_id = (int64_t)c[n - 1];
        b.has_person_id = true;
    }
    return sfd_set_add(r->a, v, &b, SFD_UNIT_FRACTIONS, place, err);
}

static sfd_status read_rows(yolo_reader *r, sfd_labelled_video *v, double time_s, const char *path,
                            const char *text, sfd_error *err)
{
    sfd_status status = SFD_OK;
    char place[320];
    size_t line = 0;
    for (const char *at = text; status == SFD_OK && *at;) {
        double c[MAX_COLUMNS];
        bool whole = false;
        const size_t n = strcspn(at, "\n");
        const int k = parse_line(at, n, c, &whole);
        snprintf(place, sizeof place, "%.250s: line %zu", path, ++line);
        if (k != 0 && k < SCORE_OR_ID)
            status = sfd_fail(err, SFD_ERR_FORMAT,
                              "%s: wanted class, x, y, width, height[, score][, id]", place);
        else if (k != 0)
            status = add_row(r, v, time_s, c, k, whole, place, err);
        at += n + (at[n] == '\n');
    }
    return status;
}

static sfd_status read_file(yolo_reader *r, const yolo_file *f, sfd_error *err)
{
    char *path = malloc(strlen(r->folder) + strlen(f->name) + 2), *text = NULL;
    char *id = sfd_strndup(f->name, f->n_stem);
    size_t n;
    double time_s = 0;
    sfd_labelled_video *v;
    if (!path || !id) {
        free(path);
        free(id);
        return sfd_fail_nomem(err, r->folder);
    }
    sprintf(path, "%s/%s", r->folder, f->name);
    sfd_status status = sfd_read_text(&text, &n, path, MAX_FILE_BYTES, err);
    if (status == SFD_OK)
        status = sfd_set_video(r->a, &v, id, err);
    if (status == SFD_OK) {
        time_s = sfd_set_time_of(r->a, v, f->frame - 1);
        status = read_rows(r, v, time_s, path, text, err);
    }
    free(text);
    free(path);
    free(id);
    return status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    yolo_reader r = {.a = a, .folder = in->path};
    sfd_status status = list_files(&r, err);
    for (size_t i = 0; status == SFD_OK && i < r.n; i++)
        status = read_file(&r, &r.files[i], err);
    for (size_t i = 0; i < r.n; i++)
        free(r.files[i].name);
    free(r.files);
    return status;
}

const sfd_format sfd_format_yolo = {
    .info = {.name = "yolo",
             .extension = "",
             .summary = "folders of VIDEO_FRAME.txt as YOLO's trackers save them",
             .reads = true},
    .of_folder = true,
    .matches = matches,
    .read = read,
};
