/* SPDX-License-Identifier: Apache-2.0 */
/* What programs that find persons share. */
#ifndef SFD_TOOLS_PERSONS_H
#define SFD_TOOLS_PERSONS_H

#include <sfdet/tracks.h>

#define DEFAULT_TRACK_FPS 5

/* Weights of the detector, to be freed: `given`, or those that come with the programs, with a word
 * about what they know unless quiet. CLI_CONTINUE, or an exit status after a message that ends in
 * `or_else` ("or given with --proposals FILE"). */
int choose_person_weights(char **path, const char *program, const char *given, const char *or_else,
                          bool quiet);

/* cli_fail for weights that could not be opened, with the option that they are for, if that is
 * another one; NULL: were not opened. */
int fail_weights(const char *program, const char *weights, bool as_persons, const sfd_error *err);

/* Where a clip is read: "-" is standard input. */
const char *clip_path(const char *operand);

/* Tracks as a file. */
typedef struct mot_file {
    const char *path, *clip;
    int width, height; /* of the clip's pictures; 0: not known yet */
    double fps;        /* of its frames; 0: those of the 30 frames per second timeline */
    double timestamp_offset_s;
} mot_file;

sfd_status write_tracks(const sfd_tracks *t, const mot_file *file, sfd_error *err);

#endif
