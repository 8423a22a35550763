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

/* Also what is missing, which is told where it is opened. */
bool is_file(const char *path);

/* Following reads a file twice, or its end first: CLI_USAGE after a message for what is none. */
int check_is_file(const char *program, const char *clip);

/* As a MOT file, in the clip's pixels; fps 0: frames of the 30 frames per second timeline. */
sfd_status write_tracks(const sfd_tracks *t, const char *path, const char *clip, double fps,
                        double timestamp_offset_s, sfd_error *err);

#endif
