/* SPDX-License-Identifier: Apache-2.0 */
/* sfmodel quantise: weights of 8-bit integers, calibrated on one's own clips. */
#include "cli.h"
#include "sfmodel_clips.h"
#include "sfmodel_commands.h"

#include <sfdet/classify.h>
#include <sfdet/inspect.h>
#include <sfdet/quantise.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME          "sfmodel quantise"
#define MAX_LAYERS    10 /* that are named */
#define TIMED_RUNS    2  /* of both networks */
#define MAX_KEYFRAMES 40 /* that are looked at, unless said otherwise */
#define MAX_VIEWS     10 /* of a video that is labelled as a whole */

typedef struct app {
    boxed_clips clips;
    sfd_quantiser_settings settings;
    const char *output;
    cli_texts calibrate, keep;
    char **paths; /* of all clips: those of --calibrate, then the operands behind the weights */
    size_t n_paths;
    int max_keyframes;
    sfd_quantiser *quantiser; /* of an action network or a person detector */
    sfd_detector *detector;   /* NULL where persons are found, or whole clips labelled */
    cli_progress progress;
    uint64_t n_done;
    bool quiet;
} app;

/* ------------------------------------------------------------------ calibration */

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    app *a = user;
    (void)k;
    (void)err;
    cli_progress_update(&a->progress, ++a->n_done);
    return SFD_OK;
}

static void on_failure(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "%s", message);
}

static bool interrupted(void *user)
{
    (void)user;
    return cli_interrupted();
}

/* All keyframes that were to be looked at are done. */
static bool should_stop(void *user)
{
    const app *a = user;
    return interrupted(NULL) || (a->max_keyframes > 0 && a->n_done >= (uint64_t)a->max_keyframes);
}

static sfd_status on_picture(void *user, const sfd_found_keyframe *k, sfd_error *err)
{
    (void)k;
    return on_keyframe(user, NULL, err);
}

/* The pictures of a clip, a second apart. */
static sfd_status watch_pictures(app *a, sfd_person_finder *finder, const char *path,
                                 sfd_error *err)
{
    sfd_find_settings s;
    char *id = sfd_video_id(path);
    sfd_find_settings_defaults(&s);
    s.user = a;
    s.on_keyframe = on_picture;
    s.on_warning = on_failure;
    s.should_stop = should_stop;
    const sfd_status status = id ? sfd_find_persons(finder, path, id, &s, err) : SFD_ERR_NOMEM;
    if (!id)
        snprintf(err->message, sizeof err->message, "out of memory");
    free(id);
    return status;
}

static sfd_status watch_persons(app *a, sfd_error *err)
{
    sfd_person_finder *finder = NULL;
    sfd_status status = sfd_person_finder_create(&finder, sfd_quantiser_persons(a->quantiser),
                                                 a->clips.threads, err);
    cli_progress_start(&a->progress, "pictures", (uint64_t)a->max_keyframes, a->quiet);
    for (size_t i = 0; i < a->n_paths && status == SFD_OK && !should_stop(a); i++)
        status = watch_pictures(a, finder, a->paths[i], err);
    cli_progress_end(&a->progress, a->n_done);
    sfd_person_finder_free(finder);
    return status == SFD_ERR_CANCELLED && !cli_interrupted() ? SFD_OK : status;
}

static void on_view(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    (void)n_done;
    (void)n_total;
    cli_progress_update(&a->progress, ++a->n_done);
}

/* The centre of clips of the i-th video, its share of those that are still to be looked at. */
static sfd_status watch_video(app *a, size_t i, float *scores, sfd_error *err)
{
    sfd_video_classifier *classifier;
    sfd_classify_settings s;
    sfd_classify_settings_defaults(&s);
    if (a->max_keyframes > 0) {
        const size_t left = (size_t)a->max_keyframes - a->n_done, videos = a->n_paths - i;
        const size_t share = (left + videos - 1) / videos;
        s.n_clips = share < MAX_VIEWS ? (int)share : MAX_VIEWS;
    }
    s.n_crops = 1;
    s.user = a;
    s.on_view = on_view;
    s.on_warning = on_failure;
    s.should_stop = interrupted;
    sfd_status status = sfd_video_classifier_create(&classifier, sfd_quantiser_model(a->quantiser),
                                                    a->clips.threads, &s, err);
    if (status == SFD_OK)
        status = sfd_video_classifier_run(classifier, &(sfd_listed_video){.path = a->paths[i]},
                                          scores, err);
    sfd_video_classifier_free(classifier);
    return status;
}

static sfd_status watch_videos(app *a, sfd_error *err)
{
    const int n_classes = sfd_model_get_info(sfd_quantiser_model(a->quantiser))->n_classes;
    float *scores = calloc((size_t)n_classes, sizeof *scores);
    sfd_status status = SFD_OK;
    if (!scores) {
        snprintf(err->message, sizeof err->message, "out of memory");
        return SFD_ERR_NOMEM;
    }
    cli_progress_start(&a->progress, "clips", (uint64_t)a->max_keyframes, a->quiet);
    for (size_t i = 0; i < a->n_paths && status == SFD_OK && !should_stop(a); i++)
        status = watch_video(a, i, scores, err);
    cli_progress_end(&a->progress, a->n_done);
    free(scores);
    return status;
}

static sfd_status watch_clips(app *a, sfd_error *err)
{
    sfd_detect_settings s;
    sfd_detect_settings_defaults(&s);
    s.user = a;
    s.on_keyframe = on_keyframe;
    s.on_failure = on_failure;
    s.should_stop = should_stop;
    sfd_status status = SFD_OK;
    cli_progress_start(&a->progress, "keyframes", (uint64_t)a->max_keyframes, a->quiet);
    for (size_t i = 0; i < a->clips.n && status == SFD_OK && !should_stop(a); i++)
        status = run_boxed_clip(&a->clips, i, a->detector, &s, err);
    cli_progress_end(&a->progress, a->n_done);
    return status == SFD_ERR_CANCELLED && !cli_interrupted() ? SFD_OK : status;
}

/* ------------------------------------------------------------------ report */

static double noise_of(const sfd_quantised_layer *l)
{
    return l->input_noise + l->weight_noise;
}

static int by_noise(const void *a, const void *b)
{
    const double x = noise_of(a), y = noise_of(b);
    return (x < y) - (x > y);
}

/* Seconds that a layer takes, 0 if it has another name there. */
static double seconds_of(const sfd_bench *b, const char *name)
{
    for (size_t i = 0; i < b->n_layers; i++)
        if (strcmp(b->layers[i].info.name, name) == 0)
            return b->layers[i].seconds;
    return 0;
}

static void print_summary(const app *a, const sfd_quantised_layer *layers, size_t n)
{
    double share = 0;
    size_t n_quantised = 0;
    for (size_t i = 0; i < n; i++) {
        share += layers[i].quantised ? layers[i].macs_share : 0;
        n_quantised += layers[i].quantised;
    }
    cli_print("%zu of %zu convolutions are 8-bit integers, %.1f %% of the multiply-adds, ",
              n_quantised, n, 100 * share);
    if (a->settings.scales)
        cli_print("with the scales of %s\n\n", a->settings.scales);
    else
        cli_print("after %llu %s\n\n", (unsigned long long)a->n_done,
                  a->detector                         ? "keyframes"
                  : sfd_quantiser_model(a->quantiser) ? "clips"
                                                      : "pictures");
}

/* The layers that lose most, with what keeping each would take off the noise of all and add to a
 * clip's time. */
static void print_layers(const char *what, sfd_quantised_layer *layers, size_t n,
                         const sfd_bench *floats, const sfd_bench *bytes)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += noise_of(&layers[i]);
    qsort(layers, n, sizeof *layers, by_noise);
    cli_print("a %s takes %.0f ms in float, %.0f ms in 8-bit integers\n\n", what,
              1e3 * floats->median_s, 1e3 * bytes->median_s);
    cli_print(
        "most noise, as a share of the values' mean square; --keep leaves a layer in float:\n");
    cli_print("that much less of all layers' noise, so many ms more for a %s\n", what);
    cli_print("%-40s %9s %9s %9s %9s\n", "layer", "input", "weights", "of all", "ms");
    for (size_t i = 0; i < n && i < MAX_LAYERS && layers[i].quantised; i++)
        cli_print("%-40s %8.4f%% %8.4f%% %8.1f%% %+9.2f\n", layers[i].name,
                  100 * layers[i].input_noise, 100 * layers[i].weight_noise,
                  all > 0 ? 100 * noise_of(&layers[i]) / all : 0,
                  1e3 * (seconds_of(floats, layers[i].name) - seconds_of(bytes, layers[i].name)));
}

static sfd_status list_layers(const app *a, sfd_quantised_layer **layers, size_t *n, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (*n = 0;; ++*n) {
        sfd_quantised_layer *more = realloc(*layers, (*n + 1) * sizeof *more);
        if (!more) {
            snprintf(err->message, sizeof err->message, "out of memory");
            return SFD_ERR_NOMEM;
        }
        *layers = more;
        status = sfd_quantiser_layer(a->quantiser, *n, &more[*n], err);
        if (status != SFD_OK)
            return status == SFD_ERR_END ? SFD_OK : status;
    }
}

/* Either model. */
static sfd_status time_model(sfd_bench **out, const sfd_model *m, const sfd_person_model *persons,
                             int threads, sfd_error *err)
{
    sfd_bench_settings s;
    sfd_bench_settings_defaults(&s);
    s.n_threads = threads;
    s.n_boxes = 2;
    s.n_runs = TIMED_RUNS;
    return persons ? sfd_person_bench_run(out, persons, &s, err) : sfd_bench_run(out, m, &s, err);
}

/* The file that was just written. */
static sfd_status time_output(const app *a, sfd_bench **out, sfd_model **model,
                              sfd_person_model **persons, sfd_error *err)
{
    sfd_model_settings s;
    sfd_person_model_settings p;
    sfd_model_settings_defaults(&s);
    sfd_person_model_settings_defaults(&p);
    s.weights = p.weights = a->output;
    s.cpu = p.cpu = a->settings.cpu;
    const sfd_status status = sfd_quantiser_model(a->quantiser)
                                  ? sfd_model_open(model, &s, err)
                                  : sfd_person_model_open(persons, &p, err);
    return status == SFD_OK ? time_model(out, *model, *persons, a->clips.threads, err) : status;
}

/* The model of floats is run once more, which changes what it has watched: that is read before. */
static sfd_status report(const app *a, sfd_error *err)
{
    sfd_quantised_layer *layers = NULL;
    sfd_bench *floats = NULL, *bytes = NULL;
    sfd_model *model = NULL;
    sfd_person_model *persons = NULL;
    size_t n = 0;
    sfd_status status = list_layers(a, &layers, &n, err);
    if (status == SFD_OK) {
        print_summary(a, layers, n);
        status = time_model(&floats, sfd_quantiser_model(a->quantiser),
                            sfd_quantiser_persons(a->quantiser), a->clips.threads, err);
    }
    if (status == SFD_OK)
        status = time_output(a, &bytes, &model, &persons, err);
    if (status == SFD_OK)
        print_layers(model ? "clip" : "picture", layers, n, floats, bytes);
    sfd_bench_free(floats);
    sfd_bench_free(bytes);
    sfd_model_free(model);
    sfd_person_model_free(persons);
    free(layers);
    return status;
}

/* ------------------------------------------------------------------ command */

static sfd_status open_quantiser(app *a, sfd_error *err)
{
    sfd_status status = sfd_quantiser_create(&a->quantiser, &a->settings, err);
    if (status != SFD_OK)
        return status;
    const sfd_model *m = sfd_quantiser_model(a->quantiser);
    if (!m)
        return SFD_OK;
    for (size_t i = 0; sfd_model_assumption(m, i); i++)
        cli_note("%s\n", sfd_model_assumption(m, i));
    return sfd_model_get_info(m)->detection
               ? sfd_detector_create(&a->detector, m, a->clips.threads, err)
               : SFD_OK;
}

/* Boxes are for networks that label people: a detector finds its own, and whole clips have none. */
static int check_without_boxes(const app *a)
{
    const boxed_clips *c = &a->clips;
    if (c->proposals || c->persons || c->box_threshold >= 0)
        return cli_usage_error(NAME, "%s %s: no %s", a->settings.weights,
                               sfd_quantiser_model(a->quantiser) ? "labels whole clips"
                                                                 : "finds persons itself",
                               c->proposals ? "--proposals"
                               : c->persons ? "--persons"
                                            : "--box-threshold");
    int result = CLI_CONTINUE;
    for (size_t i = 0; i < a->n_paths && result == CLI_CONTINUE; i++)
        result = cli_check_video(NAME, a->paths[i]);
    return result;
}

static int watch_all(app *a)
{
    sfd_error err;
    const int result = a->detector ? open_boxed_clips(&a->clips, NAME, a->paths, a->n_paths,
                                                      sfd_quantiser_model(a->quantiser))
                                   : check_without_boxes(a);
    if (result != CLI_CONTINUE)
        return result;
    const sfd_status status = a->detector                         ? watch_clips(a, &err)
                              : sfd_quantiser_model(a->quantiser) ? watch_videos(a, &err)
                                                                  : watch_persons(a, &err);
    if (status != SFD_OK || cli_interrupted())
        return fail_boxed_clips(NAME, &err);
    if (a->n_done > 0)
        return CLI_CONTINUE;
    cli_warn(NAME, "no keyframe of the clips has a person: there is nothing to calibrate with");
    return CLI_FAILED;
}

static int run(app *a)
{
    sfd_error err;
    cli_catch_interrupt();
    if (open_quantiser(a, &err) != SFD_OK)
        return cli_fail(NAME, &err);
    const int result = a->settings.scales ? CLI_CONTINUE : watch_all(a);
    if (result != CLI_CONTINUE)
        return result;
    if (sfd_quantiser_write(a->quantiser, a->output, &err) != SFD_OK ||
        (!a->quiet && report(a, &err) != SFD_OK))
        return cli_fail(NAME, &err);
    return cli_finish_stdout(NAME, CLI_DONE);
}

static int list_clips(app *a, char **operands, size_t n)
{
    a->paths = calloc(a->calibrate.n + n, sizeof *a->paths);
    if (!a->paths) {
        cli_warn(NAME, "out of memory");
        return CLI_FAILED;
    }
    for (size_t i = 0; i < a->calibrate.n; i++)
        a->paths[a->n_paths++] = (char *)a->calibrate.items[i];
    for (size_t i = 0; i < n; i++)
        a->paths[a->n_paths++] = operands[i];
    return CLI_CONTINUE;
}

int run_quantise(int argc, char **argv)
{
    app a = {.clips = {.box_threshold = -1}, .max_keyframes = MAX_KEYFRAMES};
    sfd_quantiser_settings_defaults(&a.settings);
    cli_overrides overrides = {0};
    const cli_option options[] = {
        {CLI_TEXT, "--output", 'o', "FILE", &a.output, .help = "safetensors file to write",
         .file = CLI_WRITES},
        {CLI_TEXTS, "--calibrate", 0, "CLIP", &a.calibrate,
         .help = "video that shows what the network will see; more of them may follow",
         .file = CLI_READS},
        {CLI_TEXT, "--proposals", 'p', "FILE", &a.clips.proposals,
         .help = "person boxes of the videos; default: persons are found", .file = CLI_READS},
        {CLI_TEXT, "--persons", 0, "FILE", &a.clips.persons,
         .help = "weights of the person detector (default: the bundled one)", .file = CLI_READS},
        {CLI_DOUBLE, "--box-threshold", 0, "S", &a.clips.box_threshold,
         .help = "boxes and persons with a lower score are dropped (default: the network's "
                 "configuration, else 0.8)",
         .min = 0, .max = 1},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &a.clips.timestamp_offset_s,
         .help = "timestamp of the videos' first frame (AVA's cuts: 900)", .min = -1e6, .max = 1e6},
        {CLI_TEXT, "--scales", 0, "FILE", &a.settings.scales,
         .help =
             "no clips: the scales and layers of this file, which sfmodel quantise wrote of the "
             "same network before sftrain --quantise-aware went on with it",
         .file = CLI_READS},
        {CLI_INT, "--max-keyframes", 0, "N", &a.max_keyframes,
         .help = "keyframes to look at (clips, where the network labels whole ones), 0: all (40)",
         .min = 0, .max = 1e9},
        {CLI_TEXTS, "--keep", 0, "LAYER", &a.keep,
         .help = "convolution that stays float, or \"s5.*\" for all whose names begin so; may be "
                 "repeated"},
        {CLI_TEXT, "--config", 'c', "NAME|FILE", &a.settings.config,
         .help = "configuration of the weights (default: what they tell themselves)",
         .file = CLI_READS},
        {CLI_INT, "--threads", 't', "N", &a.clips.threads,
         .help = "threads, no more than there are cores (default: one per core)", .min = 0,
         .max = 1024},
        CLI_CPU(&a.settings.cpu),
        {CLI_FLAG, "--quiet", 'q', NULL, &a.quiet, .help = "no progress, no report"},
        {0}};
    const cli_program program = {.name = NAME,
                                 .operands = "WEIGHTS [CLIP...]",
                                 .operand_file = CLI_READS,
                                 .summary = "Writes weights as 8-bit integers, with which a "
                                            "network runs about two and a half times as "
                                            "fast where the processor has AVX512-VNNI, one and a "
                                            "half times with AVX2, from files of a "
                                            "quarter of the size. Scales come "
                                            "from a few dozen keyframes of "
                                            "your own clips; sfmodel compare tells what it costs.",
                                 .options = options,
                                 .min_operands = 1,
                                 .max_operands = 1000000,
                                 .overrides = &overrides};
    int n_operands;
    int result = cli_parse(&program, argc, argv, &n_operands);
    if (result == CLI_CONTINUE && !a.output)
        result = cli_usage_error(NAME, "no output file given (-o FILE)");
    const bool has_clips = a.calibrate.n > 0 || n_operands > 1;
    if (result == CLI_CONTINUE && !has_clips && !a.settings.scales)
        result = cli_usage_error(NAME, "no video given (--calibrate CLIP)");
    if (result == CLI_CONTINUE && has_clips && a.settings.scales)
        result = cli_usage_error(NAME, "--scales are taken, or found with clips, not both");
    if (result == CLI_CONTINUE)
        result = cli_override(NAME, &a.settings.config, &overrides);
    if (result == CLI_CONTINUE)
        result = list_clips(&a, argv + 2, (size_t)n_operands - 1);
    if (result == CLI_CONTINUE) {
        a.settings.weights = argv[1];
        a.settings.keep = a.keep.items;
        a.settings.n_keep = a.keep.n;
        a.clips.cpu = a.settings.cpu;
        a.clips.quiet = a.quiet;
        result = run(&a);
    }
    sfd_detector_free(a.detector);
    sfd_quantiser_free(a.quantiser);
    free_boxed_clips(&a.clips);
    cli_texts_free(&a.calibrate);
    free(a.paths);
    cli_texts_free(&a.keep);
    cli_overrides_free(&overrides);
    return result;
}
