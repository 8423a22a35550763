/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval's tables on stdout. */
#ifndef SFD_TOOLS_SFEVAL_TABLES_H
#define SFD_TOOLS_SFEVAL_TABLES_H

#include <sfdet/eval.h>

/* One detections file under one dialect at all thresholds. */
typedef struct eval_run {
    const char *path;
    sfd_eval_dialect dialect;
    bool done; /* else it failed and was reported */
    size_t n_ious;
    sfd_eval_result *results; /* [n_ious] */
    double *box_recalls;      /* [n_ious] */
    sfd_eval_counts truth, detections;
    sfd_eval_errors errors;         /* classes NULL: not asked for */
    sfd_eval_detections *rows;      /* kept for the differences of files */
    sfd_eval_bootstrap_result gain; /* over the first file; classes NULL: likewise */
} eval_run;

typedef enum eval_sort { SORT_COUNT, SORT_AP, SORT_ID } eval_sort;

/* Per-class APs of runs under one dialect: one column per run, or per threshold for a single run,
 * with differences to the first run; group means, mAP, counts. */
void print_scores(const eval_run *runs, size_t n_runs, eval_sort sort);
/* mAPs of n_files * n_dialects runs, dialect after dialect, a row per file. */
void print_dialects(const eval_run *runs, size_t n_files, size_t n_dialects, const double *ious,
                    size_t n_ious);
/* Tells of rows that only other dialects score. */
void warn_dropped(const char *program, const eval_run *run);
/* Differences of runs to the first, with what luck of the videos makes of them. */
void print_gains(const eval_run *runs, size_t n_runs);
/* Kinds of error of one run. */
void print_errors(const eval_run *run);

#endif
