/* SPDX-License-Identifier: Apache-2.0 */
/* What a person looks like: colours of the upper and the lower half of a box, as histograms in
 * which the middle weighs more and colours of the background less, compared by Bhattacharyya's
 * coefficient (D. Comaniciu, V. Ramesh, P. Meer, "Kernel-Based Object Tracking", PAMI 2003). */
#ifndef SFD_PERSONS_LOOK_H
#define SFD_PERSONS_LOOK_H

#include <sfdet/common.h>

#define SFD_LOOK_SHADES 8 /* of each of red, green, blue */
#define SFD_LOOK_BINS   (SFD_LOOK_SHADES * SFD_LOOK_SHADES * SFD_LOOK_SHADES)

typedef struct sfd_look {
    bool known;                     /* enough of the person was to be seen */
    float halves[2][SFD_LOOK_BINS]; /* each sums to 1 */
} sfd_look;

/* A picture, those who certainly are in it, and what its colours are worth. */
typedef struct sfd_look_scene {
    const uint8_t *rgb; /* 8-bit, [height][stride_bytes] */
    int width, height;
    size_t stride_bytes;
    const sfd_box_norm *boxes; /* [n] */
    size_t n;
    float worth[SFD_LOOK_BINS]; /* 1: rare outside the boxes; less the more there is */
} sfd_look_scene;

/* To be called when the other members are set. */
void sfd_look_weigh_colours(sfd_look_scene *s);

/* Of a person in `box`, fractions of the picture, one of s->boxes or not, without what those cover
 * who are nearer, as their boxes reach further down. */
void sfd_look_at(sfd_look *out, const sfd_look_scene *s, const sfd_box_norm *box);

/* 0 (nothing in common) to 1; both have to be known. */
double sfd_look_alike(const sfd_look *a, const sfd_look *b);

/* Makes `a` look by `share` as b does. */
void sfd_look_learn(sfd_look *a, const sfd_look *b, double share);

#endif
