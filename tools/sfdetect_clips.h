/* SPDX-License-Identifier: Apache-2.0 */
/* The videos named on the command line, in folders and lists. */
#ifndef SFD_TOOLS_SFDETECT_CLIPS_H
#define SFD_TOOLS_SFDETECT_CLIPS_H

#include "sfdetect_options.h"

#include <sfdet/dataset.h>

typedef struct clip {
    const char *path, *id;
    double offset_s; /* timestamp of its first frame */
    bool to_do;
} clip;

typedef struct clip_list {
    clip *clips;
    size_t n;
    sfd_sources *sources; /* which own the strings; NULL: a live source's */
    char *live_id;
} clip_list;

/* Fills an empty list with the operands, n of them, or --list's. CLI_CONTINUE, or an exit status
 * after a message: two clips have the same video id. free_clips in every case. */
int add_clips(clip_list *list, const options *o, char **operands, size_t n);
/* CLI_USAGE after a message where a clip is a pipe and `why` would read it again. */
int check_files(const clip_list *list, const char *why);
void free_clips(clip_list *list);

#endif
