/* SPDX-License-Identifier: Apache-2.0 */
/* sfcheck: what is in a data set of labelled people, and what is wrong with it. */
#include "cli.h"

#include <sfdet/check.h>
#include <sfdet/codecs.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME      "sfcheck"
#define MOST_SEEN 5 /* pairs of classes that are listed */

typedef struct options {
    sfd_check_settings check;
    const char *fix, *sheets;
    int min_examples, sheet_boxes;
    bool quiet;
} options;

typedef struct app {
    options o;
    cli_progress progress;
    sfd_check *check;
} app;

static const char *const sheet_names[] = {"*.png", NULL};

static int parse_options(options *o, int argc, char **argv)
{
    int n_operands;
    *o = (options){.sheet_boxes = 24};
    sfd_check_settings *s = &o->check;
    sfd_check_settings_defaults(s);
    o->min_examples = (int)s->min_examples;
    const cli_option table[] = {
        {CLI_HEADING, .name = "Data"},
        {CLI_TEXT, "--gt", 'g', "FILE.csv", &s->truth, .help = "ground truth, as AVA's",
         .file = CLI_READS},
        {CLI_TEXT, "--labels", 'l', "FILE.pbtxt", &s->labels,
         .help = "ids and names of the classes; ava-80, ava-60: AVA's own", .file = CLI_READS},
        {CLI_TEXT, "--videos", 'v', "DIR", &s->videos,
         .help = "holds VIDEO_ID.mp4 (mkv, webm, avi, mov), or folders VIDEO_ID of numbered "
                 "pictures"},
        {CLI_TEXT, "--proposals", 'p', "FILE", &s->proposals,
         .help =
             "person boxes of a detector: csv, MMAction2's pickle, COCO's JSON, as for sfdetect",
         .file = CLI_READS},
        {CLI_TEXT, "--exclude", 'e', "FILE.csv", &s->exclude,
         .help = "keyframes that do not count, rows video_id,timestamp", .file = CLI_READS},
        {CLI_TEXT, "--val-gt", 0, "FILE.csv", &s->val_truth,
         .help = "ground truth of the validation set", .file = CLI_READS},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &s->timestamp_offset_s,
         .help = "timestamp of the videos' first frame: 900 for AVA's 15-minute cuts (0)",
         .min = -1e9, .max = 1e9},
        {CLI_DOUBLE, "--fps", 0, "X", &s->picture_fps, .help = "rate of folders of pictures (30)",
         .min = 0.001, .max = 1000},
        {CLI_INT, "--min-examples", 0, "N", &o->min_examples,
         .help = "boxes that every class should have (10)", .max = 1e9},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--fix", 0, "OUT.csv", &o->fix,
         .help = "the ground truth again, with all repaired that can be safely (\"fixed\" below)",
         .file = CLI_WRITES},
        {CLI_TEXT, "--sheet", 0, "DIR", &o->sheets,
         .help = "pictures DIR/ID_NAME.png of the first boxes of every class: wrong labels are "
                 "seen at a glance",
         .file = CLI_FILLS, .creates = sheet_names},
        {CLI_INT, "--sheet-boxes", 0, "N", &o->sheet_boxes, .help = "boxes on each (24)", .min = 1,
         .max = 600},
        {CLI_FLAG, "--quiet", 'q', NULL, &o->quiet, .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .summary = "Tells what is in a data set of labelled people, and what is wrong with it: "
                   "each finding with its first line, how often, and its cure.",
        .notes = "Exit status: 0 nothing is wrong; 1 there are findings, or it failed; 2 wrong "
                 "usage;\n130 stopped by Ctrl-C.\n"
                 "\n"
                 "Example: sfcheck -g train.csv -l classes.pbtxt -v videos --sheet sheets",
        .options = table,
    };
    const int exit_status = cli_parse(&program, argc, argv, &n_operands);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    s->min_examples = (size_t)o->min_examples;
    if (!s->truth)
        return cli_usage_error(NAME, "--gt FILE.csv is needed");
    const char *extension = o->fix ? strrchr(o->fix, '.') : NULL;
    if (o->fix && (!extension || strcmp(extension, ".csv") != 0)) /* videos and pictures are none */
        return cli_usage_error(NAME, "--fix: \"%s\" does not end in .csv", o->fix);
    if (o->sheets && !s->videos)
        return cli_usage_error(NAME, "--sheet needs --videos DIR");
    return CLI_CONTINUE;
}

static void on_video(void *user, size_t n_done, size_t n_total)
{
    app *a = user;
    a->progress.total = n_total;
    cli_progress_update(&a->progress, n_done);
}

/* -------------------------------------------------------------------- the page */

static void print_facts(const app *a)
{
    sfd_check_facts f;
    sfd_check_get_facts(a->check, &f);
    cli_print("%s: %zu row%s, %zu video%s, %zu keyframe%s, %zu box%s, %zu label%s\n",
              a->o.check.truth, f.n_rows, cli_plural(f.n_rows), f.n_videos, cli_plural(f.n_videos),
              f.n_keyframes, cli_plural(f.n_keyframes), f.n_boxes, f.n_boxes == 1 ? "" : "es",
              f.n_labels, cli_plural(f.n_labels));
    cli_print("people per keyframe:");
    for (int i = 0; i < SFD_CHECK_PEOPLE; i++)
        cli_print(" %d%s: %zu", i, i + 1 < SFD_CHECK_PEOPLE ? "" : "+", f.people[i]);
    cli_print("\n");
    if (f.n_boxes > 0)
        cli_print("box heights (of the picture): 10 %% below %.2f, half below %.2f, 90 %% below "
                  "%.2f\n",
                  f.height[0], f.height[1], f.height[2]);
    if (f.n_idle > 0)
        cli_print("boxes without an action: %zu\n", f.n_idle);
    if (a->o.check.exclude)
        cli_print("keyframes excluded: %zu\n", f.n_excluded);
}

static void print_classes(const app *a)
{
    sfd_check_facts f;
    sfd_check_get_facts(a->check, &f);
    if (f.n_classes > 0)
        cli_print("\n   id   labels  videos  class\n");
    for (size_t i = 0; i < f.n_classes; i++) {
        sfd_check_class k;
        sfd_check_get_class(a->check, i, &k);
        cli_print("%5d %8zu %7zu  %s\n", k.id, k.n_labels, k.n_videos, k.name ? k.name : "");
    }
    for (size_t i = 0; i < f.n_pairs && i < MOST_SEEN; i++) {
        int ids[2];
        size_t n;
        sfd_check_get_pair(a->check, i, ids, &n);
        cli_print("%s%d with %d: %zu", i == 0 ? "labels of one box: " : ", ", ids[0], ids[1], n);
    }
    if (f.n_pairs > 0)
        cli_print("\n");
}

static size_t print_findings(const app *a)
{
    const size_t n = sfd_check_count(a->check);
    cli_print(n == 0 ? "\nnothing is wrong\n" : "\n%zu finding%s\n", n, cli_plural(n));
    for (size_t i = 0; i < n; i++) {
        sfd_check_finding f;
        sfd_check_get(a->check, i, &f);
        cli_print("%s: %s", f.kind, f.text);
        if (f.n > 1)
            cli_print(" (%zu times)", f.n);
        cli_print("\n    %s%s\n", f.cure, f.fixed ? " (fixed by --fix)" : "");
    }
    return n;
}

/* What to see it with. */
static void print_end(const app *a)
{
    const sfd_check_settings *s = &a->o.check;
    char offset[64] = "";
    if (!s->videos)
        return;
    if (s->timestamp_offset_s != 0)
        snprintf(offset, sizeof offset, " --timestamp-offset %g", s->timestamp_offset_s);
    cli_print("look at it: sfreport %s -g %s%s%s --video %s%s -o report.html\n", s->truth, s->truth,
              s->labels ? " --labels " : "", s->labels ? s->labels : "", s->videos, offset);
}

/* ------------------------------------------------------------------- outputs */

static sfd_status write_outputs(const app *a, sfd_error *err)
{
    size_t n = 0;
    sfd_status status = SFD_OK;
    if (a->o.fix) {
        status = sfd_check_fix(a->check, a->o.fix, &n, err);
        if (status == SFD_OK && !a->o.quiet)
            cli_note("%s: %zu row%s changed or left out\n", a->o.fix, n, cli_plural(n));
    }
    if (status == SFD_OK && a->o.sheets) {
        status = sfd_check_draw(a->check, a->o.sheets, (size_t)a->o.sheet_boxes, &n, err);
        if (status == SFD_OK && !a->o.quiet)
            cli_note("%s: %zu picture%s\n", a->o.sheets, n, cli_plural(n));
    }
    return status;
}

static int run(app *a)
{
    sfd_error err;
    sfd_check_settings s = a->o.check;
    s.user = a;
    s.on_video = on_video;
    s.should_stop = cli_should_stop;
    cli_progress_start(&a->progress, "videos", 0, a->o.quiet);
    sfd_status status = sfd_check_run(&a->check, &s, &err);
    cli_progress_clear(&a->progress);
    size_t n_found = 0;
    if (status == SFD_OK) {
        print_facts(a);
        print_classes(a);
        n_found = print_findings(a);
        print_end(a);
        status = write_outputs(a, &err);
    }
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped");
        return CLI_INTERRUPTED;
    }
    if (status != SFD_OK)
        return cli_fail(NAME, &err);
    const int exit_status = cli_finish_stdout(NAME, CLI_DONE);
    return n_found > 0 ? CLI_FAILED : exit_status;
}

int main(int argc, char **argv)
{
    app a = {0};
    cli_start();
    int exit_status = parse_options(&a.o, argc, argv);
    if (exit_status != CLI_CONTINUE)
        return exit_status;
    cli_catch_interrupt();
    sfd_quiet_codecs();
    exit_status = run(&a);
    sfd_check_free(a.check);
    return exit_status;
}
