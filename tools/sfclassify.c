/* SPDX-License-Identifier: Apache-2.0 */
/* sfclassify: whole videos in, scores of classes out. */
#include "cli.h"
#include "sfclassify_options.h"

#include <sfdet/accuracy.h>
#include <sfdet/codecs.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME SFCLASSIFY

enum { OUT_CSV, OUT_JSON, N_OUTPUTS };

typedef struct app {
    options o;
    char **operands; /* [n_videos] where there is no list */
    sfd_video_list *list;
    size_t n_videos;
    sfd_model *model;
    const sfd_model_info *info;
    sfd_video_classifier *classifier;
    sfd_class_names *names;
    sfd_class_writer *writers[N_OUTPUTS]; /* NULL where not asked for */
    sfd_accuracy *accuracy;
    float *scores; /* [n_classes] */
    int *best;     /* [n_best] */
    size_t n_best;
    bool print_each, beside_results;
    cli_progress progress;
    size_t n_views; /* of a video */
    size_t n_done, n_failed, n_labelled;
    bool output_failed; /* there is no use in going on */
} app;

/* ------------------------------------------------------------- opening things */

static sfd_listed_video video_at(const app *a, size_t i)
{
    return a->list ? *sfd_video_list_get(a->list, i) : (sfd_listed_video){.path = a->operands[i]};
}

static void on_view(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    (void)n_total;
    const size_t n = (a->n_done + a->n_failed) * a->n_views + n_done;
    if (n < a->progress.total) /* the last state is drawn at the end */
        cli_progress_update(&a->progress, n);
}

static void on_warning(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "warning: %s", message);
}

static sfd_status open_network(app *a, sfd_error *err)
{
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.weights = a->o.weights;
    settings.config = a->o.config;
    settings.cpu = a->o.cpu;
    settings.exact = a->o.exact;
    const sfd_status status = cli_open_model(&a->model, &settings, a->o.precision, err);
    if (status != SFD_OK)
        return status;
    a->info = sfd_model_get_info(a->model);
    a->o.views.user = a;
    a->o.views.on_view = on_view;
    a->o.views.should_stop = cli_should_stop;
    a->o.views.on_warning = on_warning;
    return sfd_video_classifier_create(&a->classifier, a->model, a->o.threads, &a->o.views, err);
}

static sfd_status no_memory(sfd_error *err)
{
    *err = (sfd_error){SFD_ERR_NOMEM, "out of memory"};
    return SFD_ERR_NOMEM;
}

static void check_names(const app *a)
{
    const int n_classes = a->info->n_classes;
    const size_t end = sfd_class_names_end(a->names);
    size_t n_named = 0;
    for (int i = 0; i < n_classes; i++)
        n_named += sfd_class_names_get(a->names, i) != NULL;
    if (a->names && (end != (size_t)n_classes || n_named < end))
        cli_warn(NAME,
                 "warning: %s has names for %zu of the network's %d class%s and ends at class %d: "
                 "does it belong to this network?",
                 a->o.names ? a->o.names : a->o.weights, n_named, n_classes,
                 n_classes == 1 ? "" : "es", (int)end - 1);
}

static sfd_status open_inputs(app *a, sfd_error *err)
{
    const int n_classes = a->info->n_classes;
    sfd_status status = SFD_OK;
    if (a->o.list)
        status = sfd_video_list_read(&a->list, a->o.list, a->o.videos, n_classes, err);
    if (status == SFD_OK)
        status = a->o.names ? sfd_class_names_read(&a->names, a->o.names, err)
                            : sfd_class_names_of_model(&a->names, a->model, err);
    if (status == SFD_OK)
        check_names(a);
    if (status == SFD_OK)
        status = sfd_accuracy_create(&a->accuracy, n_classes, err);
    if (status != SFD_OK)
        return status;
    if (a->list)
        a->n_videos = sfd_video_list_count(a->list);
    a->n_best = a->o.top < n_classes ? (size_t)a->o.top : (size_t)n_classes;
    a->scores = calloc((size_t)n_classes, sizeof *a->scores);
    a->best = calloc(a->n_best, sizeof *a->best);
    return a->scores && a->best ? SFD_OK : no_memory(err);
}

/* Whatever lies in a folder may be a frame of it. */
static int check_folder(const char *folder)
{
    int result = CLI_CONTINUE;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && result == CLI_CONTINUE && (e = readdir(dir));) {
        char *path;
        if (asprintf(&path, "%s/%s", folder, e->d_name) < 0) {
            cli_warn(NAME, "out of memory");
            result = CLI_FAILED;
            break;
        }
        result = cli_check_input(NAME, path);
        free(path);
    }
    if (dir)
        closedir(dir);
    return result;
}

/* That no output is one of the files that lists and folders name. */
static int check_inputs(const app *a)
{
    int result = CLI_CONTINUE;
    for (size_t i = 0; i < a->n_videos && result == CLI_CONTINUE; i++) {
        const sfd_listed_video v = video_at(a, i);
        for (size_t j = 0; j < v.n_pictures && result == CLI_CONTINUE; j++)
            result = cli_check_input(NAME, v.pictures[j]);
        if (v.n_pictures == 0 && result == CLI_CONTINUE)
            result = a->list ? cli_check_input(NAME, v.path) : CLI_CONTINUE;
        if (v.n_pictures == 0 && result == CLI_CONTINUE)
            result = check_folder(v.path);
    }
    return result;
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static sfd_status open_outputs(app *a, sfd_error *err)
{
    const options *o = &a->o;
    sfd_status status = SFD_OK;
    if (o->csv)
        status = sfd_class_writer_open_csv(&a->writers[OUT_CSV], o->csv, err);
    if (status == SFD_OK && o->json)
        status =
            sfd_class_writer_open_json(&a->writers[OUT_JSON], o->json, a->names, a->n_best, err);
    a->print_each = !o->csv && !o->json;
    a->beside_results = is_stdout(o->csv) || is_stdout(o->json) || is_stdout(o->per_class);
    return status;
}

/* ------------------------------------------------------------------ results */

static void print_best(app *a, const sfd_listed_video *v)
{
    cli_progress_clear(&a->progress);
    cli_print("%s\n", v->path);
    sfd_best_classes(a->best, a->n_best, a->scores, a->info->n_classes);
    for (size_t i = 0; i < a->n_best; i++) {
        const char *name = sfd_class_names_get(a->names, a->best[i]);
        cli_print("  %8.6f  %5d%s%s\n", (double)a->scores[a->best[i]], a->best[i], name ? "  " : "",
                  name ? name : "");
    }
}

static sfd_status hand_out(app *a, const sfd_listed_video *v, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < N_OUTPUTS && status == SFD_OK; i++)
        if (a->writers[i])
            status = sfd_class_writer_add(a->writers[i], v, a->scores, a->info->n_classes, err);
    if (status == SFD_OK && v->n_labels > 0) {
        status = sfd_accuracy_add(a->accuracy, a->scores, v->labels, v->n_labels, err);
        a->n_labelled++;
    }
    if (status == SFD_OK && a->print_each)
        print_best(a, v);
    a->output_failed = status != SFD_OK;
    return status;
}

/* On stderr where results go to stdout. */
static void tell(const app *a, const char *line)
{
    if (a->beside_results)
        cli_note("%s\n", line);
    else
        cli_print("%s\n", line);
}

static int print_accuracy(app *a)
{
    sfd_accuracy_result r;
    sfd_error err;
    char line[160];
    if (a->n_labelled == 0)
        return CLI_CONTINUE;
    if (sfd_accuracy_get(a->accuracy, &r, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    snprintf(line, sizeof line, "%zu video%s with labels, %zu of %d class%s", r.n_videos,
             cli_plural(r.n_videos), r.n_present, r.n_classes, r.n_classes == 1 ? "" : "es");
    tell(a, line);
    snprintf(line, sizeof line, "top-1 %.4f, top-5 %.4f, mean of the classes' %.4f", r.top1, r.top5,
             r.class_mean);
    if (r.single)
        tell(a, line);
    snprintf(line, sizeof line, "mAP %.4f", r.map);
    tell(a, line);
    if (a->o.per_class && sfd_class_report_write(a->o.per_class, &r, a->names, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    return CLI_CONTINUE;
}

/* ------------------------------------------------------------------ running */

static void fail_video(app *a, const sfd_error *err)
{
    cli_progress_clear(&a->progress);
    cli_fail(NAME, err);
    a->n_failed++;
}

static sfd_status run_video(app *a, const sfd_listed_video *v, sfd_error *err)
{
    sfd_status status = sfd_video_classifier_run(a->classifier, v, a->scores, err);
    return status == SFD_OK ? hand_out(a, v, err) : status;
}

/* A video that cannot be read is an item that failed; an output that cannot be written ends all. */
static int run_videos(app *a)
{
    sfd_error err;
    for (size_t i = 0; i < a->n_videos && !cli_interrupted(); i++) {
        const sfd_listed_video v = video_at(a, i);
        if (!sfd_listed_video_exists(&v, &err)) {
            fail_video(a, &err);
            continue;
        }
        const sfd_status status = run_video(a, &v, &err);
        if (status == SFD_ERR_CANCELLED)
            break;
        if (status == SFD_OK) {
            a->n_done++;
            continue;
        }
        fail_video(a, &err);
        if (a->output_failed || status == SFD_ERR_NOMEM)
            return CLI_FAILED;
    }
    cli_progress_end(&a->progress, (a->n_done + a->n_failed) * a->n_views);
    return CLI_CONTINUE;
}

/* Commits all outputs, or with nothing done leaves what was there before. */
static int finish_outputs(app *a)
{
    sfd_error err;
    const bool stopped = cli_interrupted();
    if (a->n_done == 0 && stopped) {
        cli_warn(NAME, "stopped before the first video was done; outputs are as they were");
        return CLI_INTERRUPTED;
    }
    if (a->n_done == 0)
        return CLI_FAILED;
    int exit_status = CLI_CONTINUE;
    for (int i = 0; i < N_OUTPUTS; i++)
        if (a->writers[i] && sfd_class_writer_commit(a->writers[i], &err) != SFD_OK)
            exit_status = cli_fail(NAME, &err);
    if (exit_status == CLI_CONTINUE)
        exit_status = print_accuracy(a);
    if (!stopped)
        return exit_status;
    cli_warn(NAME, "stopped after %zu of %zu video%s; what is done was kept", a->n_done,
             a->n_videos, cli_plural(a->n_videos));
    return CLI_INTERRUPTED;
}

static void tell_views(const app *a)
{
    static const char *const samplings[] = {"", "uniform", "offset", "spread", "segments"};
    const sfd_classify_settings *s = sfd_video_classifier_views(a->classifier);
    if (a->info->n_pathways == 0) {
        cli_warn(NAME, "%d clip%s (%s) of the sound of %d frame%s, %s", s->n_clips,
                 cli_plural((size_t)s->n_clips), samplings[s->sampling], a->info->n_frames,
                 cli_plural((size_t)a->info->n_frames),
                 s->average == SFD_AVERAGE_MAX ? "maximum" : "mean");
        return;
    }
    cli_warn(NAME, "%d clip%s (%s) of %d frame%s, %d crop%s of %d from a short side of %d, %s",
             s->n_clips, cli_plural((size_t)s->n_clips), samplings[s->sampling], a->info->n_frames,
             cli_plural((size_t)a->info->n_frames), s->n_crops, cli_plural((size_t)s->n_crops),
             s->crop_px, s->short_side_px, s->average == SFD_AVERAGE_MAX ? "maximum" : "mean");
}

static int classify(app *a)
{
    sfd_error err;
    sfd_status status = open_network(a, &err); /* says which labels there are */
    if (status == SFD_OK)
        status = open_inputs(a, &err);
    if (status == SFD_OK && check_inputs(a) != CLI_CONTINUE)
        return CLI_USAGE;
    if (status == SFD_OK)
        status = open_outputs(a, &err);
    if (status != SFD_OK) {
        cli_fail(NAME, &err);
        return status == SFD_ERR_ARG ? CLI_USAGE : CLI_FAILED;
    }
    if (!a->o.quiet)
        tell_views(a);
    const sfd_classify_settings *s = sfd_video_classifier_views(a->classifier);
    a->n_views = (size_t)s->n_clips * (size_t)s->n_crops;
    cli_catch_interrupt();
    cli_progress_start(&a->progress, "views", a->n_videos * a->n_views, a->o.quiet);
    int exit_status = run_videos(a);
    if (exit_status == CLI_CONTINUE)
        exit_status = finish_outputs(a);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    return a->n_failed > 0 ? CLI_PARTIAL : CLI_DONE;
}

static void close_all(app *a)
{
    for (int i = 0; i < N_OUTPUTS; i++)
        sfd_class_writer_free(a->writers[i]);
    sfd_accuracy_free(a->accuracy);
    sfd_class_names_free(a->names);
    sfd_video_list_free(a->list);
    sfd_video_classifier_free(a->classifier);
    sfd_model_free(a->model);
    cli_overrides_free(&a->o.overrides);
    free(a->scores);
    free(a->best);
}

int main(int argc, char **argv)
{
    app a = {0};
    int n_operands;
    cli_start();
    sfd_quiet_codecs();
    int exit_status = parse_options(&a.o, argc, argv, &n_operands);
    if (exit_status == CLI_CONTINUE) {
        a.operands = argv + 1;
        a.n_videos = (size_t)n_operands;
        exit_status = cli_finish_stdout(NAME, classify(&a));
    }
    close_all(&a);
    return exit_status;
}
