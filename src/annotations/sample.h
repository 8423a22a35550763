/* SPDX-License-Identifier: Apache-2.0 */
/* The boxes of a settled set at the times that a format wants, across persons. */
#ifndef SFD_ANNOTATIONS_SAMPLE_H
#define SFD_ANNOTATIONS_SAMPLE_H

#include "annotations/set.h"

typedef enum sfd_sampling {
    SFD_KEYFRAMES, /* boxes that somebody drew; with every_s those of that spacing */
    SFD_FRAMES     /* of all frames through which a person moves */
} sfd_sampling;

typedef struct sfd_person_samples {
    sfd_person_box *boxes; /* in rising order of time, then of tracks */
    size_t n, n_alloc;
    sfd_seen_frame *frames; /* that were looked at, be there people or not, in rising order of time;
                               for keyframes of a spacing those of that spacing, at their times */
    size_t n_frames;
} sfd_person_samples;

/* Nobody who is outside is among them. Errors: SFD_ERR_UNSUPPORTED (too many), SFD_ERR_NOMEM. The
 * caller frees. */
sfd_status sfd_sample_persons(sfd_person_samples *out, sfd_annotations *a, sfd_labelled_video *v,
                              sfd_sampling sampling, sfd_error *err);
void sfd_person_samples_free(sfd_person_samples *s);

/* Somebody is there, or a frame was looked at; zeros before the first. */
typedef struct sfd_sampled_picture {
    double time_s;
    const char *name; /* of the frame; NULL: none was looked at, or it has none */
    size_t first, n;  /* boxes, in the samples */
    size_t n_frames;  /* up to here */
} sfd_sampled_picture;

/* The next one in time; false behind the last. */
bool sfd_next_sampled_picture(const sfd_person_samples *s, sfd_sampled_picture *p);

/* Whether a person moves from box `b` to the next, b[1], by what the file said or because they are
 * no further apart than the settings' join_s. */
bool sfd_box_moves_on(const sfd_annotations *a, const sfd_person_box *b);

#endif
