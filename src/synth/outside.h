/* SPDX-License-Identifier: Apache-2.0 */
/* What is heard from outside the picture, in worlds with sound: somebody talks or sings, claps,
 * walks by, plays. It distracts, and gives those in the picture something to listen to. */
#ifndef SFD_SYNTH_OUTSIDE_H
#define SFD_SYNTH_OUTSIDE_H

#include "base/random.h"
#include "synth/trig.h"

#include <sfdet/common.h>

typedef enum sfd_outside_kind {
    SFD_OUTSIDE_QUIET,
    SFD_OUTSIDE_TALK,
    SFD_OUTSIDE_SONG,
    SFD_OUTSIDE_MUSIC,
    SFD_OUTSIDE_CLAPS,
    SFD_OUTSIDE_STEPS,
    SFD_OUTSIDE_DRUM,
    SFD_OUTSIDE_KNOCKS
} sfd_outside_kind;

typedef struct sfd_outside_act {
    double t0, t1; /* s; changes lie half way between keyframes, as those of people */
    sfd_outside_kind kind;
    double rate_hz; /* of claps, steps, strokes, beats */
    sfd_vec3 at;    /* where: beside the picture or far behind the scene */
} sfd_outside_act;

/* One after the other, without gaps: a chain like a person's. */
typedef struct sfd_outside {
    size_t n;
    sfd_outside_act *acts;
} sfd_outside;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_outside_make(sfd_outside *out, sfd_random *r, double seconds, sfd_error *err);
void sfd_outside_free(sfd_outside *o);
const sfd_outside_act *sfd_outside_act_at(const sfd_outside *o, double t);

#endif
