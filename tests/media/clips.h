/* SPDX-License-Identifier: Apache-2.0 */
/* Clips made by the ffmpeg program, in a directory of their own. */
#ifndef SFD_TESTS_MEDIA_CLIPS_H
#define SFD_TESTS_MEDIA_CLIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether clips_begin found the program; without it, it says so. */
extern bool have_ffmpeg;

/* Around a group of tests: makes the directory and changes to it, decoders being quiet; removes it.
 */
int clips_begin(void **state);
int clips_end(void **state);

/* Runs `ffmpeg ARGUMENTS FILE`, the arguments as a shell would read them. */
bool clips_make(const char *file, const char *arguments);

typedef struct clip_recipe {
    const char *file;
    const char *arguments; /* as of clips_make, which may name files of earlier recipes */
    int fps;               /* of its reference */
} clip_recipe;

/* The same for n recipes, up to CLIPS_AT_ONCE of them by one run of the program, of which loading
 * its libraries is the longer part; made[i]: the file is there. */
#define CLIPS_AT_ONCE 12
void clips_make_all(const clip_recipe *recipes, size_t n, bool *made);

/* What `ffmpeg -i FILE -vf fps=FPS` writes as RGB; closed with pclose(). */
FILE *clips_reference(const char *file, int fps);
/* The same of up to CLIPS_AT_ONCE files, into FILE.rgb. */
void clips_references(const clip_recipe *recipes, size_t n);

#endif
