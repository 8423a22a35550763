/* SPDX-License-Identifier: Apache-2.0 */
/* The videos named on the command line. */
#ifndef SFD_TOOLS_SFDETECT_CLIPS_H
#define SFD_TOOLS_SFDETECT_CLIPS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct clip {
    const char *path;
    char *id;
    bool to_do;
} clip;

typedef struct clip_list {
    clip *clips;
    size_t n;
} clip_list;

/* Fills an empty list. CLI_CONTINUE, or an exit status after a message: two clips have the same
 * video id. free_clips in every case. */
int add_clips(clip_list *list, char **paths, size_t n);
/* CLI_USAGE after a message where a clip is a pipe and `why` would read it again. */
int check_files(const clip_list *list, const char *why);
void free_clips(clip_list *list);

#endif
