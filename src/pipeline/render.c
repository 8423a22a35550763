/* SPDX-License-Identifier: Apache-2.0 */
/* Draws an overlay on a video: on its keyframes, or on all of it. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "media/video_reader.h"
#include "media/video_writer.h"
#include "pipeline/canvas.h"
#include "pipeline/overlay.h"
#include "pipeline/picture_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A picture that stands longer is written where the boxes change, and at its end. */
#define STILL_FRAMES (2 * SFD_TIMELINE_FPS)
/* And once an hour: muxers have 32 bits for the time between two frames. */
#define MAX_STEP_FRAMES (3600 * SFD_TIMELINE_FPS)
#define SHOWN_FRAMES    (SFD_TIMELINE_FPS / 2) /* at most, on either side of a keyframe */

void sfd_render_settings_defaults_sized(sfd_render_settings *s, size_t struct_size)
{
    const sfd_render_settings defaults = {.scale = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static int64_t frame_number(const sfd_mark_group *g, const sfd_render_settings *s)
{
    return sfd_timeline_frame(g->timestamp_s - s->timestamp_offset_s);
}

static bool stopped(const sfd_render_settings *s)
{
    return s->should_stop && s->should_stop(s->user);
}

static sfd_status open_video(sfd_video_reader **out, const char *path, bool keep_sound,
                             const sfd_render_settings *s, sfd_error *err)
{
    const sfd_video_options options = {.fps = SFD_TIMELINE_FPS,
                                       .should_stop = s->should_stop,
                                       .user = s->user,
                                       .keep_sound = keep_sound,
                                       .picture_fps = s->picture_fps};
    return sfd_video_open(out, path, &options, err);
}

static void warn_of_faults(const sfd_video_reader *v, const sfd_render_settings *s)
{
    sfd_error message;
    if (s->on_warning && sfd_video_complain(v, &message))
        s->on_warning(s->user, message.message);
}

/* Frames are shared with the reader: drawing needs a copy. */
static sfd_status copy_picture(sfd_picture **out, const sfd_picture *p, int scale, sfd_error *err)
{
    const sfd_image image = {p->width, p->height, p->stride_bytes, p->rgb};
    return sfd_canvas_create(out, &image, scale, err);
}

/* ---------------------------------------------------------------- keyframes */

static void report_missing(const sfd_overlay *o, const sfd_mark_group *g,
                           const sfd_render_settings *s)
{
    sfd_error message;
    sfd_fail(&message, SFD_ERR_END, "%s: the video has no frame for timestamp %s",
             sfd_overlay_video_id(o), g->timestamp_text);
    if (s->on_failure)
        s->on_failure(s->user, message.message);
}

/* SFD_ERR_END when the video does not have the frame. */
static sfd_status read_frame(sfd_video_reader *v, int64_t number, sfd_picture **frame,
                             sfd_error *err)
{
    int64_t index;
    if (number < 0)
        return SFD_ERR_END;
    sfd_status status = sfd_video_skip_to(v, number, err);
    return status == SFD_OK ? sfd_video_next(v, frame, &index, err) : status;
}

static sfd_status render_keyframe(sfd_video_reader *v, const sfd_picture_folder *folder,
                                  const sfd_overlay *o, const sfd_mark_group *g,
                                  const sfd_render_settings *s, sfd_error *err)
{
    sfd_picture *frame = NULL, *copy = NULL;
    sfd_status status = read_frame(v, frame_number(g, s), &frame, err);
    if (status == SFD_OK)
        status = copy_picture(&copy, frame, s->scale, err);
    if (status == SFD_OK)
        status = sfd_picture_folder_write(folder, o, g, sfd_overlay_video_id(o), copy, err);
    sfd_picture_unref(copy);
    sfd_picture_unref(frame);
    return status;
}

static sfd_status render_groups(sfd_video_reader *v, const sfd_picture_folder *folder,
                                sfd_overlay *o, const sfd_render_settings *s, size_t *n_failed,
                                sfd_error *err)
{
    const sfd_mark_group *groups;
    size_t n_groups;
    sfd_status status = sfd_overlay_groups(o, &groups, &n_groups, err);
    for (size_t i = 0; i < n_groups && status == SFD_OK; i++) {
        if (stopped(s))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", sfd_overlay_video_id(o));
        status = render_keyframe(v, folder, o, &groups[i], s, err);
        if (status == SFD_ERR_END) {
            report_missing(o, &groups[i], s);
            ++*n_failed;
            status = SFD_OK;
        }
        if (s->on_progress)
            s->on_progress(s->user, i + 1, n_groups);
    }
    return status;
}

sfd_status sfd_render_keyframes(const char *video_path, const char *directory, const char *format,
                                sfd_overlay *o, const sfd_render_settings *settings,
                                size_t *n_failed, sfd_error *err)
{
    sfd_render_settings s;
    sfd_video_reader *v = NULL;
    sfd_picture_folder *folder = NULL;
    size_t ignored;
    if (!n_failed)
        n_failed = &ignored;
    *n_failed = 0;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_render_settings, &s, settings, err);
    if (status == SFD_OK)
        status = open_video(&v, video_path, false, &s, err);
    if (status == SFD_OK)
        status = sfd_picture_folder_open(&folder, directory, format, err);
    if (status == SFD_OK)
        status = render_groups(v, folder, o, &s, n_failed, err);
    if (status == SFD_OK)
        warn_of_faults(v, &s);
    sfd_picture_folder_close(folder);
    sfd_video_close(v);
    return status;
}

/* -------------------------------------------------------------- whole video */

struct sfd_renderer {
    sfd_video_reader *reader;
    sfd_video_writer *writer; /* NULL once finished */
    sfd_font *font;
    int scale;
    const sfd_mark_group
        *placed; /* whose plates these are: a group's labels stay in their places */
    sfd_plates *plates;
};

/* The finished video must not replace the one it is made from. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

sfd_status sfd_renderer_open(sfd_renderer **out, const char *video_path, const char *out_path,
                             const sfd_render_settings *settings, sfd_error *err)
{
    sfd_render_settings s;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_render_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    if (same_file(video_path, out_path))
        return sfd_fail(err, SFD_ERR_ARG, "%s: is the video itself, wanted another file to write",
                        out_path);
    sfd_renderer *r = sfd_calloc(1, sizeof *r);
    if (!r)
        return sfd_fail_nomem(err, out_path);
    r->scale = s.scale;
    status = open_video(&r->reader, video_path, true, &s, err);
    const sfd_video_info *info = status == SFD_OK ? sfd_video_get_info(r->reader) : NULL;
    if (info)
        status = sfd_canvas_check(info->width, info->height, s.scale, err);
    if (status == SFD_OK) {
        const sfd_video_format format = {.width = info->width * s.scale,
                                         .height = info->height * s.scale,
                                         .fps = SFD_TIMELINE_FPS,
                                         .look = &info->look,
                                         .sound = sfd_video_sound(r->reader)};
        status = sfd_video_writer_open(&r->writer, out_path, &format, err);
    }
    if (status == SFD_OK)
        status = sfd_font_open(&r->font, NULL, err);
    if (status != SFD_OK) {
        sfd_renderer_free(r);
        return status;
    }
    *out = r;
    return SFD_OK;
}

void sfd_renderer_free(sfd_renderer *r)
{
    if (!r)
        return;
    sfd_video_writer_discard(r->writer);
    sfd_video_close(r->reader);
    sfd_font_close(r->font);
    sfd_plates_free(r->plates);
    free(r);
}

/* The keyframes between which the video moves while it is written. */
typedef struct timeline {
    const sfd_mark_group *groups;
    size_t n_groups, at;
    const sfd_render_settings *settings;
} timeline;

/* The group nearest to a frame (of two equally near ones the later). Frames come in rising order.
 */
static const sfd_mark_group *nearest_group(timeline *t, int64_t frame)
{
    if (t->n_groups == 0)
        return NULL;
    while (t->at + 1 < t->n_groups && frame - frame_number(&t->groups[t->at], t->settings) >=
                                          frame_number(&t->groups[t->at + 1], t->settings) - frame)
        t->at++;
    return &t->groups[t->at];
}

/* That group, if it is near enough for its boxes to stand there. */
static const sfd_mark_group *group_at(timeline *t, int64_t frame)
{
    const sfd_mark_group *g = nearest_group(t, frame);
    const int64_t distance = g ? frame - frame_number(g, t->settings) : SHOWN_FRAMES;
    return distance >= -SHOWN_FRAMES && distance < SHOWN_FRAMES ? g : NULL;
}

/* What is shown on a frame; the group is NULL where nothing is. Persons on their way from one
 * keyframe to the next are seen all the time. */
static sfd_moment moment_at(timeline *t, int64_t frame)
{
    const sfd_mark_group *standing = group_at(t, frame), *g = nearest_group(t, frame);
    if (!g)
        return (sfd_moment){0};
    const double distance_s = sfd_timeline_time(frame - frame_number(g, t->settings));
    if (!standing && fabs(distance_s) > SFD_MAX_MOVE_S / 2)
        return (sfd_moment){0};
    return (sfd_moment){g, g->timestamp_s + distance_s, !standing};
}

/* The frame after `frame` and before `end` from which on other boxes are shown; else `end`. */
static int64_t next_change(timeline t, int64_t frame, int64_t end)
{
    const sfd_mark_group *now = group_at(&t, frame);
    if (now) {
        while (++frame < end && group_at(&t, frame) == now)
            ;
        return frame;
    }
    for (; t.at < t.n_groups; t.at++) {
        int64_t first = frame_number(&t.groups[t.at], t.settings) - SHOWN_FRAMES;
        if (first > frame)
            return first < end ? first : end;
    }
    return end;
}

/* The next frame to write. A gap of hours in a file's timestamps is one picture for hours: it need
 * not be written thirty times a second. */
static sfd_status pass_over_still(sfd_renderer *r, const timeline *t, int64_t frame, sfd_error *err)
{
    int64_t end = sfd_video_still_until(r->reader);
    if (end - frame <= STILL_FRAMES)
        return SFD_OK;
    if (end - frame > MAX_STEP_FRAMES)
        end = frame + MAX_STEP_FRAMES;
    int64_t next = next_change(*t, frame, end - 1);
    sfd_video_writer_skip_to(r->writer, next);
    return sfd_video_skip_to(r->reader, next, err);
}

static sfd_status draw_moment(sfd_renderer *r, const sfd_overlay *o, const sfd_moment *moment,
                              sfd_picture *p, sfd_error *err)
{
    if (r->placed != moment->group) {
        sfd_plates_free(r->plates);
        r->plates = NULL;
        r->placed = NULL;
        sfd_status status =
            sfd_overlay_plates(&r->plates, o, moment->group, r->font, p->width, p->height, err);
        if (status != SFD_OK)
            return status;
        r->placed = moment->group;
    }
    return sfd_overlay_draw(o, moment, r->font, r->plates, p, err);
}

static sfd_status write_frame(sfd_renderer *r, const sfd_overlay *o, const sfd_moment *moment,
                              const sfd_picture *frame, sfd_error *err)
{
    sfd_picture *copy = NULL;
    if (!moment->group && r->scale == 1)
        return sfd_video_writer_add(r->writer, frame, err);
    sfd_status status = copy_picture(&copy, frame, r->scale, err);
    if (status == SFD_OK && moment->group)
        status = draw_moment(r, o, moment, copy, err);
    if (status == SFD_OK)
        status = sfd_video_writer_add(r->writer, copy, err);
    sfd_picture_unref(copy);
    return status;
}

sfd_status sfd_renderer_run(sfd_renderer *r, sfd_overlay *o, const sfd_render_settings *settings,
                            sfd_error *err)
{
    sfd_render_settings s;
    timeline t = {.settings = &s};
    sfd_status status = SFD_SETTINGS_TAKE(sfd_render_settings, &s, settings, err);
    if (status == SFD_OK)
        status = sfd_overlay_groups(o, &t.groups, &t.n_groups, err);
    size_t n_total = (size_t)fmax(0, sfd_video_get_info(r->reader)->duration_s * SFD_TIMELINE_FPS);
    while (status == SFD_OK) {
        sfd_picture *frame;
        int64_t index;
        if (stopped(&s))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", sfd_overlay_video_id(o));
        status = sfd_video_next(r->reader, &frame, &index, err);
        if (status != SFD_OK)
            break;
        const sfd_moment moment = moment_at(&t, index);
        status = write_frame(r, o, &moment, frame, err);
        sfd_picture_unref(frame);
        size_t n_done = (size_t)index + 1;
        if (s.on_progress && status == SFD_OK)
            s.on_progress(s.user, n_done, n_done < n_total ? n_total : n_done);
        if (status == SFD_OK)
            status = pass_over_still(r, &t, index, err);
    }
    if (status != SFD_ERR_END)
        return status;
    warn_of_faults(r->reader, &s);
    sfd_error message;
    if (s.on_warning && sfd_video_writer_complain(r->writer, &message))
        s.on_warning(s.user, message.message);
    sfd_video_writer *writer = r->writer;
    r->writer = NULL;
    return sfd_video_writer_close(writer, err);
}
