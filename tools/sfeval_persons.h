/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval --boxes and --tracks. */
#ifndef SFD_TOOLS_SFEVAL_PERSONS_H
#define SFD_TOOLS_SFEVAL_PERSONS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct persons_job {
    const char *gt, *json; /* json NULL: tables only */
    bool boxes, tracks;    /* at least one */
    bool strict;           /* rows that cannot be used are an error */
    double iou;            /* of tracks */
    char **paths;
    size_t n_paths;
} persons_job;

/* Prints a row for each file; the return value is the exit status. */
int evaluate_persons(const char *program, const persons_job *job);

#endif
