/* SPDX-License-Identifier: Apache-2.0 */
/* The short sounds of what a person does, from the joints that are drawn. */
#ifndef SFD_SYNTH_SOUND_EVENT_H
#define SFD_SYNTH_SOUND_EVENT_H

#include "synth/backdrop.h"
#include "synth/script.h"
#include "synth/sound_strike.h"

typedef struct sfd_sound_event {
    double t; /* s */
    sfd_strike_kind kind;
    double strength, pitch; /* as of sfd_strike_start */
    sfd_vec3 at;
} sfd_sound_event;

typedef struct sfd_sound_events {
    sfd_sound_event *events;
    size_t n, n_alloc;
} sfd_sound_events;

/* Appends those of act number `act`, in any order; some come after its end (a ball bounces).
 * Errors: SFD_ERR_NOMEM. */
sfd_status sfd_sound_events_of_act(sfd_sound_events *out, const sfd_script *s, size_t act,
                                   sfd_scene_kind scene, sfd_error *err);
/* Appends one. */
sfd_status sfd_sound_events_put(sfd_sound_events *out, const sfd_sound_event *e, sfd_error *err);
void sfd_sound_events_free(sfd_sound_events *e);

#endif
