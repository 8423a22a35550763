/* SPDX-License-Identifier: Apache-2.0 */
/* Many videos into a folder, and such folders as one. */
#include "sfdetect_set.h"

#include "cli.h"
#include "sfdetect_outputs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_TOLD 100 /* faults of parts */

typedef struct set_run {
    const options *o;
    const clip_list *clips;
    const person_source *persons;
    const sfd_model *model;
    sfd_detector *detector;
    sfd_labels *labels;
    sfd_shard shard;
    char *text;           /* of the options */
    const char *files[3]; /* that results depend on */
    size_t n_files;
    sfd_find_settings find;
    cli_progress progress;
    char note[64];
} set_run;

/* -------------------------------------------------------------------- options */

static int read_kinds(options *o)
{
    for (const char *at = o->also; at && *at;) {
        const size_t n = strcspn(at, ",");
        if (n == 4 && memcmp(at, "json", n) == 0)
            o->also_json = true;
        else if (n == 6 && memcmp(at, "tracks", n) == 0)
            o->also_tracks = true;
        else if (n == 8 && memcmp(at, "features", n) == 0)
            o->also_features = true;
        else if (n == 3 && memcmp(at, "npz", n) == 0)
            o->also_npz = true;
        else
            return cli_usage_error(SFDETECT,
                                   "--also: \"%s\": wanted json, tracks, features, npz, with "
                                   "commas between",
                                   o->also);
        at += at[n] ? n + 1 : n;
    }
    return CLI_CONTINUE;
}

static int check_merge(const options *o, int n_operands)
{
    if (n_operands == 0)
        return cli_usage_error(SFDETECT, "--merge: no folder given");
    if (!o->csv && !o->json)
        return cli_usage_error(SFDETECT, "--merge: -o FILE or -j FILE is wanted");
    if (o->list || o->out_dir || o->live || o->features)
        return cli_usage_error(SFDETECT, "--merge takes folders alone: %s does not go with it",
                               o->list       ? "--list"
                               : o->out_dir  ? "--out-dir"
                               : o->features ? "--features"
                                             : "--live");
    return CLI_CONTINUE;
}

/* What each video's files would be more than one of, or for which there is no file. */
static int check_out_dir(const options *o)
{
    const char *wrong = o->csv         ? "--output"
                        : o->json      ? "--json"
                        : o->features  ? "--features"
                        : o->segments  ? "--segments"
                        : o->tracks    ? "--tracks"
                        : o->keyframes ? "--keyframes"
                        : o->render    ? "--render"
                        : o->live      ? "--live"
                                       : NULL;
    if (wrong)
        return cli_usage_error(SFDETECT, "%s cannot go with --out-dir", wrong);
    if (o->proposals && strcmp(o->proposals, "-") == 0)
        return cli_usage_error(SFDETECT, "--out-dir: boxes from a pipe could not be read again");
    if (o->split > 0 && (o->track || o->also_tracks))
        return cli_usage_error(SFDETECT, "--split: persons are followed through whole videos");
    if (o->resume && o->skip_done)
        return cli_usage_error(SFDETECT, "--resume and --skip-done: either is wanted");
    return CLI_CONTINUE;
}

int check_set_options(options *o, int n_operands)
{
    const char *needs = o->also        ? "--also"
                        : o->resume    ? "--resume"
                        : o->skip_done ? "--skip-done"
                        : o->force     ? "--force"
                        : o->dry_run   ? "--dry-run"
                        : o->shard     ? "--shard"
                        : o->split > 0 ? "--split"
                                       : NULL;
    if (o->partial && !o->merge)
        return cli_usage_error(SFDETECT, "--partial is for --merge");
    if (o->list && o->live)
        return cli_usage_error(SFDETECT, "--live takes the place of --list");
    if (needs && !o->out_dir)
        return cli_usage_error(SFDETECT, "%s is for --out-dir", needs);
    if (o->merge)
        return check_merge(o, n_operands);
    return o->out_dir && read_kinds(o) == CLI_CONTINUE ? check_out_dir(o) : read_kinds(o);
}

static bool is_file(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Adds to a text that is NULL once memory is out. */
static SFD_PRINTF(2, 3) void add(char **text, const char *fmt, ...)
{
    char *more = NULL, *all = NULL;
    va_list args;
    va_start(args, fmt);
    if (vasprintf(&more, fmt, args) < 0)
        more = NULL;
    va_end(args);
    const size_t n = *text && more ? strlen(*text) : 0;
    if (*text && more && (all = realloc(*text, n + strlen(more) + 1)))
        strcpy(all + n, more);
    else
        free(*text);
    free(more);
    *text = all;
}

/* A configuration that is no file, which would be the model's, without the overrides behind it. */
static void add_preset(char **text, const char *config)
{
    char *name = strndup(config, strcspn(config, "\n"));
    if (name && *name && !is_file(name))
        add(text, "config %s\n", name);
    if (!name) {
        free(*text);
        *text = NULL;
    }
    free(name);
}

/* What the results depend on beside files, in words that are the same on all machines. */
static char *describe_options(const set_run *r)
{
    const options *o = r->o;
    char *t = strdup("");
    add(&t, "precision %s\nexact %d\nscales %s\nflip %d\n",
        cli_precisions[cli_precision(o->precision)], o->exact,
        o->scale_list ? o->scale_list : "own", o->flip);
    if (o->cpu)
        add(&t, "cpu %s\n", o->cpu);
    if (o->config)
        add_preset(&t, o->config);
    for (size_t i = 0; i + 1 < o->overrides.n; i += 2)
        add(&t, "set %s %s\n", o->overrides.words[i], o->overrides.words[i + 1]);
    add(&t, "persons %s\nthreshold %.17g\n", o->proposals ? "given" : "found",
        r->persons->threshold);
    if (o->proposals || o->frame_fps > 0)
        add(&t, "fps %.17g\n", o->frame_fps);
    if (!o->proposals)
        add(&t, "every %.17g\nmax-persons %d\nperson-class %d\ntrack-fps %.17g\n", r->find.every_s,
            o->max_persons, o->person_class, r->find.track_fps);
    add(&t, "min-score %.17g\ntop %d\n", o->min_score, o->top);
    if (o->labels && !is_file(o->labels))
        add(&t, "labels %s\n", o->labels);
    return t;
}

static void list_files(set_run *r)
{
    if (r->o->proposals)
        r->files[r->n_files++] = r->o->proposals;
    else
        r->files[r->n_files++] = r->persons->weights;
    if (r->o->labels && is_file(r->o->labels))
        r->files[r->n_files++] = r->o->labels;
}

/* ------------------------------------------------------------------ callbacks */

static void on_progress(void *user, const sfd_dataset_progress *p)
{
    set_run *r = user;
    snprintf(r->note, sizeof r->note, "part %zu of %zu", p->n_ended + 1, p->n_parts);
    r->progress.note = r->note;
    r->progress.total = p->n_keyframes;
    cli_progress_update(&r->progress, p->n_done);
}

static void on_warning(void *user, const char *message)
{
    set_run *r = user;
    cli_progress_clear(&r->progress);
    cli_warn(SFDETECT, "warning: %s", message);
}

static void on_failure(void *user, const char *message)
{
    set_run *r = user;
    cli_progress_clear(&r->progress);
    cli_warn(SFDETECT, "%s", message);
}

/* ---------------------------------------------------------------------- plan */

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds of the network on a grey clip of one person, of the size of the first video there is;
 * 0 where nothing could be measured. */
static double measure(const set_run *r)
{
    const sfd_model_info *info = sfd_model_get_info(r->model);
    const sfd_box_norm box = {0.25, 0.25, 0.75, 0.75};
    sfd_video_facts facts = {0};
    for (size_t i = 0; i < r->clips->n && facts.width == 0; i++)
        sfd_video_look_up(&facts, r->clips->clips[i].path, cli_should_stop, NULL, NULL);
    const size_t stride = 3 * (size_t)facts.width;
    uint8_t *grey = facts.width > 0 ? malloc(stride * (size_t)facts.height) : NULL;
    const sfd_image **frames = calloc((size_t)info->n_frames, sizeof *frames);
    float *scores = calloc((size_t)info->n_classes, sizeof *scores);
    const sfd_image image = {facts.width, facts.height, stride, grey};
    double time_s = 0;
    if (grey)
        memset(grey, 128, stride * (size_t)facts.height);
    for (int i = 0; frames && i < info->n_frames; i++)
        frames[i] = &image;
    for (int turn = 0; grey && frames && scores && turn < 2; turn++) { /* the first one warms up */
        const double from_s = now_s();
        const bool ok = sfd_detector_run_frames(r->detector, frames, (size_t)info->n_frames, &box,
                                                1, scores, NULL) == SFD_OK;
        time_s = ok ? now_s() - from_s : 0;
    }
    free(grey);
    free(frames);
    free(scores);
    return time_s;
}

static void print_time(double s)
{
    if (s < 60)
        cli_print("%.0f s", s);
    else if (s < 3600)
        cli_print("%.0f min", s / 60);
    else
        cli_print("%.1f h", s / 3600);
}

static int print_plan(const set_run *r, const sfd_dataset *d)
{
    sfd_dataset_plan plan;
    const char *video;
    size_t number, count;
    sfd_dataset_get_plan(d, &plan);
    for (size_t i = 0; i < plan.n_parts; i++) {
        const bool complete = sfd_dataset_part(d, i, &video, &number, &count);
        cli_print("%s %s", complete ? "complete" : "to do", video);
        if (count > 1)
            cli_print(", part %zu of %zu", number, count);
        cli_print("\n");
    }
    const size_t n = plan.n_parts - plan.n_complete;
    cli_print("%zu part%s to do, %zu complete; %zu keyframe%s", n, cli_plural(n), plan.n_complete,
              plan.n_keyframes, cli_plural(plan.n_keyframes));
    if (plan.n_unknown > 0)
        cli_print(" and %zu part%s of unknown length", plan.n_unknown, cli_plural(plan.n_unknown));
    const double rate = plan.s_per_keyframe > 0 ? plan.s_per_keyframe : n > 0 ? measure(r) : 0;
    if (rate > 0) {
        cli_print("; ");
        print_time(rate * (double)plan.n_keyframes);
        cli_print(" at %.3g s a keyframe, %s", rate,
                  plan.s_per_keyframe > 0 ? "as measured so far" : "by the network alone");
    }
    cli_print("\n");
    return CLI_DONE;
}

/* ------------------------------------------------------------------- running */

static void tell_failures(const sfd_dataset *d)
{
    size_t n = 0;
    while (sfd_dataset_failure(d, n))
        n++;
    if (n > 0)
        cli_note("%zu failure%s:\n", n, cli_plural(n));
    for (size_t i = 0; i < n; i++)
        cli_note("  %s\n", sfd_dataset_failure(d, i));
}

static void tell_summary(const set_run *r, const sfd_dataset_summary *s)
{
    if (r->o->quiet)
        return;
    cli_note("%s: %zu part%s done, %zu complete before, %zu failed; %zu keyframe%s", r->o->out_dir,
             s->n_done, cli_plural(s->n_done), s->n_complete, s->n_failed, s->n_keyframes,
             cli_plural(s->n_keyframes));
    cli_note("\n");
}

/* What to do next belongs to the error. */
static int fail_set(sfd_error *err, const char *advice)
{
    const size_t n = strlen(err->message);
    snprintf(err->message + n, sizeof err->message - n, "; %s", advice);
    return cli_fail(SFDETECT, err);
}

static int do_set(set_run *r, sfd_dataset *d)
{
    sfd_error err;
    sfd_dataset_summary s;
    cli_catch_interrupt();
    cli_progress_start(&r->progress, "keyframes", 0, r->o->quiet);
    const sfd_status status = sfd_dataset_run(d, r->detector, &s, &err);
    cli_progress_end(&r->progress, s.n_keyframes);
    if (status != SFD_OK && status != SFD_ERR_CANCELLED)
        return fail_set(&err, "what is done is kept: --resume goes on");
    tell_summary(r, &s);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(SFDETECT, "stopped; what is done is kept: --resume goes on");
        return CLI_INTERRUPTED;
    }
    tell_failures(d);
    return s.n_failed + s.n_incomplete + count_unusable(r->persons) > 0 ? CLI_PARTIAL : CLI_DONE;
}

static sfd_status prepare(set_run *r, sfd_error *err)
{
    const options *o = r->o;
    sfd_status status = o->shard ? sfd_shard_read(&r->shard, o->shard, err) : SFD_OK;
    fill_find_settings(r->persons, NULL, &r->find);
    list_files(r);
    r->text = describe_options(r);
    if (status == SFD_OK)
        status = open_labels(&r->labels, o, r->model, err);
    if (status == SFD_OK && !r->text) {
        *err = (sfd_error){SFD_ERR_NOMEM, "out of memory"};
        status = SFD_ERR_NOMEM;
    }
    return status;
}

static void fill_settings(set_run *r, sfd_dataset_settings *s)
{
    const options *o = r->o;
    sfd_dataset_settings_defaults(s);
    s->model = r->model;
    s->proposals = r->persons->proposals;
    s->persons = r->persons->model;
    s->find = &r->find;
    s->files = r->files;
    s->n_files = r->n_files;
    s->options = r->text;
    s->shard = r->shard;
    s->part_keyframes = (size_t)o->split;
    s->resume = o->resume;
    s->skip_done = o->skip_done;
    s->force = o->force;
    s->plan_only = o->dry_run;
    s->n_jobs = o->jobs;
    s->picture_fps = o->frame_fps;
    s->json = o->also_json;
    s->tracks = o->also_tracks;
    s->features = o->also_features;
    s->features_npz = o->also_npz;
    s->feature_type = (sfd_feature_type)o->feature_type;
    s->labels = r->labels;
    s->min_score = o->min_score;
    s->top = o->top;
    s->user = r;
    s->on_progress = on_progress;
    s->on_warning = on_warning;
    s->on_failure = on_failure;
    s->should_stop = cli_should_stop;
}

static int open_and_run(set_run *r)
{
    sfd_error err;
    sfd_dataset_settings settings;
    sfd_dataset *d = NULL;
    sfd_status status = prepare(r, &err);
    if (status == SFD_ERR_ARG)
        return cli_usage_error(SFDETECT, "%s", err.message);
    if (status != SFD_OK)
        return cli_fail(SFDETECT, &err);
    if (*r->shard.found && !r->o->quiet)
        cli_note("shard %zu of %zu: %s\n", r->shard.index, r->shard.count, r->shard.found);
    fill_settings(r, &settings);
    status = sfd_dataset_open(&d, r->o->out_dir, r->clips->sources, &settings, &err);
    if (status == SFD_ERR_ARG)
        return cli_usage_error(SFDETECT, "%s", err.message);
    if (status == SFD_ERR_MISMATCH)
        return fail_set(&err, "--resume goes on with the same set, --force begins anew");
    if (status != SFD_OK)
        return cli_fail(SFDETECT, &err);
    const int exit_status = r->o->dry_run ? print_plan(r, d) : do_set(r, d);
    sfd_dataset_free(d);
    return exit_status;
}

int run_set(const options *o, const clip_list *clips, const person_source *persons,
            const sfd_model *model, sfd_detector *detector)
{
    set_run r = {.o = o,
                 .clips = clips,
                 .persons = persons,
                 .model = model,
                 .detector = detector,
                 .shard = {.count = 1}};
    if (!o->quiet)
        tell_counts(persons);
    const int exit_status = open_and_run(&r);
    sfd_labels_free(r.labels);
    free(r.text);
    return exit_status;
}

/* -------------------------------------------------------------------- merging */

/* By name, as far as a reader gets. */
static void on_fault(void *user, const char *message)
{
    size_t *n = user;
    if (++*n <= MAX_TOLD)
        cli_warn(SFDETECT, "%s", message);
    else if (*n == MAX_TOLD + 1)
        cli_warn(SFDETECT, "...");
}

/* The next one to read the folder would find a file there that belongs to no part. */
static int check_place(const char *option, const char *file, const char *folder)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    char *parent = !file ? NULL : slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
    struct stat a, b;
    const bool same = parent && strcmp(file, "-") != 0 && stat(parent, &a) == 0 &&
                      stat(folder, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    free(parent);
    return same ? cli_usage_error(SFDETECT, "%s %s: is in the folder that is read", option, file)
                : CLI_CONTINUE;
}

int merge_sets(const options *o, char **folders, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int exit_status = check_place("--output", o->csv, folders[i]);
        if (exit_status == CLI_CONTINUE)
            exit_status = check_place("--json", o->json, folders[i]);
        if (exit_status != CLI_CONTINUE)
            return exit_status;
    }
    sfd_error err;
    sfd_parts *parts;
    size_t n_faults = 0;
    sfd_status status = sfd_parts_open(&parts, (const char *const *)folders, n, o->partial,
                                       on_fault, &n_faults, &err);
    if (status == SFD_ERR_MISMATCH)
        return fail_set(&err, "--partial goes on without");
    if (status == SFD_OK && o->csv)
        status = sfd_parts_merge(parts, SFD_PART_CSV, o->csv, &err);
    if (status == SFD_OK && o->json)
        status = sfd_parts_merge(parts, SFD_PART_JSON, o->json, &err);
    sfd_parts_free(parts);
    if (status != SFD_OK)
        return cli_fail(SFDETECT, &err);
    return n_faults > 0 ? CLI_PARTIAL : CLI_DONE;
}
