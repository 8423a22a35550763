/* SPDX-License-Identifier: Apache-2.0 */
/* What sfeval's command line may say. */
#ifndef SFD_TOOLS_SFEVAL_OPTIONS_H
#define SFD_TOOLS_SFEVAL_OPTIONS_H

#include <sfdet/eval.h>

#define SFEVAL "sfeval"

enum { MAX_IOUS = 100, ALL_DIALECTS = SFD_EVAL_N_DIALECTS };

typedef struct options {
    const char *gt, *labels, *exclude, *iou, *json, *plot;
    int dialect; /* sfd_eval_dialect or ALL_DIALECTS */
    int sort;    /* eval_sort */
    bool errors, strict, python_O, partial;
    bool boxes, tracks; /* of persons, whatever they do */
    bool tubes, best_label;
    int linking, min_frames, first_label;
    double fps;
    int bootstrap;    /* draws */
    double min_score; /* of --errors */
    uint64_t seed;
    double ious[MAX_IOUS];
    size_t n_ious;
    char **paths; /* detections */
    size_t n_paths;
} options;

/* CLI_CONTINUE, or an exit status. */
int parse_options(options *s, int argc, char **argv);

#endif
