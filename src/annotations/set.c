/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a set. */
#include "annotations/set.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_BOXES    ((size_t)1 << 23)
#define MAX_ID_BYTES 1024
#define MAX_TIME_S   1e9
#define MAX_PIXELS   1e6
#define MAX_FPS      1e5
#define MAX_FRAME    1e15

/* ---- videos */

/* Frames counted at another rate than the video's own are of another number. */
static void set_frames(sfd_labelled_video *v, const sfd_video_facts *facts, double given_fps)
{
    const double n = facts->n_pictures > 0 ? (double)facts->n_pictures
                     : given_fps == 0      ? round(facts->duration_s * facts->source_fps)
                                           : 0;
    if (n >= 1 && n <= MAX_FRAME)
        v->n_frames = (int64_t)n;
}

static sfd_labelled_video *new_video(sfd_annotations *a, const char *id)
{
    const sfd_annotation_settings *s = &a->settings;
    sfd_labelled_video *v = sfd_calloc(1, sizeof *v);
    sfd_video_facts facts = {0};
    if (!v || !(v->id = sfd_strdup(id)) ||
        !sfd_grow(&a->videos, &a->n_videos_alloc, a->n_videos, sizeof *a->videos) ||
        !sfd_name_table_add(&a->by_id, v->id, a->n_videos)) {
        free(v ? v->id : NULL);
        free(v);
        return NULL;
    }
    a->videos[a->n_videos++] = v;
    if (s->find_video && s->find_video(s->user, id, &facts)) {
        sfd_set_size(v, facts.width, facts.height);
        sfd_set_fps(v, facts.source_fps);
        set_frames(v, &facts, s->fps);
    }
    if (s->width > 0) {
        v->width = s->width;
        v->height = s->height;
    }
    if (s->fps > 0)
        v->fps = s->fps;
    return v;
}

sfd_status sfd_set_video(sfd_annotations *a, sfd_labelled_video **out, const char *id,
                         sfd_error *err)
{
    size_t i;
    *out = NULL;
    if (!*id || strlen(id) > MAX_ID_BYTES)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a video's name of %zu bytes, wanted 1 to %d",
                        a->path, strlen(id), MAX_ID_BYTES);
    if (sfd_name_table_find(&a->by_id, id, &i))
        *out = a->videos[i];
    else
        *out = new_video(a, id);
    return *out ? SFD_OK : sfd_fail_nomem(err, a->path);
}

sfd_status sfd_set_only_video(sfd_annotations *a, sfd_labelled_video **out, const char *name,
                              sfd_error *err)
{
    char stem[MAX_ID_BYTES + 2];
    const char *id = a->settings.video_id;
    if (!id && name && *name) {
        const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
        snprintf(stem, sizeof stem, "%s", base);
        char *dot = strrchr(stem, '.');
        if (dot && dot > stem)
            *dot = '\0';
        id = *stem ? stem : NULL;
    }
    return sfd_set_video(a, out, id ? id : a->stem, err);
}

char *sfd_set_text(sfd_annotations *a, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = sfd_arena_alloc(&a->arena, n);
    return copy ? memcpy(copy, text, n) : NULL;
}

void sfd_set_size(sfd_labelled_video *v, double width, double height)
{
    if (v->width == 0 && width >= 1 && height >= 1 && width <= MAX_PIXELS && height <= MAX_PIXELS) {
        v->width = (int)width;
        v->height = (int)height;
    }
}

void sfd_set_fps(sfd_labelled_video *v, double fps)
{
    if (v->fps == 0 && fps >= 1e-3 && fps <= MAX_FPS)
        v->fps = fps;
}

double sfd_set_get_fps(sfd_annotations *a, sfd_labelled_video *v)
{
    if (v->fps == 0) {
        sfd_tally_add(&a->tally, "videos whose frame rate nobody tells are taken as of 30 a second",
                      v->id);
        v->fps = SFD_TIMELINE_FPS;
    }
    return v->fps;
}

double sfd_set_time_of(sfd_annotations *a, sfd_labelled_video *v, int64_t frame)
{
    return (double)frame / sfd_set_get_fps(a, v);
}

int64_t sfd_set_frame_of(sfd_annotations *a, sfd_labelled_video *v, double time_s)
{
    const double frame = time_s * sfd_set_get_fps(a, v), whole = round(frame);
    if (fabs(frame - whole) > 1e-3)
        sfd_tally_add(&a->tally, "boxes moved in time to the nearest frame", v->id);
    return (int64_t)fmax(-MAX_FRAME, fmin(whole, MAX_FRAME));
}

/* ---- boxes */

static void convert(const sfd_labelled_video *v, double corner[4], sfd_box_unit to)
{
    const double side[2] = {v->width, v->height};
    for (int i = 0; i < 4; i++)
        corner[i] = to == SFD_UNIT_PIXELS ? corner[i] * side[i % 2] : corner[i] / side[i % 2];
}

sfd_status sfd_set_corners(const sfd_labelled_video *v, const sfd_person_box *box,
                           sfd_box_unit unit, double corner[4], sfd_error *err)
{
    memcpy(corner, box->corner, 4 * sizeof *corner);
    if (v->unit == unit)
        return SFD_OK;
    if (v->width == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "video \"%s\": its boxes are in %s and wanted in %s: width and height of "
                        "the video are needed",
                        v->id, unit == SFD_UNIT_PIXELS ? "fractions" : "pixels",
                        unit == SFD_UNIT_PIXELS ? "pixels" : "fractions");
    convert(v, corner, unit);
    return SFD_OK;
}

/* Bounded numbers, and corners in order; a box may have no area and leave the picture. */
static sfd_status check(const sfd_person_box *b, const char *place, sfd_error *err)
{
    static const char *const names[4] = {"left", "top", "right", "bottom"};
    if (!(fabs(b->time_s) <= MAX_TIME_S))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: time %g s is not within 1e9 s", place, b->time_s);
    for (int i = 0; i < 4; i++)
        if (!(fabs(b->corner[i]) <= MAX_PIXELS))
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s is %g, wanted a number within 1e6", place,
                            names[i], b->corner[i]);
    for (int i = 0; i < 2; i++)
        if (b->corner[i + 2] < b->corner[i])
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s is %g, wanted %s (%g) or more", place,
                            names[i + 2], b->corner[i + 2], names[i], b->corner[i]);
    return SFD_OK;
}

static void drop_below(const sfd_annotations *a, sfd_person_box *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n_done; i++)
        if (b->done[i].score == SFD_NO_SCORE || b->done[i].score >= a->settings.min_score)
            b->done[n++] = b->done[i];
    b->n_done = n;
}

sfd_status sfd_set_add(sfd_annotations *a, sfd_labelled_video *v, const sfd_person_box *box,
                       sfd_box_unit unit, const char *place, sfd_error *err)
{
    sfd_person_box b = *box;
    sfd_status status = check(&b, place, err);
    if (status != SFD_OK)
        return status;
    if (v->n_boxes == 0)
        v->unit = unit;
    const sfd_labelled_video as_given = {
        .id = v->id, .width = v->width, .height = v->height, .unit = unit};
    status = sfd_set_corners(&as_given, &b, v->unit, b.corner, err);
    if (status != SFD_OK)
        return status;
    if (a->n_boxes == MAX_BOXES)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: more boxes than %zu", a->path, MAX_BOXES);
    if (!sfd_grow(&v->boxes, &v->n_boxes_alloc, v->n_boxes, sizeof *v->boxes))
        return sfd_fail_nomem(err, a->path);
    drop_below(a, &b);
    a->n_boxes++;
    b.order = a->next_order++;
    v->boxes[v->n_boxes++] = b;
    return SFD_OK;
}

sfd_status sfd_set_add_frame(sfd_annotations *a, sfd_labelled_video *v, double time_s,
                             const char *name, sfd_error *err)
{
    sfd_seen_frame f = {.time_s = time_s};
    if (!(fabs(time_s) <= MAX_TIME_S))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: time %g s is not within 1e9 s", a->path, time_s);
    if ((name && !(f.name = sfd_set_text(a, name))) ||
        !sfd_grow(&v->frames, &v->n_frames_alloc, v->n_frames_seen, sizeof *v->frames))
        return sfd_fail_nomem(err, a->path);
    v->frames[v->n_frames_seen++] = f;
    return SFD_OK;
}

/* ---- actions */

sfd_status sfd_set_add_done(sfd_annotations *a, sfd_person_box *box, size_t label, double score,
                            sfd_error *err)
{
    const size_t n = box->n_done;
    for (size_t i = 0; i < n; i++)
        if (box->done[i].label == label) {
            box->done[i].score = fmax(box->done[i].score, score);
            return SFD_OK;
        }
    if ((n & (n - 1)) == 0) { /* 0, 1, 2, 4 ...: as many as there is room for */
        sfd_done *wider = sfd_arena_alloc(&a->arena, (n > 0 ? 2 * n : 1) * sizeof *wider);
        if (!wider)
            return sfd_fail_nomem(err, a->path);
        if (n > 0)
            memcpy(wider, box->done, n * sizeof *wider);
        box->done = wider;
    }
    box->done[box->n_done++] = (sfd_done){label, score};
    return SFD_OK;
}

/* What tools and their users write where nothing is chosen. */
static bool means_nothing(const char *text)
{
    static const char *const words[] = {"",     "false", "unknown", "undefined", "__undefined__",
                                        "none", "null",  "n/a"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

sfd_status sfd_set_add_attribute(sfd_annotations *a, sfd_person_box *box, const char *group,
                                 const char *text, sfd_error *err)
{
    size_t label;
    sfd_status status;
    if (strcasecmp(text, "true") == 0)
        status = sfd_label_list_by_name(&a->labels, NULL, group, &label, err);
    else if (means_nothing(text) && !a->labels.given)
        return SFD_OK;
    else
        status = sfd_label_list_by_name(&a->labels, group, text, &label, err);
    if (status != SFD_OK)
        return status;
    if (label != SFD_NO_LABEL)
        return sfd_set_add_done(a, box, label, SFD_NO_SCORE, err);
    if (!means_nothing(text))
        sfd_tally_add(&a->tally, "actions that are not on the list of labels",
                      strcasecmp(text, "true") == 0 ? group : text);
    return SFD_OK;
}

bool sfd_set_has_scores(const sfd_annotations *a)
{
    for (size_t k = 0; k < a->n_videos; k++)
        for (size_t i = 0; i < a->videos[k]->n_boxes; i++)
            for (size_t j = 0; j < a->videos[k]->boxes[i].n_done; j++)
                if (a->videos[k]->boxes[i].done[j].score != SFD_NO_SCORE)
                    return true;
    return false;
}
