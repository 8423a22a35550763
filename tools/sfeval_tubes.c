/* SPDX-License-Identifier: Apache-2.0 */
/* How good are actions in tubes: frame mAP and video mAP. */
#include "sfeval_tubes.h"

#include "cli.h"

#include <sfdet/eval_tubes.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 32

/* Percent, as the data sets' own programs print; undefined where there is no truth. */
static void print_share(double v)
{
    if (isfinite(v))
        cli_print(" %9.4f", 100 * v);
    else
        cli_print(" %9s", "-");
}

static void print_shares(double frame, const double video[SFD_TUBES_N_IOUS])
{
    print_share(frame);
    for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
        print_share(video[m]);
}

static void print_head(double iou)
{
    cli_print("%4s  %-*s %7s %7s %7s %7s frame@%-3g", "id", NAME_WIDTH, "name", "boxes", "tubes",
              "found", "linked", iou);
    for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
        cli_print(" %9s", sfd_tube_iou_name((sfd_tube_iou)m));
    cli_print("\n");
}

static void print_classes(const sfd_eval_tube_result *r)
{
    for (size_t i = 0; i < r->n_classes; i++) {
        const sfd_eval_tube_class *c = &r->classes[i];
        if (c->n_tubes == 0 && c->n_detections == 0)
            continue;
        cli_print("%4d  %-*s %7zu %7zu %7zu %7zu", c->id, NAME_WIDTH, c->name, c->n_boxes,
                  c->n_tubes, c->n_detections, c->n_linked);
        print_shares(c->frame_ap, c->video_ap);
        cli_print("\n");
    }
}

static void print_file(const sfd_eval_tube_report *report)
{
    const sfd_eval_tube_result *r = report->result;
    cli_print("%s, %zu video%s, percent\n\n", report->path, r->n_videos, cli_plural(r->n_videos));
    print_head(r->iou);
    print_classes(r);
    cli_print("\n%4s  %-*s %7zu %7zu %7zu %7zu", "", NAME_WIDTH, "mean", r->n_boxes, r->n_tubes,
              r->n_detections, r->n_linked);
    print_shares(r->frame_map, r->video_map);
    cli_print("\n");
}

static void print_files(const sfd_eval_tube_report *reports, size_t n)
{
    if (n == 1) {
        print_file(&reports[0]);
        return;
    }
    cli_print("frame@%-3g", reports[0].result->iou);
    for (int m = 0; m < SFD_TUBES_N_IOUS; m++)
        cli_print(" %9s", sfd_tube_iou_name((sfd_tube_iou)m));
    cli_print("\n");
    for (size_t i = 0; i < n; i++) {
        print_shares(reports[i].result->frame_map, reports[i].result->video_map);
        cli_print("  %s\n", reports[i].path);
    }
}

static void warn(void *user, const char *message)
{
    cli_warn(user, "%s", message);
}

static size_t score_all(const char *program, const tubes_job *job, sfd_eval_tube_result *results,
                        sfd_eval_tube_report *reports)
{
    char name[32];
    size_t n = 0;
    sfd_eval_tube_settings s;
    sfd_eval_tube_settings_defaults(&s);
    snprintf(name, sizeof name, "%s", program);
    s.linking = (sfd_tube_linking)job->linking;
    s.iou = job->iou;
    s.best_label = job->best_label;
    s.min_frames = (size_t)job->min_frames;
    s.first_label = job->first_label;
    s.fps = job->fps;
    s.strict = job->strict;
    s.user = name;
    s.on_warning = warn;
    if (s.fps > 0)
        s.max_gap_frames = (size_t)ceil(2 * s.fps);
    for (size_t i = 0; i < job->n_paths; i++) {
        sfd_error err;
        const char *path = job->paths[i];
        if (sfd_eval_tube_files(&results[n], job->gt, path, &s, &err) != SFD_OK) {
            cli_warn(program, "%s", err.message);
            continue;
        }
        reports[n].path = strcmp(path, "-") == 0 ? "stdin" : path;
        reports[n].result = &results[n];
        n++;
    }
    return n;
}

static int output(const char *program, const tubes_job *job, const sfd_eval_tube_report *reports,
                  size_t n)
{
    sfd_error err;
    if (n == 0)
        return CLI_FAILED;
    if (!job->json || strcmp(job->json, "-") != 0)
        print_files(reports, n);
    if (job->json && sfd_eval_write_tubes_json(job->json, reports, n, &err) != SFD_OK)
        return cli_fail(program, &err);
    return cli_finish_stdout(program, n < job->n_paths ? CLI_PARTIAL : CLI_DONE);
}

int evaluate_tubes(const char *program, const tubes_job *job)
{
    sfd_eval_tube_result *results = calloc(job->n_paths, sizeof *results);
    sfd_eval_tube_report *reports = calloc(job->n_paths, sizeof *reports);
    int exit_status = CLI_FAILED;
    size_t n = 0;
    if (results && reports) {
        n = score_all(program, job, results, reports);
        exit_status = output(program, job, reports, n);
    } else {
        cli_warn(program, "out of memory");
    }
    for (size_t i = 0; i < n; i++)
        sfd_eval_tube_result_free(&results[i]);
    free(results);
    free(reports);
    return exit_status;
}
