/* SPDX-License-Identifier: Apache-2.0 */
/* Persons from a file of boxes or from a detector. */
#include "sfdetect_persons.h"

#include "cli.h"
#include "persons.h"

#include <sfdet/inspect.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_THRESHOLD 0.8 /* where neither the user nor the network says one */
#define MOT_FPS           30  /* of the timeline */
#define MAX_GAP_S         2   /* between boxes of a track */

static double every_s(const options *o)
{
    return o->every_s > 0 ? o->every_s : 1;
}

static int check_stdin(const options *o, const clip_list *clips)
{
    for (size_t i = 0; i < clips->n && o->proposals; i++)
        if (strcmp(o->proposals, "-") == 0 && strcmp(clips->clips[i].path, clip_path("-")) == 0)
            return cli_usage_error(SFDETECT,
                                   "--proposals -: standard input is the clip or the boxes");
    return CLI_CONTINUE;
}

/* What needs to know who is who follows those who are found; a summary tells more then. */
int choose_persons(person_source *p, const options *o, const clip_list *clips)
{
    *p = (person_source){.o = o};
    int exit_status = check_stdin(o, clips);
    p->is_mot = o->proposals && sfd_is_mot_file(o->proposals);
    p->follows = !o->proposals && (needs_following(o) || is_told_only(o));
    if (o->every_s > 0 && o->proposals && !p->is_mot)
        exit_status = cli_usage_error(SFDETECT, "--every: the boxes of --proposals say when");
    if (exit_status == CLI_CONTINUE && clips->n > 1 && (p->is_mot || o->tracks))
        exit_status = cli_usage_error(SFDETECT, "MOT files are of one clip, %zu were given: %s",
                                      clips->n, p->is_mot ? o->proposals : o->tracks);
    if (exit_status == CLI_CONTINUE && p->is_mot)
        exit_status = check_files(clips, "--proposals FILE in pixels");
    if (exit_status == CLI_CONTINUE && o->render)
        exit_status = check_files(clips, "--render");
    if (exit_status == CLI_CONTINUE && !o->proposals)
        exit_status = choose_person_weights(&p->weights, SFDETECT, o->persons,
                                            " or given with --proposals FILE", o->quiet);
    return exit_status;
}

static void on_warning(void *user, const char *message)
{
    (void)user;
    cli_warn(SFDETECT, "warning: %s", message);
}

static sfd_status read_proposals(person_source *p, const clip_list *clips, const sfd_model *model,
                                 sfd_error *err)
{
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = p->threshold;
    settings.keep_best = p->o->box_threshold < 0 && sfd_model_get_info(model)->keep_best_box;
    settings.frame_fps = p->o->frame_fps;
    settings.first_frame_s = p->o->timestamp_offset_s;
    settings.strict = p->o->strict;
    settings.on_warning = on_warning;
    const char **ids = calloc(clips->n, sizeof *ids);
    if (!ids) {
        snprintf(err->message, sizeof err->message, "out of memory");
        return SFD_ERR_NOMEM;
    }
    for (size_t i = 0; i < clips->n; i++)
        ids[i] = clips->clips[i].id;
    sfd_status status =
        sfd_proposals_read(&p->proposals, p->o->proposals, ids, clips->n, &settings, err);
    free(ids);
    return status;
}

/* A MOT file's frames may be the video's own, where it has not 30 a second. */
static void tell_rate(const person_source *p, const clip *c, double source_fps)
{
    if (p->o->frame_fps > 0 || !(source_fps > 0) || fabs(source_fps - MOT_FPS) < 0.5)
        return;
    cli_warn(SFDETECT,
             "warning: %s: its frames are taken for those of the %d frames per second timeline, "
             "and %s has %.6g: --fps says otherwise",
             p->o->proposals, MOT_FPS, c->path, source_fps);
}

/* All that a MOT file's reader warns of are rows that it leaves out. */
static void on_bad_row(void *user, const char *message)
{
    person_source *p = user;
    p->n_bad_rows++;
    on_warning(NULL, message);
}

static sfd_status read_mot(person_source *p, const clip *c, sfd_error *err)
{
    sfd_video_facts facts;
    sfd_mot_settings s;
    sfd_mot_settings_defaults(&s);
    sfd_status status = sfd_video_look_up(&facts, c->path, NULL, NULL, err);
    if (status != SFD_OK)
        return status;
    s.width = facts.width;
    s.height = facts.height;
    s.fps = p->o->frame_fps > 0 ? p->o->frame_fps : MOT_FPS;
    s.timestamp_offset_s = c->offset_s;
    s.box_threshold = p->threshold;
    s.strict = p->o->strict;
    s.user = p;
    s.on_warning = on_bad_row;
    tell_rate(p, c, facts.source_fps);
    status = sfd_tracks_read_mot(&p->tracks, p->o->proposals, &s, err);
    return status == SFD_OK ? sfd_proposals_from_tracks(&p->proposals, p->tracks, c->id,
                                                        every_s(p->o), c->offset_s, err)
                            : status;
}

/* Quantised detectors run as such; others take, beside int8, the next best that is faster. */
static sfd_precision persons_precision(const person_source *p, const sfd_model *model)
{
    if (sfd_weights_are_quantised(p->weights))
        return SFD_PRECISION_INT8;
    if (p->o->precision != SFD_PRECISION_INT8)
        return cli_precision(p->o->precision);
    return strstr(sfd_model_get_info(model)->cpu, "_bf16") ? SFD_PRECISION_BF16 : SFD_PRECISION_F32;
}

static sfd_status open_detector(person_source *p, const sfd_model *model, sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_person_model_settings_defaults(&s);
    s.weights = p->weights;
    s.cpu = p->o->cpu;
    s.precision = persons_precision(p, model);
    s.person_class = p->o->person_class;
    const sfd_status status = sfd_person_model_open(&p->model, &s, err);
    if (status == SFD_OK && p->o->persons && !p->o->quiet)
        cli_note("persons by %s\n", sfd_person_model_describe(p->model));
    return status;
}

/* Where timestamps are numbers of frames, what needs seconds cannot be had. */
static sfd_status check_numbered(person_source *p, const sfd_model_info *model, sfd_error *err)
{
    const options *o = p->o;
    const char *wrong = o->live                       ? "--live"
                        : o->render                   ? "--render"
                        : o->track                    ? "--track"
                        : o->tracks                   ? "--tracks"
                        : o->also_tracks              ? "--also tracks"
                        : o->segments                 ? "--segments"
                        : p->is_mot                   ? "--proposals with MOT csv"
                        : o->out_dir && !o->proposals ? "--out-dir without --proposals"
                        : o->timestamp_offset_s != 0  ? "--timestamp-offset"
                                                      : NULL;
    if (!model->frame_timestamps)
        return SFD_OK;
    p->follows = false;
    if (!wrong)
        return SFD_OK;
    err->status = SFD_ERR_UNSUPPORTED;
    snprintf(err->message, sizeof err->message,
             "%s wants seconds, and the timestamps of %s are numbers of frames", wrong,
             model->name);
    return SFD_ERR_UNSUPPORTED;
}

sfd_status open_persons(person_source *p, const clip_list *clips, const sfd_model *model,
                        sfd_error *err)
{
    const double configured = sfd_model_get_info(model)->box_threshold;
    const double given = p->o->proposals ? p->o->box_threshold : p->o->person_threshold;
    p->threshold = given >= 0 ? given : configured >= 0 ? configured : DEFAULT_THRESHOLD;
    const sfd_status status = check_numbered(p, sfd_model_get_info(model), err);
    if (status != SFD_OK)
        return status;
    if (p->is_mot)
        return read_mot(p, &clips->clips[0], err);
    return p->o->proposals ? read_proposals(p, clips, model, err) : open_detector(p, model, err);
}

/* "b.csv: 31 boxes left out: 20 below 0.8, 11 of other videos; 2 clipped to the picture" */
static void print_counts(const person_source *p, const sfd_proposals_counts *c)
{
    const size_t n_out = c->n_below + c->n_other_videos + c->n_other_categories + c->n_unusable;
    char text[400] = "";
    size_t n = 0;
    if (n_out > 0)
        n += (size_t)snprintf(text, sizeof text, "%zu box%s left out:", n_out,
                              n_out == 1 ? "" : "es");
    if (c->n_below > 0)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, " %zu below %g,", c->n_below, p->threshold);
    if (c->n_other_categories > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, " %zu of other categories,",
                              c->n_other_categories);
    if (c->n_other_videos > 0)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, " %zu of other videos,", c->n_other_videos);
    if (c->n_unusable > 0)
        n += (size_t)snprintf(text + n, sizeof text - n, " %zu unusable,", c->n_unusable);
    if (n > 0)
        text[--n] = '\0'; /* the last comma */
    if (c->n_cut > 0)
        snprintf(text + n, sizeof text - n, "%s%zu clipped to the picture", n ? "; " : "",
                 c->n_cut);
    if (*text)
        cli_warn(SFDETECT, "%s: %s", p->o->proposals, text);
}

void tell_counts(const person_source *p)
{
    sfd_proposals_counts counts;
    if (!p->proposals)
        return;
    sfd_proposals_get_counts(p->proposals, &counts);
    print_counts(p, &counts);
}

size_t count_unusable(const person_source *p)
{
    sfd_proposals_counts counts = {0};
    if (p->proposals)
        sfd_proposals_get_counts(p->proposals, &counts);
    return counts.n_unusable + p->n_bad_rows;
}

static bool knows_a_person(const person_source *p, const char *video_id)
{
    sfd_tracks *t;
    sfd_track_info first = {0};
    size_t n_keyframes;
    if (sfd_proposals_count(p->proposals, video_id, &n_keyframes, NULL) != SFD_OK)
        return false;
    if (sfd_tracks_from_proposals(&t, p->proposals, video_id, 1, NULL) != SFD_OK)
        return true; /* ids there are, and one of them twice in a keyframe */
    if (sfd_tracks_count(t) > 0)
        sfd_tracks_get(t, 0, &first);
    sfd_tracks_free(t);
    return first.has_person_id;
}

sfd_status check_persons_known(const person_source *p, const clip_list *clips, sfd_error *err)
{
    if (p->follows)
        return SFD_OK;
    for (size_t i = 0; i < clips->n; i++)
        if (clips->clips[i].to_do && knows_a_person(p, clips->clips[i].id))
            return SFD_OK;
    err->status = SFD_ERR_MISMATCH;
    snprintf(err->message, sizeof err->message,
             "--segments %s: no box says whose it is; person ids can stand behind the score in "
             "proposals",
             p->o->segments);
    return SFD_ERR_MISMATCH;
}

void fill_find_settings(const person_source *p, const clip *c, sfd_find_settings *s)
{
    sfd_find_settings_defaults(s);
    s->every_s = every_s(p->o);
    s->threshold = p->threshold;
    s->max_persons = p->o->max_persons;
    s->timestamp_offset_s = c ? c->offset_s : 0;
    s->track_fps = p->follows ? p->o->track_fps : 0;
}

void keep_tracks(person_source *p, sfd_find_settings *s)
{
    if (!p->follows || !(p->o->tracks || p->o->render))
        return;
    sfd_tracks_free(p->tracks);
    p->tracks = NULL;
    s->tracks = &p->tracks;
}

sfd_status put_tracks(person_source *p, const clip *c, int width, int height, sfd_error *err)
{
    const options *o = p->o;
    const mot_file file = {.path = o->tracks,
                           .clip = c->path,
                           .width = width,
                           .height = height,
                           .fps = o->frame_fps,
                           .timestamp_offset_s = c->offset_s};
    if (!o->tracks)
        return SFD_OK;
    sfd_status status = SFD_OK;
    if (!p->tracks)
        status = sfd_tracks_from_proposals(&p->tracks, p->proposals, c->id, MAX_GAP_S, err);
    return status == SFD_OK ? write_tracks(p->tracks, &file, err) : status;
}

void close_persons(person_source *p)
{
    sfd_proposals_free(p->proposals);
    sfd_tracks_free(p->tracks);
    sfd_person_model_free(p->model);
    free(p->weights);
}
