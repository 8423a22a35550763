/* SPDX-License-Identifier: Apache-2.0 */
/* Keyframes as AVA annotates them, and boxes as a person detector would report them. */
#ifndef SFD_SYNTH_ANNOTATE_H
#define SFD_SYNTH_ANNOTATE_H

#include "synth/world.h"

/* Corners in thousandths of the picture's width and height: AVA's files have three decimals. */
typedef struct sfd_mille_box {
    int x1, y1, x2, y2;
} sfd_mille_box;

typedef struct sfd_truth_person {
    size_t person;
    sfd_mille_box box;
    int labels[SFD_MAX_ACT_LABELS]; /* ending with 0 when there are fewer */
} sfd_truth_person;

typedef struct sfd_truth {
    size_t n;
    sfd_truth_person people[SFD_MAX_PEOPLE]; /* those who show well enough */
    bool doubtful; /* somebody shows neither well nor hardly: to be excluded */
} sfd_truth;

/* sights: of sfd_world_render at time t. */
void sfd_truth_collect(sfd_truth *out, const sfd_world *w, double t, int width, int height,
                       const sfd_sight *sights);

typedef struct sfd_guess {
    sfd_mille_box box;
    int score_mille;
} sfd_guess;

enum { SFD_MAX_GUESSES = SFD_MAX_PEOPLE + 2 };

/* Jittered boxes, some missed or unsure, now and then one around nothing. Returns how many. */
size_t sfd_truth_guess(sfd_guess out[SFD_MAX_GUESSES], const sfd_truth *truth, sfd_random *r);

#endif
