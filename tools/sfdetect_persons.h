/* SPDX-License-Identifier: Apache-2.0 */
/* Where sfdetect has the persons from: boxes in a file, or a detector. */
#ifndef SFD_TOOLS_SFDETECT_PERSONS_H
#define SFD_TOOLS_SFDETECT_PERSONS_H

#include "sfdetect_clips.h"
#include "sfdetect_options.h"

#include <sfdet/persons.h>
#include <sfdet/tracks.h>

#define BUNDLED_PERSONS "demo/persons_demo.safetensors" /* in data/ */

typedef struct person_source {
    const options *o;
    double threshold;         /* that counts */
    sfd_proposals *proposals; /* of all clips; NULL: persons are found */
    sfd_person_model *model;  /* that finds them */
    char *bundled;            /* path of the default detector; NULL: not installed */
} person_source;

/* What the command line leaves open: is there a detector where one is needed? CLI_CONTINUE or an
 * exit status. close_persons in every case. */
int choose_persons(person_source *p, const options *o);
/* Reads the boxes, or opens the detector; `model` may say which boxes count. */
sfd_status open_persons(person_source *p, const clip_list *clips, const sfd_model *model,
                        sfd_error *err);
/* What became of the boxes in the file, on stderr. */
void tell_counts(const person_source *p);
/* Rows of the file that could not be used. */
size_t count_unusable(const person_source *p);
/* Before long work: segments would come to nothing where no box says whose it is. */
sfd_status check_persons_known(const person_source *p, const clip_list *clips, sfd_error *err);
/* For sfd_detector_find_and_run and the like. */
void fill_find_settings(const person_source *p, sfd_find_settings *s);
void close_persons(person_source *p);

#endif
