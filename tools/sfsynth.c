/* SPDX-License-Identifier: Apache-2.0 */
/* sfsynth: renders a synthetic AVA data set. */
#include "cli.h"

#include <sfdet/codecs.h>
#include <sfdet/synth.h>

#include <stdio.h>

#define NAME "sfsynth"

static const char *const scenes[] = {"any", "room", "hall", "street", "field", "beach", NULL};

typedef struct options {
    const char *out, *clip, *size;
    int n_videos, scene;
    sfd_synth_settings settings;
    bool quiet;
} options;

static bool parse_size(const char *text, int *width, int *height)
{
    char rest;
    return sscanf(text, "%5dx%5d%c", width, height, &rest) == 2;
}

static int parse_options(options *o, int argc, char **argv)
{
    int n_operands;
    *o = (options){.n_videos = 100};
    sfd_synth_settings *s = &o->settings;
    sfd_synth_settings_defaults(s);
    const cli_option table[] = {
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--out", 'o', "DIR", &o->out,
         .help = "a data set: DIR/videos, {train,val}.csv (ground truth), {train,val}_boxes.csv "
                 "(proposals), "
                 "{train,val}_excluded.csv, {train,val}_videos.txt, labels.pbtxt"},
        {CLI_INT, "--videos", 'n', "N", &o->n_videos, .help = "of so many videos (100)", .min = 1,
         .max = SFD_SYNTH_MAX_VIDEOS},
        {CLI_DOUBLE, "--val-share", 0, "X", &s->validation_share,
         .help = "share of videos for validation, with other people and colours (0.2)", .min = 0,
         .max = 1},
        {CLI_TEXT, "--clip", 'c', "FILE.mp4", &o->clip,
         .help = "instead: one validation video, with FILE.csv (ground truth) and FILE_boxes.csv "
                 "(proposals)",
         .file = CLI_WRITES},
        {CLI_FLAG, "--tracks", 0, NULL, &s->tracks,
         .help = "also MOT csv of every frame: DIR/tracks/ID.txt, or FILE_tracks.txt"},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .help = "no progress on stderr"},
        {CLI_HEADING, .name = "The world"},
        {CLI_UINT64, "--seed", 's', "N", &s->seed,
         .help = "same seed, same pictures and csv files (1)"},
        {CLI_DOUBLE, "--seconds", 't', "S", &s->seconds, .help = "length of each video (10)",
         .min = 2, .max = SFD_SYNTH_MAX_SECONDS},
        {CLI_TEXT, "--size", 0, "WxH", &o->size, .help = "of the pictures (320x240)"},
        {CLI_INT, "--min-people", 0, "N", &s->min_people, .help = "in each video at least (1)",
         .min = 1, .max = SFD_SYNTH_MAX_PEOPLE},
        {CLI_INT, "--max-people", 0, "N", &s->max_people, .help = "and at most (4)", .min = 1,
         .max = SFD_SYNTH_MAX_PEOPLE},
        {CLI_CHOICE, "--scene", 0, "SCENE", &o->scene,
         .help = "where they are:", .choices = scenes},
        {CLI_FLAG, "--sound", 0, NULL, &s->sound,
         .help =
             "they are heard (AAC, stereo), amid noise; more classes; other people than without"},
        {CLI_DOUBLE, "--grain", 0, "X", &s->grain,
         .help = "film grain and camera shake, 1 = usual (1)", .min = 0, .max = 4},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .summary = "Renders videos of people who act out AVA classes, with AVA's files beside "
                   "them: a small "
                   "world to train and test on.",
        .notes = "Exit status: 0 done; 1 failed; 2 wrong usage; 130 stopped by Ctrl-C.\n"
                 "\n"
                 "Example: sfsynth --out world --videos 500 --seed 7",
        .options = table,
    };
    int exit_status = cli_parse(&program, argc, argv, &n_operands);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    if (!o->out == !o->clip)
        return cli_usage_error(NAME, "either --out DIR or --clip FILE.mp4 is needed");
    if (o->size && !parse_size(o->size, &s->width, &s->height))
        return cli_usage_error(NAME, "--size: \"%s\" is not of the form 320x240", o->size);
    s->scene = o->scene > 0 ? scenes[o->scene] : NULL;
    return CLI_CONTINUE;
}

static void on_progress(void *user, size_t n_done, size_t n_total)
{
    cli_progress *p = user;
    p->total = n_total;
    cli_progress_update(p, n_done);
}

int main(int argc, char **argv)
{
    options o;
    sfd_error err;
    cli_progress progress;
    cli_start();
    int exit_status = parse_options(&o, argc, argv);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    sfd_quiet_codecs();
    cli_catch_interrupt();
    cli_progress_start(&progress, "pictures", 0, o.quiet);
    o.settings.user = &progress;
    o.settings.on_progress = on_progress;
    o.settings.should_stop = cli_should_stop;
    sfd_status st = o.clip ? sfd_synth_write_clip(o.clip, &o.settings, &err)
                           : sfd_synth_write_set(o.out, (size_t)o.n_videos, &o.settings, &err);
    cli_progress_clear(&progress);
    if (st == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped; finished videos were kept");
        return CLI_INTERRUPTED;
    }
    return st == SFD_OK ? CLI_DONE : cli_fail(NAME, &err);
}
