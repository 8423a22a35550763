/* SPDX-License-Identifier: Apache-2.0 */
/* sfrender: saved detections and ground truth drawn on a video. */
#include "cli.h"

#include <sfdet/codecs.h>
#include <sfdet/render.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "sfrender"

static const char *const image_formats[] = {"png", "jpg", NULL};
static const char *const picture_names[] = {"*_*.png", "*_*.jpg", NULL};

typedef struct options {
    const char *detections, *ground_truth, *labels;
    double threshold, timestamp_offset_s, fps;
    const char *keyframes, *render;
    int image_format, scale;
    bool strict, quiet;
} options;

typedef struct app {
    options o;
    const char *clip;
    char *video_id;
    sfd_labels *labels;
    sfd_overlay *overlay;
    cli_progress progress;
} app;

static int parse_options(options *o, int argc, char **argv)
{
    int n_clips;
    *o = (options){.threshold = 0.5, .scale = 1};
    const cli_option table[] = {
        {CLI_HEADING, .name = "Input"},
        {CLI_TEXT, "--detections", 'd', "FILE", &o->detections,
         .help = "csv rows video_id,timestamp,x1,y1,x2,y2,action_id,score[,person_id], drawn in "
                 "green or, with "
                 "ids, in a colour for each person; - is stdin",
         .file = CLI_READS},
        {CLI_TEXT, "--gt", 'g', "FILE", &o->ground_truth,
         .help =
             "csv rows video_id,timestamp,x1,y1,x2,y2[,action_id[,person_id]], drawn in red; - is "
             "stdin",
         .file = CLI_READS},
        {CLI_TEXT, "--labels", 0, "FILE.pbtxt", &o->labels,
         .help = "names of the actions (AVA's 80)", .file = CLI_READS},
        {CLI_DOUBLE, "--render-threshold", 0, "S", &o->threshold,
         .help = "draw labels of detections that score more than S (0.5)", .min = -1e9, .max = 1e9},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &o->timestamp_offset_s,
         .help = "timestamp of the clip's first frame: 900 for AVA's 15-minute cuts (0)",
         .min = -1e9, .max = 1e9},
        {CLI_DOUBLE, "--fps", 0, "X", &o->fps,
         .help = "rate of a clip that is a folder of numbered pictures (30)", .min = 0.001,
         .max = 1000},
        {CLI_FLAG, "--strict", 0, NULL, &o->strict,
         .help = "refuse boxes that cannot be used, which are else left out with a warning"},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--keyframes", 'k', "DIR", &o->keyframes,
         .help = "annotated pictures DIR/VIDEO_TIMESTAMP.png of all timestamps", .file = CLI_FILLS,
         .creates = picture_names},
        {CLI_CHOICE, "--image-format", 0, "FORMAT", &o->image_format,
         .help = "of these pictures:", .choices = image_formats},
        {CLI_INT, "--scale", 0, "N", &o->scale,
         .help = "draw N times as wide and high (1): text stays readable on small pictures",
         .min = 1, .max = 4},
        {CLI_TEXT, "--render", 'r', "FILE.mp4", &o->render,
         .help = "the clip again as H.264, with its sound where the container takes it; boxes are "
                 "shown from half way to the timestamp before to half way to the one after, half a "
                 "second at most; with person ids they move from one to the next",
         .file = CLI_WRITES},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .operands = "CLIP",
        .operand_file = CLI_READS,
        .summary = "Draws the detections and the ground truth of csv files on the keyframes of a "
                   "video, or on all of it.",
        .notes =
            "Exit status: 0 done; 1 failed; 2 wrong usage; 3 finished, but the clip lacks some\n"
            "timestamps or boxes cannot be used (named on stderr); 130 stopped by Ctrl-C.\n"
            "\n"
            "Example: sfrender -d dets.csv -g ava_val.csv -k pictures clip.mp4",
        .options = table,
        .min_operands = 1,
        .max_operands = 1,
    };
    int exit_status = cli_parse(&program, argc, argv, &n_clips);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    if (!o->detections && !o->ground_truth)
        return cli_usage_error(NAME, "--detections FILE or --gt FILE is needed");
    if (!o->keyframes && !o->render)
        return cli_usage_error(NAME, "--keyframes DIR or --render FILE.mp4 is needed");
    return CLI_CONTINUE;
}

static void on_failure(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "%s", message);
}

static void on_warning(void *user, const char *message)
{
    app *a = user;
    cli_progress_clear(&a->progress);
    cli_warn(NAME, "warning: %s", message);
}

static void on_progress(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    a->progress.total = n_total;
    cli_progress_update(&a->progress, n_done);
}

static sfd_render_settings settings_of(app *a)
{
    sfd_render_settings s;
    sfd_render_settings_defaults(&s);
    s.timestamp_offset_s = a->o.timestamp_offset_s;
    s.picture_fps = a->o.fps;
    s.scale = a->o.scale;
    s.user = a;
    s.on_failure = on_failure;
    s.on_warning = on_warning;
    s.on_progress = on_progress;
    s.should_stop = cli_should_stop;
    return s;
}

static sfd_status read_boxes(app *a, sfd_error *err)
{
    const options *o = &a->o;
    sfd_status status = sfd_labels_open(&a->labels, o->labels, err);
    if (status == SFD_OK)
        status = sfd_overlay_create(&a->overlay, a->video_id, a->labels, o->threshold, err);
    if (status == SFD_OK)
        sfd_overlay_on_warning(a->overlay, o->strict, on_warning, a);
    if (status == SFD_OK && o->ground_truth)
        status = sfd_overlay_read_ground_truth(a->overlay, o->ground_truth, err);
    if (status == SFD_OK && o->detections)
        status = sfd_overlay_read_detections(a->overlay, o->detections, err);
    return status;
}

static sfd_status draw_keyframes(app *a, size_t *n_failed, sfd_error *err)
{
    sfd_render_settings settings = settings_of(a);
    cli_progress_start(&a->progress, "keyframes", 0, a->o.quiet);
    sfd_status status =
        sfd_render_keyframes(a->clip, a->o.keyframes, image_formats[a->o.image_format], a->overlay,
                             &settings, n_failed, err);
    cli_progress_clear(&a->progress);
    return status;
}

static sfd_status draw_video(app *a, sfd_error *err)
{
    sfd_render_settings settings = settings_of(a);
    sfd_renderer *r;
    sfd_status status = sfd_renderer_open(&r, a->clip, a->o.render, &settings, err);
    if (status != SFD_OK)
        return status;
    cli_progress_start(&a->progress, "frames", 0, a->o.quiet);
    status = sfd_renderer_run(r, a->overlay, &settings, err);
    cli_progress_clear(&a->progress);
    sfd_renderer_free(r);
    return status;
}

static int draw(app *a)
{
    sfd_error err;
    size_t n_failed = 0;
    if (!sfd_is_picture_folder(a->clip) &&
        access(a->clip, R_OK) != 0) { /* told before its lack of boxes */
        cli_warn(NAME, "%s: cannot open: %s", a->clip, cli_open_reason(a->clip));
        return CLI_FAILED;
    }
    a->video_id = sfd_video_id(a->clip);
    if (!a->video_id) {
        cli_warn(NAME, "out of memory");
        return CLI_FAILED;
    }
    sfd_status status = read_boxes(a, &err);
    cli_catch_interrupt();
    if (status == SFD_OK && a->o.keyframes)
        status = draw_keyframes(a, &n_failed, &err);
    if (status == SFD_OK && a->o.render)
        status = draw_video(a, &err);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped; pictures already drawn were kept");
        return CLI_INTERRUPTED;
    }
    if (status != SFD_OK)
        return cli_fail(NAME, &err);
    return n_failed + sfd_overlay_n_unusable(a->overlay) > 0 ? CLI_PARTIAL : CLI_DONE;
}

int main(int argc, char **argv)
{
    app a = {0};
    cli_start();
    int exit_status = parse_options(&a.o, argc, argv);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    a.clip = argv[1];
    sfd_quiet_codecs();
    exit_status = draw(&a);
    sfd_overlay_free(a.overlay);
    sfd_labels_free(a.labels);
    free(a.video_id);
    return exit_status;
}
