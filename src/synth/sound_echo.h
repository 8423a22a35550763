/* SPDX-License-Identifier: Apache-2.0 */
/* What walls send back. */
#ifndef SFD_SYNTH_SOUND_ECHO_H
#define SFD_SYNTH_SOUND_ECHO_H

#include "synth/backdrop.h"

#include <sfdet/common.h>

enum { SFD_ECHO_COMBS = 4, SFD_ECHO_PASSES = 2 };

typedef struct sfd_delay {
    float *ring;
    size_t n, at;
    double low;
} sfd_delay;

/* M. R. Schroeder, "Natural sounding artificial reverberation", 1962: combs side by side, then
 * all-passes; the right ear has longer ones. */
typedef struct sfd_echo {
    double feedback[SFD_ECHO_COMBS], level;
    sfd_delay comb[2][SFD_ECHO_COMBS], pass[2][SFD_ECHO_PASSES];
    float *memory;
} sfd_echo;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_echo_create(sfd_echo *e, sfd_scene_kind scene, sfd_error *err);
void sfd_echo_free(sfd_echo *e);
/* Adds what comes back of `sent`. */
void sfd_echo_add(sfd_echo *e, const float *sent, float *left, float *right, size_t n);

#endif
