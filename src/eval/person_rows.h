/* SPDX-License-Identifier: Apache-2.0 */
/* Persons' boxes of a truth and of what is compared with it, from csv and JSON files. */
#ifndef SFD_EVAL_PERSON_ROWS_H
#define SFD_EVAL_PERSON_ROWS_H

#include "base/bad_rows.h"
#include "base/json.h"
#include "base/name_table.h"

#include <sfdet/eval_persons.h>

/* Names of videos or pictures, with numbers that both files share. Zero-initialised. */
typedef struct sfd_person_names {
    sfd_name_table table;
    char **names;
    size_t n, n_alloc;
} sfd_person_names;

void sfd_person_names_free(sfd_person_names *n);

/* A picture: a name's number and a time, a frame number or an id. */
typedef struct sfd_person_picture {
    size_t name;
    double time;
} sfd_person_picture;

typedef struct sfd_person_row {
    sfd_person_picture picture;
    double x, y, width, height, score;
    int64_t id;
    bool has_id, crowd;
    bool labelled;  /* one of the rows that a box has for its labels */
    uint64_t place; /* its line, or its number among the annotations */
} sfd_person_row;

typedef struct sfd_person_rows {
    const char *path; /* for messages */
    sfd_bad_rows bad;
    size_t n_others; /* that are no persons */
    sfd_person_names *names;
    bool is_truth;
    bool needs_ids;
    bool is_mot; /* frames count from file to file, whoever is in them */
    sfd_person_row *rows;
    size_t n, n_alloc;
    sfd_person_picture *pictures; /* that are there whoever is in them */
    size_t n_pictures, n_pictures_alloc;
} sfd_person_rows;

void sfd_person_rows_free(sfd_person_rows *r);

/* Both copy what they are given. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_person_rows_name(sfd_person_rows *r, const char *name, size_t length, size_t *number,
                                sfd_error *err);
sfd_status sfd_person_rows_add(sfd_person_rows *r, const sfd_person_row *row, sfd_error *err);
sfd_status sfd_person_rows_add_picture(sfd_person_rows *r, const sfd_person_picture *p,
                                       sfd_error *err);

/* In the order of names' text, then time. */
int sfd_person_pictures_compare(const sfd_person_names *n, const sfd_person_picture *a,
                                const sfd_person_picture *b);

/* AVA's csv, or MOTChallenge's where more of the first rows look so. Bad rows are counted, and left
 * to the caller to tell, as below. Errors: SFD_ERR_FORMAT naming line and column, SFD_ERR_NOMEM. */
sfd_status sfd_person_rows_read_csv(sfd_person_rows *r, const char *text, size_t n_bytes,
                                    sfd_error *err);

/* By what pictures in JSON files are told apart. */
typedef enum sfd_person_key {
    SFD_PERSON_BY_TIME, /* video and timestamp, for a csv file on the other side */
    SFD_PERSON_BY_NAME, /* file_name of "images" */
    SFD_PERSON_BY_ID
} sfd_person_key;

/* Errors: SFD_ERR_FORMAT naming the annotation, SFD_ERR_NOMEM. */
sfd_status sfd_person_rows_read_json(sfd_person_rows *r, const cJSON *root, sfd_person_key key,
                                     sfd_error *err);

#endif
