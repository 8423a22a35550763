/* SPDX-License-Identifier: Apache-2.0 */
/* Where sfdetect has the persons from: boxes in a file, or a detector. */
#ifndef SFD_TOOLS_SFDETECT_PERSONS_H
#define SFD_TOOLS_SFDETECT_PERSONS_H

#include "sfdetect_clips.h"
#include "sfdetect_options.h"

#include <sfdet/persons.h>
#include <sfdet/tracks.h>

typedef struct person_source {
    const options *o;
    double threshold;         /* that counts */
    sfd_proposals *proposals; /* of all clips; NULL: persons are found */
    sfd_person_model *model;  /* that finds them */
    bool follows;             /* and that they are followed through a clip */
    bool is_mot;              /* the boxes are a MOT file's */
    size_t n_bad_rows;        /* of it, left out */
    sfd_tracks *tracks;       /* of a MOT file, or of the clip followed last; else NULL */
    char *weights;            /* of the detector */
} person_source;

/* What the command line leaves open: is there a detector where one is needed? CLI_CONTINUE or an
 * exit status. close_persons in every case. */
int choose_persons(person_source *p, const options *o, const clip_list *clips);
/* Reads the boxes, or opens the detector; `model` may say which boxes count. */
sfd_status open_persons(person_source *p, const clip_list *clips, const sfd_model *model,
                        sfd_error *err);
/* What became of the boxes in the file, on stderr. */
void tell_counts(const person_source *p);
/* Rows of the file that could not be used. */
size_t count_unusable(const person_source *p);
/* Before long work: segments would come to nothing where no box says whose it is. */
sfd_status check_persons_known(const person_source *p, const clip_list *clips, sfd_error *err);
/* For sfd_detector_find_and_run and the like; c NULL: of many clips. */
void fill_find_settings(const person_source *p, const clip *c, sfd_find_settings *s);
/* Has the tracks of the next clip kept, where an output needs them. */
void keep_tracks(person_source *p, sfd_find_settings *s);
/* Writes the tracks of a clip of width x height (0: not known yet) to --tracks, where that is asked
 * for. */
sfd_status put_tracks(person_source *p, const clip *c, int width, int height, sfd_error *err);
void close_persons(person_source *p);

#endif
