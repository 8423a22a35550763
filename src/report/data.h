/* SPDX-License-Identifier: Apache-2.0 */
/* What a report holds before it is written: rows by run, videos by id, courses of training. */
#ifndef SFD_REPORT_DATA_H
#define SFD_REPORT_DATA_H

#include "base/labels.h"
#include "base/name_table.h"

#include <sfdet/report.h>

#define SFD_REPORT_MAX_RUNS    8
#define SFD_REPORT_MAX_COLUMNS 16 /* of a course of training */

/* A label of a box, as it was read. */
typedef struct sfd_report_row {
    double timestamp_s, score;
    sfd_box_norm box;
    int64_t person;
    uint32_t video;
    int label;
    bool has_person;
    bool frame_only; /* of the truth: nobody is there */
    bool idle;       /* of the truth: does none of the actions */
} sfd_report_row;

typedef struct sfd_report_rows {
    sfd_report_row *items;
    size_t n, n_alloc;
} sfd_report_rows;

typedef struct sfd_report_run {
    char *name;
    sfd_report_rows rows;
} sfd_report_run;

typedef struct sfd_report_video {
    char *id;
    char *path; /* NULL: none */
} sfd_report_video;

typedef struct sfd_report_training {
    char *name;
    char *columns[SFD_REPORT_MAX_COLUMNS];
    size_t n_columns;
    double *values; /* [n_rows][n_columns], NaN where there is none */
    size_t n_rows, n_alloc;
} sfd_report_training;

/* A frame that does not count. */
typedef struct sfd_report_exclusion {
    uint32_t video;
    double timestamp_s;
} sfd_report_exclusion;

struct sfd_report {
    sfd_report_settings s; /* without title and labels */
    char *title, *labels;  /* NULL: none */
    sfd_label_map names;
    char **found_names; /* [n_found_names] by id, from JSON lines; NULL where none */
    size_t n_found_names;
    sfd_report_video *videos;
    size_t n_videos, n_videos_alloc;
    sfd_name_table by_id;
    sfd_report_run runs[SFD_REPORT_MAX_RUNS];
    size_t n_runs;
    sfd_report_rows truth;
    bool has_truth;
    sfd_report_exclusion *exclusions;
    size_t n_exclusions, n_exclusions_alloc;
    sfd_report_training trainings[SFD_REPORT_MAX_RUNS];
    size_t n_trainings;
};

/* The number of a video, a new one where the id is new. False without memory. */
bool sfd_report_find_video(sfd_report *r, const char *id, uint32_t *video);

/* Keeps the name of a label that a file tells, the first one. False without memory. */
bool sfd_report_keep_name(sfd_report *r, int label, const char *name);

/* The name of a label, NULL where none is known. */
const char *sfd_report_name(const sfd_report *r, int label);

/* Errors: SFD_ERR_FORMAT naming the line, SFD_ERR_NOMEM, SFD_ERR_IO. */
sfd_status sfd_report_read_csv(sfd_report *r, sfd_report_rows *rows, const char *path, bool truth,
                               sfd_error *err);
sfd_status sfd_report_read_json(sfd_report *r, sfd_report_rows *rows, const char *path,
                                sfd_error *err);
/* Does the file begin as JSON lines do? False for what cannot be read in places. */
bool sfd_report_is_json(const char *path);

void sfd_report_warn(const sfd_report *r, const char *fmt, ...) SFD_PRINTF(2, 3);

#endif
