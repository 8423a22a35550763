/* SPDX-License-Identifier: Apache-2.0 */
/* sfreport: a page to look at detections, how good they are, and courses of training. */
#include "cli.h"

#include <sfdet/codecs.h>
#include <sfdet/dataset.h>
#include <sfdet/report.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "sfreport"

static const char *const dialects[] = {"activitynet_2020", "activitynet_2019", "pyslowfast",
                                       "mmaction2", NULL};

typedef struct app {
    sfd_report_settings s;
    const char *output, *truth, *exclude;
    cli_texts videos;
    int dialect;
    bool partial, quiet;
    sfd_report *report;
    cli_progress progress;
} app;

static int parse_options(app *a, int argc, char **argv, int *n_operands)
{
    sfd_report_settings_defaults(&a->s);
    a->output = "report.html";
    const cli_option table[] = {
        {CLI_HEADING, .name = "Input"},
        {CLI_TEXTS, "--video", 'v', "FILE|DIR", &a->videos,
         .brief = "a video, or a folder with them, to play and take pictures of",
         .help =
             "a video, or a folder with them, that the page plays and takes pictures of; may be "
             "repeated"},
        {CLI_TEXT, "--gt", 'g', "FILE", &a->truth,
         .brief = "ground truth: the page shows what is right, and what is not",
         .help = "ground truth, csv rows video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]: the "
                 "page shows what is right, and what is not",
         .file = CLI_READS},
        {CLI_TEXT, "--exclude", 0, "FILE", &a->exclude,
         .help = "csv rows video_id,timestamp of frames that do not count", .file = CLI_READS},
        {CLI_TEXT, "--labels", 0, "FILE.pbtxt", &a->s.labels,
         .brief = "names of the actions, and which of them are scored",
         .help = "names of the actions, and which of them are scored (names in JSON lines, else "
                 "AVA's; its benchmark's 60 are scored)",
         .file = CLI_READS},
        {CLI_DOUBLE, "--timestamp-offset", 0, "SECONDS", &a->s.timestamp_offset_s,
         .brief = "timestamp of a video's first frame: 900 for AVA's cuts (0)",
         .help = "timestamp of a video's first frame: 900 for AVA's 15-minute cuts (0)",
         .min = -1e9, .max = 1e9},
        {CLI_FLAG, "--partial", 0, NULL, &a->partial,
         .help = "take folders of sfdetect --out-dir as they are, unfinished or damaged"},
        {CLI_HEADING, .name = "Scoring"},
        {CLI_CHOICE, "--dialect", 0, "NAME", &a->dialect,
         .help = "whose measure, as of sfeval:", .choices = dialects},
        {CLI_DOUBLE, "--iou", 0, "T", &a->s.iou,
         .help = "overlap of a right detection with the truth (0.5)", .min = 0.101, .max = 1},
        {CLI_HEADING, .name = "Output"},
        {CLI_TEXT, "--output", 'o', "FILE.html", &a->output,
         .brief = "the page (report.html); - is stdout",
         .help = "the page (report.html); - is stdout", .file = CLI_WRITES},
        {CLI_TEXT, "--title", 0, "TEXT", &a->s.title, .brief = "its heading",
         .help = "its heading"},
        {CLI_FLAG, "--embed", 0, NULL, &a->s.embed,
         .brief = "put the videos into the page, else it links to them",
         .help = "put the videos into the page, up to 256 MiB, so that it can be sent as one file; "
                 "else it links to them"},
        {CLI_DOUBLE, "--min-score", 0, "S", &a->s.min_score,
         .brief = "leave labels below S out of the page (0.05)",
         .help = "leave labels below S out of the page, but not of scores (0.05)", .min = 0,
         .max = 1},
        {CLI_INT, "--top", 0, "N", &a->s.top, .help = "the N best labels of a box (10)", .min = 1,
         .max = 1000},
        {CLI_INT, "--thumbnails", 0, "N", &a->s.max_thumbnails,
         .help = "at most N pictures of keyframes (1000); 0: none", .min = 0, .max = 100000},
        {CLI_INT, "--thumbnail-width", 0, "PIXELS", &a->s.thumbnail_px,
         .help = "of these pictures (160)", .min = 16, .max = 640},
        {CLI_FLAG, "--quiet", 'q', NULL, &a->quiet, .brief = "no progress on stderr",
         .help = "no progress on stderr"},
        {0},
    };
    const cli_program program = {
        .name = NAME,
        .operands = "OUT_DIR|DETS...",
        .operand_file = CLI_READS,
        .summary = "Writes a page for the browser: videos with their boxes, who does what when, "
                   "and, with the truth, what is right and what is not.",
        .notes =
            "Operands are csv files of detections, JSON lines of sfdetect --json (which know who\n"
            "is who), folders of sfdetect --out-dir, and folders of sftrain, whose curves are\n"
            "drawn. Several detections are compared with the first.\n"
            "\n"
            "Exit status: 0 done; 1 failed; 2 wrong usage; 130 stopped by Ctrl-C.\n"
            "\n"
            "Example: sfreport dets.jsonl --video clip.mp4 --embed -o report.html",
        .options = table,
        .min_operands = 1,
        .max_operands = 16,
    };
    int exit_status = cli_parse(&program, argc, argv, n_operands);
    for (size_t i = 0; i < a->videos.n && exit_status == CLI_CONTINUE; i++)
        exit_status = cli_check_input(NAME, a->videos.items[i]);
    a->s.dialect = (sfd_eval_dialect)a->dialect;
    return exit_status;
}

/* ----------------------------------------------------------------- callbacks */

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

/* --------------------------------------------------------------------- input */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* JSON lines know who is who, so they come first. */
static sfd_status read_parts(app *a, const sfd_parts *parts, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < sfd_parts_count(parts) && status == SFD_OK; i++) {
        const char *path = sfd_parts_path(parts, i, SFD_PART_JSON);
        if (!path)
            path = sfd_parts_path(parts, i, SFD_PART_CSV);
        if (path)
            status = sfd_report_read_detections(a->report, path, err);
    }
    return status;
}

static sfd_status read_dataset(app *a, const char *path, sfd_error *err)
{
    sfd_parts *parts;
    sfd_status status = sfd_parts_open(&parts, &path, 1, a->partial, on_warning, a, err);
    if (status == SFD_OK)
        status = sfd_report_add_run(a->report, path, err);
    if (status == SFD_OK)
        status = read_parts(a, parts, err);
    sfd_parts_free(parts);
    return status;
}

static sfd_status read_course(app *a, const char *folder, sfd_error *err)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/log.csv", folder);
    if (n < (int)sizeof path && access(path, R_OK) == 0)
        return sfd_report_read_training(a->report, folder, path, err);
    err->status = SFD_ERR_FORMAT;
    snprintf(err->message, sizeof err->message,
             "%.300s: is neither a folder of sfdetect --out-dir nor one of sftrain with log.csv",
             folder);
    return err->status;
}

static sfd_status read_operand(app *a, const char *path, sfd_error *err)
{
    if (sfd_is_dataset(path))
        return read_dataset(a, path, err);
    if (is_folder(path))
        return read_course(a, path, err);
    sfd_status status = sfd_report_add_run(a->report, path, err);
    return status == SFD_OK ? sfd_report_read_detections(a->report, path, err) : status;
}

/* Of a folder only those that there are rows of. */
static sfd_status add_videos(app *a, const char *path, sfd_error *err)
{
    sfd_sources *list;
    const bool folder = is_folder(path);
    size_t n_added = 0;
    sfd_status status = sfd_sources_create(&list, 0, err);
    if (status == SFD_OK)
        status = sfd_sources_add(list, path, err);
    for (size_t i = 0; status == SFD_OK && i < sfd_sources_count(list); i++) {
        sfd_source_video video;
        sfd_sources_get(list, i, &video);
        status = sfd_report_add_video(a->report, video.id, video.path, err);
        n_added += status == SFD_OK;
        if (status == SFD_ERR_MISMATCH && folder)
            status = SFD_OK;
    }
    if (status == SFD_OK && n_added == 0)
        on_warning(a, "no video of the folder is one that there are rows of");
    sfd_sources_free(list);
    return status;
}

static sfd_status read_all(app *a, char **operands, int n_operands, sfd_error *err)
{
    sfd_status status = sfd_report_create(&a->report, &a->s, err);
    for (int i = 0; i < n_operands && status == SFD_OK; i++)
        status = read_operand(a, operands[i], err);
    if (status == SFD_OK && a->truth)
        status = sfd_report_read_truth(a->report, a->truth, err);
    if (status == SFD_OK && a->exclude)
        status = sfd_report_read_exclusions(a->report, a->exclude, err);
    for (size_t i = 0; i < a->videos.n && status == SFD_OK; i++)
        status = add_videos(a, a->videos.items[i], err);
    return status;
}

static int report(app *a, char **operands, int n_operands)
{
    sfd_error err;
    a->s.user = a;
    a->s.on_warning = on_warning;
    a->s.on_progress = on_progress;
    a->s.should_stop = cli_should_stop;
    cli_catch_interrupt();
    sfd_status status = read_all(a, operands, n_operands, &err);
    cli_progress_start(&a->progress, "pictures", 0, a->quiet);
    if (status == SFD_OK)
        status = sfd_report_write(a->report, a->output, &err);
    cli_progress_clear(&a->progress);
    sfd_report_free(a->report);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(NAME, "stopped; nothing was written");
        return CLI_INTERRUPTED;
    }
    return status == SFD_OK ? CLI_DONE : cli_fail(NAME, &err);
}

int main(int argc, char **argv)
{
    app a = {0};
    int n_operands;
    cli_start();
    int exit_status = parse_options(&a, argc, argv, &n_operands);
    if (exit_status == CLI_CONTINUE) {
        sfd_quiet_codecs();
        exit_status = report(&a, argv + 1, n_operands);
    }
    cli_texts_free(&a.videos);
    return exit_status;
}
