/* SPDX-License-Identifier: Apache-2.0 */
/* sfdetect: videos and person boxes in, labelled people out. */
#include "cli.h"
#include "persons.h"
#include "sfdetect_clips.h"
#include "sfdetect_live.h"
#include "sfdetect_options.h"
#include "sfdetect_persons.h"
#include "sfdetect_summary.h"

#include <sfdet/codecs.h>
#include <sfdet/render.h>
#include <sfdet/tracks.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME    SFDETECT
#define BUNDLED "demo/slowfast_demo.safetensors" /* in data/ */

enum { OUT_CSV, OUT_JSON, OUT_PICTURES, OUT_SEGMENTS, OUT_MJPEG, N_OUTPUTS };

#define SUMMARY_TOP 5 /* labels, where --top does not say */

typedef struct app {
    options o;
    clip_list clips;
    size_t n_clips_failed;
    person_source persons;
    sfd_labels *labels;
    sfd_model *model;
    sfd_detector *detector;
    sfd_writer *writers[N_OUTPUTS]; /* NULL where not asked for */
    sfd_overlay *overlay;           /* with --render */
    sfd_renderer *renderer;
    char last_warning[sizeof((sfd_error *)NULL)->message]; /* about a video */
    summary *summary;                                      /* NULL: not wanted */
    bool output_failed;                                    /* there is no use in going on */
    cli_progress progress;
    size_t n_total; /* keyframes of all clips; where persons are found those of the clips so far */
    size_t n_done, n_failed, n_empty;
    size_t n_nobody; /* of a clip's keyframes */
    char *bundled;   /* path of the default weights, NULL: not installed */
} app;

/* Without --weights the bundled network is taken, with a word about what it is. */
static int find_weights(app *a)
{
    if (!a->o.weights)
        return cli_usage_error(NAME, "--weights FILE is needed: %s is not installed", BUNDLED);
    if (a->o.weights == a->bundled && !a->o.quiet)
        cli_warn(NAME, "no --weights: the bundled demo network knows synthetic figures only; for "
                       "real people take a published checkpoint (sfmodel zoo)");
    return CLI_CONTINUE;
}

/* ------------------------------------------------------------- opening things */

static void on_warning(void *user, const char *message)
{
    (void)user;
    cli_warn(NAME, "warning: %s", message);
}

static void fail_clip(app *a, clip *c, const sfd_error *err)
{
    cli_progress_clear(&a->progress);
    cli_fail(NAME, err);
    c->to_do = false;
    a->n_clips_failed++;
}

/* A mistyped name is told at once, and before its lack of boxes. */
static sfd_status check_clip(const app *a, const clip *c, size_t *n_keyframes, sfd_error *err)
{
    *n_keyframes = 0;
    if (access(c->path, R_OK) == 0)
        return a->persons.proposals
                   ? sfd_proposals_count(a->persons.proposals, c->id, n_keyframes, err)
                   : SFD_OK;
    snprintf(err->message, sizeof err->message, "%s: cannot open: %s", c->path,
             cli_open_reason(c->path));
    return SFD_ERR_IO;
}

static bool check_clips(app *a)
{
    sfd_error err;
    size_t n_keyframes;
    for (size_t i = 0; i < a->clips.n; i++) {
        clip *c = &a->clips.clips[i];
        c->to_do = true;
        if (check_clip(a, c, &n_keyframes, &err) != SFD_OK)
            fail_clip(a, c, &err);
        a->n_total += n_keyframes;
    }
    return a->n_clips_failed < a->clips.n;
}

static sfd_status open_network(app *a, sfd_error *err)
{
    sfd_model_settings settings;
    sfd_model_settings_defaults(&settings);
    settings.weights = a->o.weights;
    settings.config = a->o.config;
    settings.cpu = a->o.cpu;
    settings.exact = a->o.exact;
    settings.precision = cli_precision(a->o.precision);
    sfd_status status = sfd_model_open(&a->model, &settings, err);
    if (status == SFD_OK)
        status = cli_check_precision(a->o.precision, a->model, err);
    /* also with --quiet: the scores depend on them */
    for (size_t i = 0; status == SFD_OK && sfd_model_assumption(a->model, i); i++)
        cli_note("%s\n", sfd_model_assumption(a->model, i));
    if (status == SFD_OK)
        status = sfd_detector_create(&a->detector, a->model, a->o.threads, err);
    if (status == SFD_OK)
        status =
            sfd_detector_set_views(a->detector, a->o.scales, (size_t)a->o.n_scales, a->o.flip, err);
    return status;
}

/* Names of the network's classes; a word where they may be wrong. */
static sfd_status open_labels(app *a, sfd_error *err)
{
    sfd_error remark;
    sfd_status status = sfd_labels_open_for(&a->labels, a->o.labels, a->model, &remark, err);
    if (status != SFD_OK || remark.status == SFD_OK)
        return status;
    if (a->o.strict) {
        *err = remark;
        return remark.status;
    }
    on_warning(NULL, remark.message);
    return SFD_OK;
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static void segment_settings(const options *o, sfd_segment_settings *s)
{
    sfd_segment_settings_defaults(s);
    s->timestamp_offset_s = o->timestamp_offset_s;
    if (o->min_score > 0) {
        s->off *= o->min_score / s->on;
        s->on = o->min_score;
    }
}

static sfd_status open_writers(app *a, sfd_error *err)
{
    const options *o = &a->o;
    sfd_segment_settings segments;
    segment_settings(o, &segments);
    sfd_status status = SFD_OK;
    if (o->csv)
        status = sfd_writer_open_csv(&a->writers[OUT_CSV], o->csv, err);
    if (status == SFD_OK && o->json)
        status = sfd_writer_open_json(&a->writers[OUT_JSON], o->json, a->labels, o->min_score, err);
    if (status == SFD_OK && o->keyframes)
        status = sfd_writer_open_pictures(&a->writers[OUT_PICTURES], o->keyframes,
                                          image_formats[o->image_format], a->labels,
                                          o->render_threshold, err);
    if (status == SFD_OK && o->segments)
        status = sfd_writer_open_segments(&a->writers[OUT_SEGMENTS], o->segments,
                                          a->clips.n == 1 ? a->clips.clips[0].path : NULL,
                                          a->labels, &segments, err);
    if (status == SFD_OK && o->mjpeg)
        status = sfd_writer_open_mjpeg(&a->writers[OUT_MJPEG], o->mjpeg, a->labels,
                                       o->render_threshold, err);
    sfd_writer_settings settings;
    sfd_writer_settings_defaults(&settings);
    settings.growing = o->live != NULL;
    settings.min_score = o->min_score;
    settings.top = o->top;
    settings.scale = o->scale;
    for (int i = 0; i < N_OUTPUTS && status == SFD_OK; i++)
        if (a->writers[i])
            status = sfd_writer_configure(a->writers[i], &settings, err);
    return status;
}

static sfd_status open_renderer(app *a, sfd_error *err)
{
    sfd_render_settings settings;
    sfd_render_settings_defaults(&settings);
    settings.scale = a->o.scale;
    sfd_status status = sfd_overlay_create(&a->overlay, a->clips.clips[0].id, a->labels,
                                           a->o.render_threshold, err);
    return status == SFD_OK ? sfd_renderer_open(&a->renderer, a->clips.clips[0].path, a->o.render,
                                                &settings, err)
                            : status;
}

/* Where there are no results in a file to read, what is seen in every keyframe is told; beside
 * them only what it comes to, unless nobody wants to know. */
static sfd_status open_summary(app *a, sfd_error *err)
{
    const options *o = &a->o;
    summary_settings settings = {
        .labels = a->labels,
        .min_score = o->min_score,
        .top = o->top > 0 ? o->top : SUMMARY_TOP,
        .each_keyframe = !o->csv && !is_stdout(o->json) && !is_stdout(o->mjpeg),
        .beside_results = is_stdout(o->csv) || is_stdout(o->json) || is_stdout(o->mjpeg)};
    segment_settings(o, &settings.segments);
    return o->quiet && has_outputs(o) ? SFD_OK : summary_create(&a->summary, &settings, err);
}

static sfd_status open_outputs(app *a, sfd_error *err)
{
    sfd_status status = open_labels(a, err);
    if (status == SFD_OK && a->o.segments)
        status = check_persons_known(&a->persons, &a->clips, err);
    if (status == SFD_OK)
        status = open_writers(a, err);
    if (status == SFD_OK && a->o.render)
        status = open_renderer(a, err);
    return status == SFD_OK ? open_summary(a, err) : status;
}

/* ------------------------------------------------------------------ running */

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    app *a = user;
    sfd_status status = SFD_OK;
    for (int i = 0; i < N_OUTPUTS && status == SFD_OK; i++)
        if (a->writers[i])
            status = sfd_writer_add(a->writers[i], k, err);
    if (status == SFD_OK && a->overlay)
        status = sfd_overlay_add(a->overlay, k, err);
    if (status == SFD_OK && a->summary) {
        cli_progress_clear(&a->progress);
        status = summary_add(a->summary, k, err);
    }
    a->output_failed = status != SFD_OK;
    return status;
}

static void on_failure(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "%s", message);
}

/* Detecting and rendering may find the same fault. */
static void on_video_warning(void *user, const char *message)
{
    app *a = user;
    if (strcmp(message, a->last_warning) == 0)
        return;
    snprintf(a->last_warning, sizeof a->last_warning, "%s", message);
    cli_progress_clear(&a->progress);
    on_warning(a, message);
}

static void on_progress(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    const size_t n_before = a->n_done + a->n_failed + a->n_empty;
    if (!a->persons.proposals)
        a->progress.total = a->n_total = n_total ? n_before + n_total : 0;
    n_done += n_before;
    if (n_done != a->n_total) /* the last state is drawn at the end */
        cli_progress_update(&a->progress, n_done);
}

static bool should_stop(void *user)
{
    (void)user;
    return cli_interrupted();
}

/* Said even with --quiet: an output without a row is no accident then. */
static void tell_nobody(app *a, const clip *c, size_t n_keyframes)
{
    cli_progress_clear(&a->progress);
    if (a->persons.proposals) {
        cli_warn(NAME, "%s: no persons in it for %s", a->o.proposals, c->path);
        return;
    }
    cli_warn(NAME, "%s: nobody scores %g or more at its %zu keyframes", c->path,
             a->persons.threshold, n_keyframes);
}

static void fill_settings(app *a, sfd_detect_settings *s)
{
    sfd_detect_settings_defaults(s);
    s->timestamp_offset_s = a->o.timestamp_offset_s;
    s->pictures = a->writers[OUT_PICTURES] != NULL;
    s->n_jobs = a->o.jobs;
    s->user = a;
    s->on_keyframe = on_keyframe;
    s->on_failure = on_failure;
    s->on_warning = on_video_warning;
    s->on_progress = on_progress;
    s->should_stop = should_stop;
}

static void on_pictures(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    a->progress.total = n_total;
    cli_progress_update(&a->progress, n_done);
}

static sfd_status count_keyframe(void *user, const sfd_found_keyframe *k, sfd_error *err)
{
    app *a = user;
    (void)err;
    a->n_nobody += k->n_persons == 0;
    return SFD_OK;
}

/* A first pass finds and follows, a second one looks at what they do. */
static sfd_status follow_and_run(app *a, const clip *c, const sfd_detect_settings *settings,
                                 sfd_detect_summary *done, sfd_error *err)
{
    sfd_find_settings find;
    sfd_proposals *boxes;
    size_t n_keyframes;
    *done = (sfd_detect_summary){0};
    fill_find_settings(&a->persons, &find);
    find.user = a;
    find.on_keyframe = count_keyframe;
    find.on_progress = on_pictures;
    find.on_warning = on_video_warning;
    find.should_stop = should_stop;
    a->n_nobody = 0;
    cli_progress_start(&a->progress, "pictures looked at", 0, a->o.quiet);
    sfd_status status = follow_persons(&a->persons, c, &find, &boxes, err);
    cli_progress_clear(&a->progress);
    cli_progress_start(&a->progress, "keyframes", 0, a->o.quiet);
    if (status == SFD_OK) {
        const sfd_status put = put_tracks(&a->persons, c, err);
        a->output_failed = put != SFD_OK;
        status = put == SFD_OK ? status : put;
    }
    if (status == SFD_OK && sfd_proposals_count(boxes, c->id, &n_keyframes, NULL) == SFD_OK)
        status = sfd_detector_run_video(a->detector, c->path, c->id, boxes, settings, done, err);
    sfd_proposals_free(boxes);
    done->n_empty = status == SFD_OK || done->n_done > 0 ? a->n_nobody : 0;
    return status;
}

static sfd_status run_given(app *a, const clip *c, const sfd_detect_settings *settings,
                            sfd_detect_summary *done, sfd_error *err)
{
    size_t n_keyframes;
    *done = (sfd_detect_summary){0};
    sfd_status status = put_tracks(&a->persons, c, err);
    a->output_failed = status != SFD_OK;
    if (status == SFD_OK)
        status = sfd_proposals_count(a->persons.proposals, c->id, &n_keyframes, err);
    if (status == SFD_OK && n_keyframes == 0) {
        done->n_empty = 1; /* the clip as a whole */
        return SFD_OK;
    }
    return status == SFD_OK ? sfd_detector_run_video(a->detector, c->path, c->id,
                                                     a->persons.proposals, settings, done, err)
                            : status;
}

static sfd_status run_clip(app *a, const clip *c, sfd_error *err)
{
    sfd_detect_settings settings;
    sfd_find_settings find;
    sfd_detect_summary done;
    sfd_status status;
    fill_settings(a, &settings);
    fill_find_settings(&a->persons, &find);
    if (a->persons.proposals)
        status = run_given(a, c, &settings, &done, err);
    else if (a->persons.follows)
        status = follow_and_run(a, c, &settings, &done, err);
    else
        status = sfd_detector_find_and_run(a->detector, a->persons.model, c->path, c->id, &find,
                                           &settings, &done, err);
    a->n_done += done.n_done;
    a->n_failed += done.n_failed;
    a->n_empty += done.n_empty;
    if (status == SFD_OK && done.n_empty > 0 && done.n_done == 0)
        tell_nobody(a, c, done.n_empty);
    return status;
}

/* Ctrl-C is how it usually ends. */
static sfd_status follow(app *a, const clip *source, sfd_error *err)
{
    live_view view = {.user = a,
                      .on_keyframe = on_keyframe,
                      .on_warning = on_video_warning,
                      .pictures = a->writers[OUT_PICTURES] || a->writers[OUT_MJPEG],
                      .progress = &a->progress};
    sfd_status status = follow_live(a->detector, &a->persons, source, &view, &a->n_done, err);
    cli_progress_clear(&a->progress);
    a->progress.note = NULL;
    a->progress.total = a->n_total = a->n_done;
    return status == SFD_ERR_CANCELLED ? SFD_OK : status;
}

/* A clip that cannot be read is an item that failed; an output that cannot be written ends all. */
static int run_clips(app *a)
{
    sfd_error err;
    for (size_t i = 0; i < a->clips.n && !cli_interrupted(); i++) {
        if (!a->clips.clips[i].to_do)
            continue;
        sfd_status status =
            a->o.live ? follow(a, &a->clips.clips[i], &err) : run_clip(a, &a->clips.clips[i], &err);
        if (status == SFD_ERR_CANCELLED)
            break;
        if (status == SFD_OK)
            continue;
        fail_clip(a, &a->clips.clips[i], &err);
        if (a->output_failed || status == SFD_ERR_NOMEM)
            return CLI_FAILED;
    }
    cli_progress_end(&a->progress, a->n_done + a->n_failed + a->n_empty);
    return CLI_CONTINUE;
}

/* Commits all outputs, or with nothing done leaves what was there before. */
static int finish_outputs(app *a)
{
    int exit_status = CLI_CONTINUE;
    sfd_error err;
    const bool stopped = cli_interrupted() && !a->o.live;
    const bool nothing = a->n_done + a->n_empty == 0 && !(a->o.live && a->n_clips_failed == 0);
    if (nothing && stopped) {
        cli_warn(NAME, "stopped before the first keyframe was done; outputs are as they were");
        return CLI_INTERRUPTED;
    }
    if (nothing) {
        if (a->n_failed > 0 && a->o.timestamp_offset_s == 0)
            cli_warn(NAME,
                     "nothing detected; timestamps of a longer movie need --timestamp-offset");
        return CLI_FAILED;
    }
    for (int i = 0; i < N_OUTPUTS; i++)
        if (a->writers[i] && sfd_writer_commit(a->writers[i], &err) != SFD_OK)
            exit_status = cli_fail(NAME, &err);
    if (a->summary && summary_end(a->summary, &err) != SFD_OK)
        exit_status = cli_fail(NAME, &err);
    if (!stopped)
        return exit_status;
    cli_warn(NAME, "stopped after %zu of %zu keyframes; what is done was kept%s%s%s",
             a->n_done + a->n_empty, a->n_total, a->o.render ? ", " : "",
             a->o.render ? a->o.render : "", a->o.render ? " was not written" : "");
    return CLI_INTERRUPTED;
}

static void on_render_progress(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    a->progress.total = n_total;
    cli_progress_update(&a->progress, n_done);
}

static int render(app *a)
{
    sfd_error err;
    sfd_render_settings settings;
    sfd_render_settings_defaults(&settings);
    settings.timestamp_offset_s = a->o.timestamp_offset_s;
    settings.user = a;
    settings.on_warning = on_video_warning;
    settings.on_progress = on_render_progress;
    settings.should_stop = should_stop;
    cli_progress_start(&a->progress, "frames drawn", 0, a->o.quiet);
    sfd_overlay_follow(a->overlay, a->persons.tracks);
    sfd_status status = sfd_renderer_run(a->renderer, a->overlay, &settings, &err);
    cli_progress_clear(&a->progress);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped; %s was not written", a->o.render);
        return CLI_INTERRUPTED;
    }
    return status == SFD_OK ? CLI_CONTINUE : cli_fail(NAME, &err);
}

static int detect(app *a)
{
    sfd_error err;
    sfd_status status = open_network(a, &err); /* says which boxes count */
    if (status != SFD_OK) {
        fail_weights(NAME, a->o.weights, false, &err);
        return status == SFD_ERR_ARG ? CLI_USAGE : CLI_FAILED;
    }
    if (cli_check_model(NAME, a->model) != CLI_CONTINUE)
        return CLI_USAGE;
    status = open_persons(&a->persons, &a->clips, a->model, &err);
    if (status != SFD_OK)
        return fail_weights(NAME, a->o.persons, true, &err);
    if (!a->o.live && !check_clips(a))
        return CLI_FAILED;
    if (!a->o.quiet)
        tell_counts(&a->persons);
    status = open_outputs(a, &err);
    if (status != SFD_OK) {
        cli_fail(NAME, &err);
        return status == SFD_ERR_ARG ? CLI_USAGE : CLI_FAILED;
    }
    cli_catch_interrupt();
    cli_progress_start(&a->progress, "keyframes", a->n_total, a->o.quiet);
    int exit_status = run_clips(a);
    if (exit_status == CLI_CONTINUE)
        exit_status = finish_outputs(a);
    if (exit_status == CLI_CONTINUE && a->renderer)
        exit_status = render(a);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    return a->n_failed + a->n_clips_failed + count_unusable(&a->persons) > 0 ? CLI_PARTIAL
                                                                             : CLI_DONE;
}

static void close_all(app *a)
{
    for (int i = 0; i < N_OUTPUTS; i++)
        sfd_writer_free(a->writers[i]);
    summary_free(a->summary);
    sfd_renderer_free(a->renderer);
    sfd_overlay_free(a->overlay);
    sfd_detector_free(a->detector);
    sfd_model_free(a->model);
    sfd_labels_free(a->labels);
    close_persons(&a->persons);
    cli_overrides_free(&a->o.overrides);
    free_clips(&a->clips);
    free(a->bundled);
}

int main(int argc, char **argv)
{
    app a = {0};
    int n_clips;
    cli_start();
    sfd_quiet_codecs();
    a.bundled = cli_data_path(BUNDLED);
    int exit_status = parse_options(&a.o, a.bundled, argc, argv, &n_clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = find_weights(&a);
    if (exit_status == CLI_CONTINUE)
        exit_status = a.o.live ? add_live_source(&a.clips, a.o.live)
                               : add_clips(&a.clips, argv + 1, (size_t)n_clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = choose_persons(&a.persons, &a.o, &a.clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = cli_finish_stdout(NAME, detect(&a));
    close_all(&a);
    return exit_status;
}
