/* SPDX-License-Identifier: Apache-2.0 */
/* One video's world: a scene, a camera, a light and people with scripts. Any moment can be drawn,
 * in any order. The same settings give the same pictures everywhere. */
#ifndef SFD_SYNTH_WORLD_H
#define SFD_SYNTH_WORLD_H

#include "media/picture.h"
#include "synth/backdrop.h"
#include "synth/figure.h"
#include "synth/outside.h"
#include "synth/script.h"

typedef struct sfd_world sfd_world; /* used by one thread at a time */

enum { SFD_MAX_PEOPLE = 8 };

typedef struct sfd_world_settings {
    uint64_t seed, index; /* of the data set, of the video in it */
    bool validation;
    double seconds;
    int width, height;
    int min_people, max_people;
    int scene;    /* sfd_scene_kind, or -1: by chance */
    double grain; /* film grain and camera shake, 1 = usual, 0 = none */
    bool sound;   /* other people, some of whom do what only ears tell apart */
} sfd_world_settings;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_world_create(sfd_world **out, const sfd_world_settings *s, sfd_error *err);
void sfd_world_destroy(sfd_world *w); /* takes NULL */

size_t sfd_world_n_people(const sfd_world *w);
const sfd_script *sfd_world_script(const sfd_world *w, size_t person);
const sfd_world_settings *sfd_world_made_with(const sfd_world *w); /* scene: the chosen one */
/* Half of the picture's width at distance 1 m, in m. */
double sfd_world_half_width(const sfd_world *w);
const sfd_outside *sfd_world_outside(const sfd_world *w); /* NULL without sound */
/* What a person is annotated with at time t: AVA action ids, ending with 0 when there are fewer. */
void sfd_world_labels(const sfd_world *w, size_t person, double t, int out[SFD_MAX_ACT_LABELS]);

/* A person in a picture. */
typedef struct sfd_sight {
    sfd_outline outline;
    size_t visible_px; /* pixels it covers by half or more, in the end */
    size_t drawn_px;   /* the same before nearer things were drawn */
} sfd_sight;

/* Draws the moment t into `picture` (the world's size, writable). sights [n_people] and owner
 * [height][width], which becomes person + 1 or 0 for each pixel, may be NULL. */
void sfd_world_render(sfd_world *w, double t, sfd_picture *picture, sfd_sight *sights,
                      uint8_t *owner);

#endif
