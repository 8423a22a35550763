/* SPDX-License-Identifier: Apache-2.0 */
/* What the microphone at the camera hears of a world, in stereo, from the first picture on. The
 * same settings give the same samples everywhere. Memory does not grow with the video. */
#ifndef SFD_SYNTH_SOUNDTRACK_H
#define SFD_SYNTH_SOUNDTRACK_H

#include "synth/sound_filter.h"
#include "synth/world.h"

typedef struct sfd_soundtrack sfd_soundtrack;

/* Of a world with sound, which must stay. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_soundtrack_create(sfd_soundtrack **out, const sfd_world *w, sfd_error *err);
void sfd_soundtrack_destroy(sfd_soundtrack *s); /* takes NULL */

/* The next n samples of both channels, SFD_SOUND_RATE a second, within -1..1; n up to
 * SFD_SOUND_BLOCK. Errors: SFD_ERR_NOMEM. */
#define SFD_SOUND_BLOCK 1600
sfd_status sfd_soundtrack_next(sfd_soundtrack *s, float *left, float *right, size_t n,
                               sfd_error *err);

#endif
