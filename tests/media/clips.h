/* SPDX-License-Identifier: Apache-2.0 */
/* Clips made by the ffmpeg program, in a directory of their own. */
#ifndef SFD_TESTS_MEDIA_CLIPS_H
#define SFD_TESTS_MEDIA_CLIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Makes the directory and changes to it; false (and a line that says so) without ffmpeg. */
bool clips_begin(void);
/* Removes the directory. */
void clips_end(void);

/* Runs `ffmpeg ARGUMENTS FILE`, the arguments as a shell would read them. */
bool clips_make(const char *file, const char *arguments);

/* What `ffmpeg -i FILE -vf fps=FPS` writes as RGB; closed with pclose(). */
FILE *clips_reference(const char *file, int fps);

#endif
