/* SPDX-License-Identifier: Apache-2.0 */
/* How good are boxes and tracks, whatever the actions are. */
#include "sfeval_persons.h"

#include "cli.h"

#include <sfdet/eval_persons.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct scored {
    sfd_eval_box_result boxes;
    sfd_eval_track_result tracks;
} scored;

/* Percent; measures without a divisor are no numbers. */
static void print_share(double v)
{
    if (isfinite(v))
        cli_print(" %8.3f", 100 * v);
    else
        cli_print(" %8s", "-");
}

static void print_boxes(const sfd_eval_persons_report *reports, size_t n)
{
    cli_print("%8s %8s %8s %8s %8s %8s %8s\n", "AP", "AP50", "AP75", "recall", "recall50", "truth",
              "boxes");
    for (size_t i = 0; i < n; i++) {
        const sfd_eval_box_result *r = reports[i].boxes;
        const double shares[] = {r->ap, r->ap50, r->ap75, r->recall, r->recall50};
        for (size_t k = 0; k < sizeof shares / sizeof *shares; k++)
            print_share(shares[k]);
        cli_print(" %8zu %8zu  %s\n", r->n_truth, r->n_detections, reports[i].path);
    }
}

static void print_tracks(const sfd_eval_persons_report *reports, size_t n)
{
    cli_print("%8s %8s %8s %8s %8s %8s %8s %8s %8s %8s\n", "MOTA", "IDF1", "id prec.", "id rec.",
              "switches", "fragm.", "misses", "false", "persons", "tracks");
    for (size_t i = 0; i < n; i++) {
        const sfd_eval_track_result *r = reports[i].tracks;
        const double shares[] = {r->mota, r->idf1, r->id_precision, r->id_recall};
        for (size_t k = 0; k < sizeof shares / sizeof *shares; k++)
            print_share(shares[k]);
        cli_print(" %8zu %8zu %8zu %8zu %8zu %8zu  %s\n", r->n_switches, r->n_fragments,
                  r->n_misses, r->n_false, r->n_objects, r->n_tracks, reports[i].path);
    }
}

#define MAX_TOLD 32

/* The truth is read again for every file and measure, and its faults told once. */
typedef struct teller {
    const char *program;
    sfd_error told[MAX_TOLD];
    size_t n;
} teller;

static void warn(void *user, const char *message)
{
    teller *t = user;
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->told[i].message, message) == 0)
            return;
    cli_warn(t->program, "%s", message);
    if (t->n < MAX_TOLD)
        snprintf(t->told[t->n++].message, sizeof t->told->message, "%s", message);
}

static sfd_status score(teller *t, const persons_job *job, const char *path, scored *s,
                        sfd_eval_persons_report *report, sfd_error *err)
{
    sfd_eval_person_settings settings;
    sfd_status status = SFD_OK;
    sfd_eval_person_settings_defaults(&settings);
    settings.strict = job->strict;
    settings.user = t;
    settings.on_warning = warn;
    *report = (sfd_eval_persons_report){.path = strcmp(path, "-") == 0 ? "stdin" : path};
    if (job->boxes) {
        status = sfd_eval_box_files(&s->boxes, &report->n_left_out, job->gt, path, &settings, err);
        report->boxes = &s->boxes;
    }
    if (status == SFD_OK && job->tracks) {
        status = sfd_eval_track_files(&s->tracks, &report->n_left_out, job->gt, path, job->iou,
                                      &settings, err);
        report->tracks = &s->tracks;
    }
    return status;
}

static size_t score_all(const char *program, const persons_job *job, scored *scores,
                        sfd_eval_persons_report *reports)
{
    size_t n = 0;
    teller t = {.program = program};
    for (size_t i = 0; i < job->n_paths; i++) {
        sfd_error err;
        if (score(&t, job, job->paths[i], &scores[n], &reports[n], &err) != SFD_OK) {
            cli_warn(program, "%s", err.message);
            continue;
        }
        if (reports[n].n_left_out > 0)
            cli_warn(program, "%s: %zu box%s left out: of pictures that %s does not have",
                     reports[n].path, reports[n].n_left_out, reports[n].n_left_out == 1 ? "" : "es",
                     job->gt);
        n++;
    }
    return n;
}

static int output(const char *program, const persons_job *job,
                  const sfd_eval_persons_report *reports, size_t n)
{
    sfd_error err;
    if (n == 0)
        return CLI_FAILED;
    if (!job->json || strcmp(job->json, "-") != 0) {
        if (job->boxes)
            print_boxes(reports, n);
        if (job->tracks)
            print_tracks(reports, n);
    }
    if (job->json && sfd_eval_write_persons_json(job->json, reports, n, &err) != SFD_OK)
        return cli_fail(program, &err);
    return cli_finish_stdout(program, n < job->n_paths ? CLI_PARTIAL : CLI_DONE);
}

int evaluate_persons(const char *program, const persons_job *job)
{
    scored *scores = calloc(job->n_paths, sizeof *scores);
    sfd_eval_persons_report *reports = calloc(job->n_paths, sizeof *reports);
    int exit_status = CLI_FAILED;
    if (scores && reports)
        exit_status = output(program, job, reports, score_all(program, job, scores, reports));
    else
        cli_warn(program, "out of memory");
    free(scores);
    free(reports);
    return exit_status;
}
