/* SPDX-License-Identifier: Apache-2.0 */
/* sfboxes: persons in videos, as the proposals that sfdetect takes. */
#include "cli.h"
#include "persons.h"

#include <sfdet/codecs.h>
#include <sfdet/inspect.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME "sfboxes"

enum { FORMAT_BY_NAME }; /* the others are sfd_box_format + 1 */

typedef struct options {
    const char *weights, *cpu, *output, *tracks;
    int threads, max_persons, person_class, format, precision;
    double every_s, threshold, timestamp_offset_s, track_fps, frame_fps;
    bool track, quiet;
} options;

typedef struct app {
    options o;
    sfd_person_model *model;
    sfd_person_finder *finder;
    char *weights;
    sfd_box_format format;
    sfd_box_writer *writer; /* NULL where all frames of tracks are the output */
    cli_progress progress;
    size_t n_persons, n_failed;
    int width, height; /* of the clip in hand, once a keyframe told them */
} app;

static int parse_options(options *o, int argc, char **argv, int *n_clips)
{
    static const char *const formats[] = {"by-name", "csv", "coco", "mot", NULL};
    *o = (options){.output = "-",
                   .person_class = -1,
                   .precision = CLI_NO_PRECISION,
                   .every_s = 1,
                   .threshold = 0.8};
    const cli_option table[] = {
        {CLI_HEADING, .name = "Network"},
        {CLI_TEXT, "--persons", 'w', "FILE", &o->weights,
         .brief = "weights of a person detector: YOLOX, Faster R-CNN (bundled)",
         .help =
             "weights of a person detector: yolox_s.pth and other YOLOX releases, or Faster R-CNN "
             "with FPN of Detectron2 (.pkl), MMDetection, torchvision (.pth) or Detectron "
             "(.pkl); default: the bundled detector, which learned from synthetic figures alone",
         .file = CLI_READS},
        {CLI_INT, "--person-class", 0, "N", &o->person_class,
         .help = "which of its classes is persons, counted from 0 (the only one, or COCO's first)",
         .max = 4095},
        {CLI_INT, "--threads", 't', "N", &o->threads,
         .brief = "threads of the network; 0: one per core",
         .help = "threads, no more than there are cores; 0: one per core", .max = 1024},
        CLI_CPU(&o->cpu),
        CLI_PRECISION(&o->precision),
        {CLI_HEADING, .name = "Keyframes and persons"},
        {CLI_DOUBLE, "--every", 0, "SECONDS", &o->every_s, .brief = "seconds between keyframes (1)",
         .help = "time between keyframes, the first being the video's first frame (1)", .min = 0.04,
         .max = 1e6},
        {CLI_DOUBLE, "--person-threshold", 0, "S", &o->threshold,
         .brief = "least score of a person (0.8)", .help = "least score of a person (0.8)",
         .min = 0, .max = 1},
        {CLI_INT, "--max-persons", 0, "N", &o->max_persons,
         .help = "of a keyframe the N best ones; 0: all (0)", .max = 100000},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &o->timestamp_offset_s,
         .brief = "timestamp of the first frame: 900 for AVA's cuts (0)",
         .help = "timestamp of the clips' first frame: 900 for AVA's 15-minute cuts (0)",
         .min = -1e9, .max = 1e9},
        {CLI_HEADING, .name = "Following them"},
        {CLI_FLAG, "--track", 0, NULL, &o->track,
         .brief = "follow persons: ids that live through the clip",
         .help = "give every person an id that lives through the video; boxes of keyframes lie "
                 "between those of the pictures that are looked at"},
        {CLI_DOUBLE, "--track-fps", 0, "X", &o->track_fps, .help = "such pictures in a second (5)",
         .min = 1, .max = 30},
        {CLI_TEXT, "--tracks", 0, "FILE", &o->tracks,
         .brief = "where each person is at every frame, as MOT csv",
         .help = "the tracks at every frame, as MOT csv; implies --track (one clip only)",
         .file = CLI_WRITES},
        {CLI_DOUBLE, "--fps", 0, "X", &o->frame_fps,
         .help =
             "rate of the frames in it, and of clips that are folders of numbered pictures (30)",
         .min = 0.001, .max = 1000},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--output", 'o', "FILE", &o->output, .brief = "the boxes; - is stdout (-)",
         .help = "the boxes; - is stdout (-)", .file = CLI_WRITES},
        {CLI_CHOICE, "--format", 0, "NAME", &o->format,
         .brief = "csv, coco or mot (by the file's name, else csv)",
         .help =
             "csv: AVA's proposals, rows video_id,timestamp,x1,y1,x2,y2,,score[,person_id], "
             "corners "
             "as fractions of width and height; coco: a data set in JSON; mot: rows "
             "frame,id,x,y,width,height,score,-1,-1,-1 of one clip, with --track of every frame. "
             "By name: coco for .json, mot for .txt, else csv",
         .choices = formats},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .brief = "no progress on stderr",
         .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .operands = "CLIP...",
        .operand_file = CLI_READS,
        .summary = "Finds the persons in the keyframes of videos: boxes for sfdetect --proposals. "
                   "A clip may be "
                   "a pipe; - is stdin.",
        .notes = "Ctrl-C finishes the keyframe in hand and keeps what is done.\n"
                 "\n"
                 "Exit status: 0 done, also where nobody is seen; 1 failed, an existing output is\n"
                 "left alone; 2 wrong usage; 3 finished, but some clips failed (named on stderr);\n"
                 "130 stopped by Ctrl-C.\n"
                 "\n"
                 "Example: sfboxes --persons yolox_s.pth -o boxes.csv clip.mp4",
        .options = table,
        .min_operands = 1,
        .max_operands = 1 << 20,
    };
    return cli_parse(&program, argc, argv, n_clips);
}

static sfd_box_format choose_format(const options *o)
{
    const char *extension = strrchr(o->output, '.');
    if (o->format != FORMAT_BY_NAME)
        return (sfd_box_format)(o->format - 1);
    if (extension && strcasecmp(extension, ".json") == 0)
        return SFD_BOXES_COCO;
    return extension && strcasecmp(extension, ".txt") == 0 ? SFD_BOXES_MOT : SFD_BOXES_CSV;
}

static bool has_pictures(char **clips, int n_clips)
{
    for (int i = 0; i < n_clips; i++)
        if (sfd_is_picture_folder(clips[i]))
            return true;
    return false;
}

static int check_options(app *a, char **clips, int n_clips)
{
    options *o = &a->o;
    o->track |= o->tracks != NULL;
    a->format = choose_format(o);
    if (n_clips > 1 && (o->tracks || a->format == SFD_BOXES_MOT))
        return cli_usage_error(NAME, "MOT files are of one clip, %d were given", n_clips);
    if (o->frame_fps > 0 &&
        !(o->tracks || a->format == SFD_BOXES_MOT || has_pictures(clips, n_clips)))
        return cli_usage_error(NAME, "--fps is for MOT's frames (--tracks or --format mot) and for "
                                     "folders of pictures");
    if (o->track_fps > 0 && !o->track)
        return cli_usage_error(NAME, "--track-fps is for persons who are followed: --track");
    return choose_person_weights(&a->weights, NAME, o->weights, "", o->quiet);
}

static sfd_status on_keyframe(void *user, const sfd_found_keyframe *k, sfd_error *err)
{
    app *a = user;
    a->n_persons += k->n_persons;
    a->width = k->width;
    a->height = k->height;
    sfd_found_keyframe counted = *k;
    if (a->o.frame_fps > 0 && a->format == SFD_BOXES_MOT)
        counted.frame = llround((k->timestamp_s - a->o.timestamp_offset_s) * a->o.frame_fps);
    return a->writer ? sfd_box_writer_add(a->writer, &counted, err) : SFD_OK;
}

static void on_progress(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    a->progress.total = n_total;
    cli_progress_update(&a->progress, n_done);
}

static void on_warning(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "warning: %s", message);
}

/* Tracks at every frame, where they are an output. */
static sfd_status put_tracks(const app *a, const sfd_tracks *t, const char *clip, sfd_error *err)
{
    const options *o = &a->o;
    mot_file file = {.path = o->tracks,
                     .clip = clip,
                     .width = a->width,
                     .height = a->height,
                     .fps = o->frame_fps,
                     .timestamp_offset_s = o->timestamp_offset_s};
    sfd_status status = o->tracks ? write_tracks(t, &file, err) : SFD_OK;
    file.path = o->output;
    return status == SFD_OK && !a->writer ? write_tracks(t, &file, err) : status;
}

static sfd_status search(app *a, const char *clip, sfd_error *err)
{
    sfd_find_settings s;
    sfd_tracks *tracks = NULL;
    sfd_find_settings_defaults(&s);
    s.every_s = a->o.every_s;
    s.threshold = a->o.threshold;
    s.max_persons = a->o.max_persons;
    s.timestamp_offset_s = a->o.timestamp_offset_s;
    s.picture_fps = a->o.frame_fps;
    s.track_fps = !a->o.track ? 0 : a->o.track_fps > 0 ? a->o.track_fps : DEFAULT_TRACK_FPS;
    if (a->o.tracks || !a->writer)
        s.tracks = &tracks;
    s.user = a;
    s.on_keyframe = on_keyframe;
    s.on_progress = on_progress;
    s.on_warning = on_warning;
    s.should_stop = cli_should_stop;
    a->width = a->height = 0;
    char *id = sfd_video_id(clip);
    cli_progress_start(&a->progress, a->o.track ? "pictures" : "keyframes", 0, a->o.quiet);
    sfd_status status = sfd_find_persons(a->finder, clip, id ? id : clip, &s, err);
    cli_progress_clear(&a->progress);
    if (tracks) {
        sfd_error put_err;
        const sfd_status put = put_tracks(a, tracks, clip, &put_err);
        if (put != SFD_OK) {
            status = put;
            *err = put_err;
        }
    }
    sfd_tracks_free(tracks);
    free(id);
    return status;
}

static sfd_status open_all(app *a, sfd_error *err)
{
    sfd_person_model_settings s;
    sfd_person_model_settings_defaults(&s);
    s.weights = a->weights;
    s.cpu = a->o.cpu;
    s.precision = cli_precision(a->o.precision);
    s.person_class = a->o.person_class;
    sfd_status status =
        cli_check_precision(a->o.precision, a->weights, sfd_weights_are_quantised(a->weights), err);
    if (status == SFD_OK)
        status = sfd_person_model_open(&a->model, &s, err);
    if (status == SFD_OK && !a->o.quiet)
        cli_note("persons by %s\n", sfd_person_model_describe(a->model));
    if (status == SFD_OK)
        status = sfd_person_finder_create(&a->finder, a->model, a->o.threads, err);
    if (status == SFD_OK && !(a->o.track && a->format == SFD_BOXES_MOT))
        status = sfd_box_writer_open(&a->writer, a->o.output, a->format, err);
    return status;
}

/* Errors of a clip are told and counted; those of the output end the run. */
static sfd_status search_all(app *a, char **clips, int n_clips, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < n_clips && status == SFD_OK; i++) {
        status = search(a, clip_path(clips[i]), err);
        if (status == SFD_OK || status == SFD_ERR_CANCELLED || status == SFD_ERR_NOMEM ||
            n_clips == 1)
            continue;
        cli_warn(NAME, "%s", err->message);
        a->n_failed++;
        status = SFD_OK;
    }
    return status;
}

static int run(app *a, char **clips, int n_clips)
{
    sfd_error err;
    for (int i = 0; i < n_clips; i++)
        if (cli_check_video(NAME, clips[i]) != CLI_CONTINUE)
            return CLI_USAGE;
    cli_catch_interrupt();
    sfd_status status = open_all(a, &err);
    if (status == SFD_OK)
        status = search_all(a, clips, n_clips, &err);
    const bool stopped = status == SFD_ERR_CANCELLED;
    const bool some = (size_t)n_clips > a->n_failed;
    if (status != SFD_OK && !stopped)
        return fail_weights(NAME, a->model ? NULL : a->weights, true, &err);
    if (a->writer && (some || stopped)) {
        status = sfd_box_writer_commit(a->writer, &err);
        a->writer = NULL;
        if (status != SFD_OK)
            return cli_fail(NAME, &err);
    }
    if (stopped) {
        cli_warn(NAME, "stopped; the boxes found so far are written");
        return CLI_INTERRUPTED;
    }
    if (!some)
        return CLI_FAILED;
    if (!a->o.quiet)
        cli_note("%zu person%s\n", a->n_persons, cli_plural(a->n_persons));
    return a->n_failed > 0 ? CLI_PARTIAL : CLI_DONE;
}

int main(int argc, char **argv)
{
    app a = {0};
    int n_clips;
    cli_start();
    int exit_status = parse_options(&a.o, argc, argv, &n_clips);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    sfd_quiet_codecs();
    exit_status = check_options(&a, argv + 1, n_clips);
    if (exit_status == CLI_CONTINUE)
        exit_status = run(&a, argv + 1, n_clips);
    sfd_box_writer_discard(a.writer);
    sfd_person_finder_free(a.finder);
    sfd_person_model_free(a.model);
    free(a.weights);
    return cli_finish_stdout(NAME, exit_status);
}
