/* SPDX-License-Identifier: Apache-2.0 */
/* The still part of a scene: walls, ground, sky, furniture; painted once per video. */
#ifndef SFD_SYNTH_BACKDROP_H
#define SFD_SYNTH_BACKDROP_H

#include "synth/props.h"

typedef enum sfd_scene_kind {
    SFD_SCENE_ROOM,
    SFD_SCENE_HALL,
    SFD_SCENE_STREET,
    SFD_SCENE_FIELD,
    SFD_SCENE_BEACH,
    SFD_N_SCENES
} sfd_scene_kind;

/* Names for options: "room", "hall", ... */
extern const char *const sfd_scene_names[SFD_N_SCENES];

static inline bool sfd_scene_indoors(sfd_scene_kind k)
{
    return k == SFD_SCENE_ROOM || k == SFD_SCENE_HALL;
}

/* Fills the whole canvas, seen by v->camera. */
void sfd_backdrop_paint(const sfd_view *v, sfd_scene_kind kind, sfd_random *r, bool validation);

#endif
