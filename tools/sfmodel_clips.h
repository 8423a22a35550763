/* SPDX-License-Identifier: Apache-2.0 */
/* Clips with person boxes, as sfmodel's commands take them: to compare models and to calibrate. */
#ifndef SFD_TOOLS_SFMODEL_CLIPS_H
#define SFD_TOOLS_SFMODEL_CLIPS_H

#include <sfdet/detect.h>
#include <sfdet/persons.h>

/* Filled by options; the rest by the functions. */
typedef struct boxed_clips {
    const char *proposals;     /* NULL: persons are found */
    const char *persons;       /* weights of the detector, NULL: the bundled one */
    double box_threshold;      /* below 0: what the model is configured for */
    double timestamp_offset_s; /* of the first frame */
    const char *cpu;
    int threads;
    bool quiet;

    char **paths; /* [n], borrowed */
    char **ids;   /* [n] */
    size_t n;
    sfd_proposals *given;
    sfd_proposals **found; /* [n]; NULL where nobody was found */
} boxed_clips;

/* Reads the boxes, or looks for persons, of clips that are scored by `model`. An exit status after
 * a message, or CLI_CONTINUE. Freed by free_boxed_clips, also after failure. */
int open_boxed_clips(boxed_clips *c, const char *program, char **paths, size_t n,
                     const sfd_model *model);
void free_boxed_clips(boxed_clips *c);

/* The exit status, after a message, where the clips ended in an error or by Ctrl-C. */
int fail_boxed_clips(const char *program, const sfd_error *err);

/* Scores the i-th clip; `settings` with its callbacks, the offset is the clips'. A clip without
 * boxes is an error where they are given, and has no keyframes where they are found. */
sfd_status run_boxed_clip(const boxed_clips *c, size_t i, sfd_detector *d,
                          const sfd_detect_settings *settings, sfd_error *err);

#endif
