/* SPDX-License-Identifier: Apache-2.0 */
/* What a person looks like: build, clothes, hair. */
#ifndef SFD_SYNTH_BODY_H
#define SFD_SYNTH_BODY_H

#include "base/random.h"
#include "synth/pose.h"
#include "synth/raster.h"

typedef enum sfd_hair {
    SFD_HAIR_SHORT,
    SFD_HAIR_LONG,
    SFD_HAIR_TAIL,
    SFD_HAIR_BUN,
    SFD_HAIR_NONE,
    SFD_HAIR_CAP /* a cap with a peak */
} sfd_hair;

typedef enum sfd_legwear { SFD_TROUSERS, SFD_SHORTS, SFD_SKIRT } sfd_legwear;

typedef struct sfd_body {
    sfd_proportions size;
    sfd_hair hair;
    sfd_legwear legwear;
    double sleeve; /* share of the arm that is covered: 0 none, 0.5 to the elbow, 1 to the wrist */
    bool striped;
    sfd_tint skin, hair_tint, shirt, stripe, legs, shoes;
} sfd_body;

/* Training and validation people dress from different wardrobes. */
void sfd_body_make(sfd_body *out, sfd_random *r, bool validation);

/* A colour by hue (turns), saturation and brightness (0..1). */
sfd_tint sfd_tint_hsv(double hue, double saturation, double value);

/* A hue of the split's half of the colour circle: six sectors, taken in turn. */
double sfd_split_hue(sfd_random *r, bool validation);

#endif
