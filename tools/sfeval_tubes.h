/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval --tubes. */
#ifndef SFD_TOOLS_SFEVAL_TUBES_H
#define SFD_TOOLS_SFEVAL_TUBES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tubes_job {
    const char *gt, *json; /* json NULL: tables only */
    int linking;           /* sfd_tube_linking */
    bool best_label, strict;
    double fps, iou;
    int min_frames, first_label;
    char **paths;
    size_t n_paths;
} tubes_job;

/* Prints tables for the files; the return value is the exit status. */
int evaluate_tubes(const char *program, const tubes_job *job);

#endif
