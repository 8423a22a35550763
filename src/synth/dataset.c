/* SPDX-License-Identifier: Apache-2.0 */
/* Writing videos and AVA's files. */
#include <sfdet/synth.h>

#include "base/alloc.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/labels.h"
#include "base/outfile.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "media/video_writer.h"
#include "synth/annotate.h"
#include "synth/soundtrack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GUESS_STREAM UINT64_C(0x626f786573) /* apart from the worlds' sequences */

_Static_assert((int)SFD_MAX_PEOPLE == (int)SFD_SYNTH_MAX_PEOPLE, "the public limit");

enum { TRUTH, BOXES, EXCLUDED, VIDEOS, TRACKS, N_TABLES };

static const char *const table_names[N_TABLES] = {".csv", "_boxes.csv", "_excluded.csv",
                                                  "_videos.txt", "_tracks.txt"};

/* The files of one split; those that are not wanted are NULL. */
typedef struct tables {
    sfd_outfile *file[N_TABLES];
} tables;

/* Progress over all videos. */
typedef struct run {
    const sfd_synth_settings *s;
    size_t n_done, n_total;
} run;

static const int *count_classes(const int *labels, size_t *n)
{
    for (*n = 0; labels[*n]; ++*n)
        continue;
    return labels;
}

const int *sfd_synth_classes(size_t *n)
{
    return count_classes(sfd_synth_labels, n);
}

const int *sfd_synth_sound_classes(size_t *n)
{
    return count_classes(sfd_synth_sound_labels, n);
}

void sfd_synth_settings_defaults_sized(sfd_synth_settings *s, size_t struct_size)
{
    const sfd_synth_settings defaults = {.seed = 1,
                                         .seconds = 10,
                                         .width = 320,
                                         .height = 240,
                                         .min_people = 1,
                                         .max_people = 4,
                                         .grain = 1,
                                         .validation_share = 0.2};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static int find_scene(const char *name)
{
    for (int i = 0; name && i < SFD_N_SCENES; i++)
        if (strcmp(name, sfd_scene_names[i]) == 0)
            return i;
    return -1;
}

static sfd_status check_range(double v, double lo, double hi, const char *what, sfd_error *err)
{
    return v >= lo && v <= hi
               ? SFD_OK /* NaN is neither */
               : sfd_fail(err, SFD_ERR_ARG, "%s is %g: not within %g..%g", what, v, lo, hi);
}

static sfd_status check_settings(const sfd_synth_settings *s, sfd_error *err)
{
    const struct {
        double value, lo, hi;
        const char *what;
    } ranges[] = {
        {s->seconds, 2, SFD_SYNTH_MAX_SECONDS, "length of a video in seconds"},
        {s->width, 64, SFD_SYNTH_MAX_SIDE, "picture width"},
        {s->height, 64, SFD_SYNTH_MAX_SIDE, "picture height"},
        {s->min_people, 1, SFD_SYNTH_MAX_PEOPLE, "lowest number of people"},
        {s->max_people, s->min_people, SFD_SYNTH_MAX_PEOPLE, "highest number of people"},
        {s->grain, 0, 4, "grain"},
        {s->validation_share, 0, 1, "share of validation videos"},
    };
    sfd_status st = SFD_OK;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && st == SFD_OK; i++)
        st = check_range(ranges[i].value, ranges[i].lo, ranges[i].hi, ranges[i].what, err);
    if (st == SFD_OK && s->scene && find_scene(s->scene) < 0)
        return sfd_fail(err, SFD_ERR_ARG, "no scene \"%s\": room, hall, street, field, beach",
                        s->scene);
    return st;
}

static size_t frames_of(const sfd_synth_settings *s)
{
    return (size_t)(s->seconds * SFD_TIMELINE_FPS + 0.5);
}

/* ---- rows */

static void put_mille(FILE *f, int v)
{
    fprintf(f, ",%d.%03d", v / 1000, v % 1000);
}

static void put_place(FILE *f, const char *id, size_t second, const sfd_mille_box *b)
{
    sfd_csv_write_text(f, id);
    fprintf(f, ",%04zu", second);
    put_mille(f, b->x1);
    put_mille(f, b->y1);
    put_mille(f, b->x2);
    put_mille(f, b->y2);
}

static void put_truth(FILE *f, const char *id, size_t second, const sfd_truth *truth)
{
    for (size_t i = 0; i < truth->n; i++) {
        const sfd_truth_person *p = &truth->people[i];
        for (size_t k = 0; k < SFD_MAX_ACT_LABELS && p->labels[k]; k++) {
            put_place(f, id, second, &p->box);
            fprintf(f, ",%d,%zu\n", p->labels[k], p->person);
        }
    }
}

static void put_boxes(FILE *f, const char *id, size_t second, const sfd_truth *truth, sfd_random *r)
{
    sfd_guess guess[SFD_MAX_GUESSES];
    size_t n = sfd_truth_guess(guess, truth, r);
    for (size_t i = 0; i < n; i++) {
        put_place(f, id, second, &guess[i].box);
        fputc(',', f);
        put_mille(f, guess[i].score_mille);
        fputc('\n', f);
    }
}

static void put_keyframe(const tables *t, const char *id, size_t second, const sfd_truth *truth,
                         sfd_random *r)
{
    put_truth(sfd_outfile_stream(t->file[TRUTH]), id, second, truth);
    put_boxes(sfd_outfile_stream(t->file[BOXES]), id, second, truth, r);
    if (truth->doubtful && t->file[EXCLUDED])
        fprintf(sfd_outfile_stream(t->file[EXCLUDED]), "%s,%04zu\n", id, second);
}

/* Everybody who shows in a frame, as MOTChallenge's truth: pixels, conf 1, class 1, all to be seen.
 */
static void put_frame(FILE *f, size_t frame, const sfd_truth *truth, int width, int height)
{
    for (size_t i = 0; i < truth->n; i++) {
        const sfd_truth_person *p = &truth->people[i];
        char text[4][SFD_DECIMAL_CHARS];
        const double value[4] = {p->box.x1 * width / 1000.0, p->box.y1 * height / 1000.0,
                                 (p->box.x2 - p->box.x1) * width / 1000.0,
                                 (p->box.y2 - p->box.y1) * height / 1000.0};
        for (int k = 0; k < 4; k++)
            sfd_format_short(text[k], value[k]);
        fprintf(f, "%zu,%zu,%s,%s,%s,%s,1,1,1\n", frame + 1, p->person, text[0], text[1], text[2],
                text[3]);
    }
}

/* ---- files of a split */

static sfd_status open_tables(tables *t, const char *stem, const int *wanted, size_t n,
                              sfd_error *err)
{
    sfd_status st = SFD_OK;
    for (size_t i = 0; i < n && st == SFD_OK; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s%s", stem, table_names[wanted[i]]) < 0)
            return sfd_fail_nomem(err, stem);
        st = sfd_outfile_open(&t->file[wanted[i]], path, err);
        free(path);
    }
    return st;
}

/* Frees all; the first failure counts. */
static sfd_status commit_tables(tables *t, sfd_error *err)
{
    sfd_status st = SFD_OK;
    for (size_t i = 0; i < N_TABLES; i++) {
        if (st == SFD_OK && t->file[i])
            st = sfd_outfile_commit(t->file[i], err);
        else
            sfd_outfile_discard(t->file[i]);
        t->file[i] = NULL;
    }
    return st;
}

static void discard_tables(tables *t)
{
    for (size_t i = 0; i < N_TABLES; i++)
        sfd_outfile_discard(t->file[i]);
}

/* ---- videos */

/* What a video is made with. */
typedef struct shoot {
    sfd_world *world;
    sfd_picture *picture;
    sfd_video_writer *video;
    sfd_soundtrack *track; /* NULL: without sound */
} shoot;

_Static_assert(SFD_SOUND_RATE % SFD_TIMELINE_FPS == 0 &&
                   SFD_SOUND_BLOCK == SFD_SOUND_RATE / SFD_TIMELINE_FPS,
               "a picture lasts for a block of sound");

/* The sound of the picture that has been written. */
static sfd_status record(const shoot *m, sfd_error *err)
{
    float left[SFD_SOUND_BLOCK], right[SFD_SOUND_BLOCK];
    const float *const channels[] = {left, right};
    if (!m->track)
        return SFD_OK;
    sfd_status st = sfd_soundtrack_next(m->track, left, right, SFD_SOUND_BLOCK, err);
    return st == SFD_OK ? sfd_video_writer_add_sound(m->video, channels, SFD_SOUND_BLOCK, err) : st;
}

static sfd_status draw_frames(run *job, const shoot *m, const tables *t, const char *id,
                              uint64_t stream, sfd_error *err)
{
    const sfd_synth_settings *s = job->s;
    sfd_random r = sfd_random_init(s->seed ^ GUESS_STREAM, stream);
    sfd_sight sights[SFD_MAX_PEOPLE];
    for (size_t i = 0; i < frames_of(s); i++) {
        if (s->should_stop && s->should_stop(s->user))
            return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
        double time_s = (double)i / SFD_TIMELINE_FPS;
        bool keyframe = i > 0 && i % SFD_TIMELINE_FPS == 0;
        const bool wanted = keyframe || t->file[TRACKS];
        sfd_world_render(m->world, time_s, m->picture, wanted ? sights : NULL, NULL);
        sfd_truth truth;
        if (wanted)
            sfd_truth_collect(&truth, m->world, time_s, s->width, s->height, sights);
        if (keyframe)
            put_keyframe(t, id, i / SFD_TIMELINE_FPS, &truth, &r);
        if (t->file[TRACKS])
            put_frame(sfd_outfile_stream(t->file[TRACKS]), i, &truth, s->width, s->height);
        sfd_status st = sfd_video_writer_add(m->video, m->picture, err);
        if (st == SFD_OK)
            st = record(m, err);
        if (st != SFD_OK)
            return st;
        job->n_done++;
        if (s->on_progress)
            s->on_progress(s->user, job->n_done, job->n_total);
    }
    return SFD_OK;
}

static sfd_status make_video(run *job, const char *path, const char *id, size_t index,
                             bool validation, const tables *t, sfd_error *err)
{
    const sfd_synth_settings *s = job->s;
    sfd_world_settings ws = {
        s->seed,       index,         validation,           s->seconds, s->width, s->height,
        s->min_people, s->max_people, find_scene(s->scene), s->grain,   s->sound};
    shoot m = {NULL, NULL, NULL, NULL};
    const sfd_video_format format = {.width = s->width,
                                     .height = s->height,
                                     .fps = SFD_TIMELINE_FPS,
                                     .sound_rate = s->sound ? SFD_SOUND_RATE : 0,
                                     .n_channels = 2,
                                     .repeatable = true};
    sfd_status st = sfd_world_create(&m.world, &ws, err);
    if (st == SFD_OK && s->sound)
        st = sfd_soundtrack_create(&m.track, m.world, err);
    if (st == SFD_OK)
        st = sfd_picture_create(&m.picture, s->width, s->height, err);
    if (st == SFD_OK)
        st = sfd_video_writer_open(&m.video, path, &format, err);
    if (st == SFD_OK)
        st = draw_frames(job, &m, t, id, 2 * index + validation, err);
    if (st == SFD_OK) {
        st = sfd_video_writer_close(m.video, err);
        m.video = NULL;
    }
    sfd_video_writer_discard(m.video);
    sfd_picture_unref(m.picture);
    sfd_soundtrack_destroy(m.track);
    sfd_world_destroy(m.world);
    return st;
}

static sfd_status write_labels(const char *directory, bool sound, sfd_error *err)
{
    sfd_label_map names;
    sfd_outfile *file = NULL;
    char *path = NULL;
    sfd_status st = sfd_label_map_builtin(&names, SFD_LABELS_AVA_80, err);
    if (st != SFD_OK)
        return st;
    if (asprintf(&path, "%s/labels.pbtxt", directory) < 0) {
        path = NULL;
        st = sfd_fail_nomem(err, directory);
    } else {
        st = sfd_outfile_open(&file, path, err);
    }
    const int *id = sound ? sfd_synth_sound_labels : sfd_synth_labels;
    for (; st == SFD_OK && *id; id++)
        fprintf(sfd_outfile_stream(file), "item {\n  name: \"%s\"\n  id: %d\n}\n",
                sfd_label_name(&names, *id), *id);
    if (st == SFD_OK)
        st = sfd_outfile_commit(file, err);
    free(path);
    sfd_label_map_free(&names);
    return st;
}

/* One video of a split, with its tracks. */
static sfd_status make_member(run *job, const char *directory, const char *id, size_t index,
                              bool validation, tables *t, sfd_error *err)
{
    char *path = NULL, *tracks = NULL;
    sfd_status st = SFD_OK;
    if (asprintf(&path, "%s/videos/%s.mp4", directory, id) < 0)
        return sfd_fail_nomem(err, directory);
    if (job->s->tracks && asprintf(&tracks, "%s/tracks/%s.txt", directory, id) < 0) {
        free(path);
        return sfd_fail_nomem(err, directory);
    }
    if (tracks)
        st = sfd_outfile_open(&t->file[TRACKS], tracks, err);
    if (st == SFD_OK)
        st = make_video(job, path, id, index, validation, t, err);
    if (st == SFD_OK && tracks) {
        st = sfd_outfile_commit(t->file[TRACKS], err);
        t->file[TRACKS] = NULL;
    }
    free(path);
    free(tracks);
    return st;
}

static sfd_status make_split(run *job, const char *directory, bool validation, size_t n, tables *t,
                             sfd_error *err)
{
    sfd_status st = SFD_OK;
    for (size_t i = 0; i < n && st == SFD_OK; i++) {
        char id[80];
        snprintf(id, sizeof id, "synth%llu_%s_%05zu", (unsigned long long)job->s->seed,
                 validation ? "val" : "train", i);
        st = make_member(job, directory, id, i, validation, t, err);
        fprintf(sfd_outfile_stream(t->file[VIDEOS]), "%s\n", id);
    }
    return st;
}

static sfd_status make_folder(const char *directory, const char *name, sfd_error *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        return sfd_fail_nomem(err, directory);
    sfd_status st = sfd_make_directory(path, err);
    free(path);
    return st;
}

static sfd_status make_directories(const char *directory, bool tracks, sfd_error *err)
{
    sfd_status st = sfd_make_directory(directory, err);
    if (st == SFD_OK)
        st = make_folder(directory, "videos", err);
    if (st == SFD_OK && tracks)
        st = make_folder(directory, "tracks", err);
    return st;
}

static sfd_status open_split(tables *t, const char *directory, bool validation, sfd_error *err)
{
    static const int all[] = {TRUTH, BOXES, EXCLUDED, VIDEOS};
    char *stem = NULL;
    if (asprintf(&stem, "%s/%s", directory, validation ? "val" : "train") < 0)
        return sfd_fail_nomem(err, directory);
    sfd_status st = open_tables(t, stem, all, sizeof all / sizeof *all, err);
    free(stem);
    return st;
}

sfd_status sfd_synth_write_set(const char *directory, size_t n_videos,
                               const sfd_synth_settings *settings, sfd_error *err)
{
    sfd_synth_settings s;
    sfd_status st = SFD_SETTINGS_TAKE(sfd_synth_settings, &s, settings, err);
    if (st == SFD_OK)
        st = check_settings(&s, err);
    if (st == SFD_OK)
        st = check_range((double)n_videos, 1, SFD_SYNTH_MAX_VIDEOS, "number of videos", err);
    if (st == SFD_OK)
        st = make_directories(directory, s.tracks, err);
    if (st != SFD_OK)
        return st;
    tables split[2] = {{{NULL}}, {{NULL}}}; /* training, validation */
    size_t n_validation = (size_t)((double)n_videos * s.validation_share + 0.5);
    size_t n[2] = {n_videos - n_validation, n_validation};
    run job = {&s, 0, n_videos * frames_of(&s)};
    for (int v = 0; v < 2 && st == SFD_OK; v++)
        st = open_split(&split[v], directory, v, err);
    for (int v = 0; v < 2 && st == SFD_OK; v++)
        st = make_split(&job, directory, v, n[v], &split[v], err);
    for (int v = 0; v < 2 && st == SFD_OK; v++)
        st = commit_tables(&split[v], err);
    if (st == SFD_OK)
        st = write_labels(directory, s.sound, err);
    for (int v = 0; v < 2; v++)
        discard_tables(&split[v]);
    return st;
}

sfd_status sfd_synth_write_clip(const char *path, const sfd_synth_settings *settings,
                                sfd_error *err)
{
    static const int wanted[] = {TRUTH, BOXES, TRACKS};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path,
               *dot = strrchr(name, '.');
    sfd_synth_settings s;
    sfd_status st = SFD_SETTINGS_TAKE(sfd_synth_settings, &s, settings, err);
    if (st == SFD_OK)
        st = check_settings(&s, err);
    if (st != SFD_OK)
        return st;
    if (!dot || dot == name)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the name of a clip needs an extension, as .mp4",
                        path);
    char *stem = sfd_strndup(path, (size_t)(dot - path));
    if (!stem)
        return sfd_fail_nomem(err, path);
    tables t = {{NULL}};
    run job = {&s, 0, frames_of(&s)};
    st = open_tables(&t, stem, wanted, s.tracks ? 3 : 2, err);
    if (st == SFD_OK)
        st = make_video(&job, path, stem + (name - path), 0, true, &t, err);
    if (st == SFD_OK)
        st = commit_tables(&t, err);
    discard_tables(&t);
    free(stem);
    return st;
}
