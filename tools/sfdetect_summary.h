/* SPDX-License-Identifier: Apache-2.0 */
/* What sfdetect tells people: who does what from when to when, or what is seen in each keyframe. */
#ifndef SFD_TOOLS_SFDETECT_SUMMARY_H
#define SFD_TOOLS_SFDETECT_SUMMARY_H

#include <sfdet/labels.h>
#include <sfdet/segments.h>

typedef struct summary_settings {
    const sfd_labels *labels;
    sfd_segment_settings segments;
    double min_score;    /* of labels of a keyframe */
    int top;             /* labels of a box, of a person, of a video */
    bool each_keyframe;  /* where boxes say not whose they are: their labels, as they come */
    bool beside_results; /* stdout has them: on stderr */
} summary_settings;

typedef struct summary summary;

/* Errors: SFD_ERR_NOMEM, SFD_ERR_ARG (settings->segments). */
sfd_status summary_create(summary **out, const summary_settings *settings, sfd_error *err);
/* Tells of the video before when another one begins. Errors: SFD_ERR_NOMEM. */
sfd_status summary_add(summary *s, const sfd_keyframe *k, sfd_error *err);
/* Tells of the last video. Errors: SFD_ERR_NOMEM. */
sfd_status summary_end(summary *s, sfd_error *err);
/* A line of its own behind all that. */
void summary_note(const summary *s, const char *text);
void summary_free(summary *s); /* takes NULL */

#endif
