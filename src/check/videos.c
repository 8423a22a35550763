/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the videos, and whether timestamps lie in them. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/video_file.h"
#include "check/work.h"
#include "media/video_reader.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH_LEN 4096
#define MAX_NAMES    100000 /* of files that are compared with a name that is none */
#define AVA_OFFSET_S 900    /* AVA's cuts begin 15 minutes into the movie */
#define SLACK_S      0.5    /* headers do not tell lengths more exactly */

typedef struct folder {
    char **names; /* video ids of its files */
    size_t n, n_alloc;
} folder;

static void free_folder(folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->names[i]);
    free(f->names);
}

/* Without the last extension. */
static char *base_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return sfd_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static sfd_status read_folder(folder *f, const char *path, sfd_error *err)
{
    DIR *dir = opendir(path);
    sfd_status status = SFD_OK;
    if (!dir)
        return sfd_fail_errno(err, path, "open");
    for (struct dirent *e; status == SFD_OK && f->n < MAX_NAMES && (e = readdir(dir));) {
        if (*e->d_name == '.')
            continue;
        char *name = base_name(e->d_name);
        if (!name || !sfd_grow(&f->names, &f->n_alloc, f->n, sizeof *f->names)) {
            free(name);
            status = sfd_fail_nomem(err, path);
        } else {
            f->names[f->n++] = name;
        }
    }
    closedir(dir);
    return status;
}

static const char *path_of(const sfd_check *c, const sfd_check_video *v)
{
    return v->in_truth ? c->truth.path : c->val.path;
}

/* The first row of a video in the truth of training, or validation. */
static uint64_t line_of(const sfd_check *c, size_t video)
{
    const sfd_check_file *f = c->videos[video].in_truth ? &c->truth : &c->val;
    for (size_t i = 0; i < f->n; i++)
        if (f->rows[i].video == video)
            return f->rows[i].line;
    return 0;
}

/* "clips/a.mp4" where "a" is meant. */
static bool find_renamed(const sfd_check *c, sfd_check_video *v, char path[MAX_PATH_LEN])
{
    const char *slash = strrchr(v->id, '/');
    char *name = base_name(slash ? slash + 1 : v->id);
    if (name && strcmp(name, v->id) != 0 &&
        sfd_find_video_file(path, MAX_PATH_LEN, c->s.videos, name)) {
        v->renamed = name;
        return true;
    }
    free(name);
    return false;
}

static void tell_missing(sfd_check *c, const folder *f, size_t video)
{
    const sfd_check_video *v = &c->videos[video];
    const char *nearest = sfd_nearest_name(v->id, (const char *const *)f->names, f->n);
    sfd_check_note(c, SFD_CHECK_VIDEO_MISSING, path_of(c, v), line_of(c, video),
                   "video \"%.200s\" is not in %s%s%.200s%s", v->id, c->s.videos,
                   nearest ? "; is it \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static void find_file(sfd_check *c, const folder *f, size_t video)
{
    char path[MAX_PATH_LEN];
    sfd_check_video *v = &c->videos[video];
    /* an id with a folder in it, or none at all, is no name of a file in this one */
    const bool plain = *v->id && !strchr(v->id, '/') && strcmp(v->id, "..") != 0;
    if (plain && sfd_find_video_file(path, sizeof path, c->s.videos, v->id)) {
        v->path = sfd_strdup(path);
    } else if (find_renamed(c, v, path)) {
        v->path = sfd_strdup(path);
        sfd_check_note(c, SFD_CHECK_VIDEO_NAME, path_of(c, v), line_of(c, video),
                       "video \"%.200s\" is called \"%.200s\"", v->id, v->renamed);
    } else {
        tell_missing(c, f, video);
        return;
    }
    c->out_of_memory |= !v->path;
}

static sfd_status look_at(sfd_check *c, size_t video, sfd_error *err)
{
    sfd_check_video *v = &c->videos[video];
    const sfd_video_options options = {.fps = SFD_TIMELINE_FPS,
                                       .should_stop = c->s.should_stop,
                                       .user = c->s.user,
                                       .picture_fps = c->s.picture_fps};
    sfd_video_reader *reader;
    sfd_error reason;
    const sfd_status status = sfd_video_open(&reader, v->path, &options, &reason);
    if (status == SFD_ERR_CANCELLED || status == SFD_ERR_NOMEM)
        return sfd_fail(err, status, "%s", reason.message);
    if (status != SFD_OK) {
        sfd_check_note_message(c, SFD_CHECK_VIDEO_BAD, v->path, reason.message);
        free(v->path);
        v->path = NULL;
        return SFD_OK;
    }
    const sfd_video_info *info = sfd_video_get_info(reader);
    v->width = info->width;
    v->height = info->height;
    v->duration_s = info->duration_s;
    v->fps = info->source_fps;
    sfd_video_close(reader);
    return SFD_OK;
}

/* ---------------------------------------------------------------- timestamps */

/* Of the rows of one video. */
typedef struct times {
    double first_s, last_s;
    size_t n, n_out;
    const sfd_check_row *out; /* the first one outside the video */
    bool whole;               /* numbers */
} times;

static bool is_inside(const sfd_check_video *v, double time_s)
{
    return time_s > -SLACK_S / SFD_TIMELINE_FPS && time_s < v->duration_s + SLACK_S;
}

static void add_time(times *t, const sfd_check *c, const sfd_check_row *row)
{
    const double time_s = row->time_s - c->s.timestamp_offset_s;
    t->first_s = t->n == 0 ? time_s : fmin(t->first_s, time_s);
    t->last_s = t->n == 0 ? time_s : fmax(t->last_s, time_s);
    t->whole = (t->n == 0 || t->whole) && row->time_s == floor(row->time_s);
    t->n++;
    if (!is_inside(&c->videos[row->video], time_s) && t->n_out++ == 0)
        t->out = row;
}

static void judge_times(sfd_check *c, const char *path, const sfd_check_video *v, const times *t)
{
    const bool with_offset = t->n_out == t->n && is_inside(v, t->first_s - AVA_OFFSET_S) &&
                             is_inside(v, t->last_s - AVA_OFFSET_S);
    const bool are_frames = t->whole && v->fps > 0 && t->first_s >= 0 &&
                            t->last_s > 2 * v->duration_s && is_inside(v, t->last_s / v->fps);
    const sfd_check_kind kind = with_offset  ? SFD_CHECK_TIME_OFFSET
                                : are_frames ? SFD_CHECK_TIME_FRAMES
                                             : SFD_CHECK_TIME_OUTSIDE;
    for (size_t i = 0; i < t->n_out; i++)
        sfd_check_note(c, kind, path, t->out->line,
                       "timestamp %g, but video \"%.200s\" lasts from %g to %.2f s%s",
                       t->out->time_s, v->id, c->s.timestamp_offset_s,
                       c->s.timestamp_offset_s + v->duration_s,
                       with_offset  ? "; are times counted from 900?"
                       : are_frames ? "; are these frame numbers?"
                                    : "");
}

static void check_times(sfd_check *c, const sfd_check_file *f)
{
    for (size_t at = 0, end; at < f->n; at = end) {
        const sfd_check_video *v = &c->videos[f->sorted[at]->video];
        times t = {0};
        for (end = at; end < f->n && f->sorted[end]->video == f->sorted[at]->video; end++)
            if (f->sorted[end]->kind != SFD_ROW_BAD)
                add_time(&t, c, f->sorted[end]);
        if (t.n_out > 0 && v->path && v->duration_s > 0)
            judge_times(c, f->path, v, &t);
    }
}

/* -------------------------------------------------------------------- pixels */

/* Pixels of a video whose size is not known, or that are beyond it, are left as they are. */
static void judge_pixels(sfd_check *c)
{
    sfd_found *found = sfd_check_find(c, SFD_CHECK_PIXELS, c->truth.path);
    for (size_t i = 0; found && i < c->truth.n; i++) {
        sfd_check_row *r = &c->truth.rows[i];
        const sfd_check_video *v = &c->videos[r->video];
        if (!(r->fix & SFD_FIX_PIXELS))
            continue;
        const bool fits = v->width > 0 && r->box.x1 >= 0 && r->box.y1 >= 0 &&
                          r->box.x2 <= v->width && r->box.y2 <= v->height &&
                          r->box.x1 < r->box.x2 && r->box.y1 < r->box.y2;
        if (!fits) {
            r->fix = 0;
            found->not_fixed = true;
        }
    }
}

static void mark_videos(sfd_check *c)
{
    for (size_t i = 0; i < c->truth.n; i++)
        c->videos[c->truth.rows[i].video].in_truth = true;
    for (size_t i = 0; i < c->val.n; i++)
        c->videos[c->val.rows[i].video].in_val = true;
    for (size_t i = 0; i < c->n_videos; i++)
        if (c->videos[i].in_truth && c->videos[i].in_val)
            sfd_check_note(c, SFD_CHECK_SHARED, c->val.path, 0, "video \"%.200s\" is in %s as well",
                           c->videos[i].id, c->truth.path);
}

sfd_status sfd_check_videos(sfd_check *c, sfd_error *err)
{
    folder f = {0};
    mark_videos(c);
    sfd_status status = c->s.videos ? read_folder(&f, c->s.videos, err) : SFD_OK;
    for (size_t i = 0; c->s.videos && i < c->n_videos && status == SFD_OK; i++) {
        if (c->videos[i].in_truth || c->videos[i].in_val)
            find_file(c, &f, i);
        if (c->videos[i].path)
            status = look_at(c, i, err);
        if (c->s.on_video)
            c->s.on_video(c->s.user, i + 1, c->n_videos);
    }
    free_folder(&f);
    if (status != SFD_OK)
        return status;
    check_times(c, &c->truth);
    check_times(c, &c->val);
    judge_pixels(c);
    return SFD_OK;
}
