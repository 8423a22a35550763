/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of clips, for networks that listen. */
#ifndef SFD_PIPELINE_CLIP_SOUND_H
#define SFD_PIPELINE_CLIP_SOUND_H

#include "media/sound_reader.h"

#include <sfdet/model.h>

typedef struct sfd_clip_sound {
    const char *path;
    sfd_sound_reader *reader; /* NULL: silence */
    size_t n_samples;         /* of a clip; 0: the network does not listen */
    size_t n_clips;
    float *samples; /* [n_clips][n_samples] */
} sfd_clip_sound;

/* `model` may be NULL; what is no file, as a folder of pictures, is silent. `path` must live as
 * long. Errors: as sfd_sound_open, SFD_ERR_NOMEM.
 * Closed by sfd_clip_sound_close, also after failure. */
sfd_status sfd_clip_sound_open(sfd_clip_sound *s, const char *path, const sfd_model *model,
                               size_t n_clips, bool (*should_stop)(void *), void *user,
                               sfd_error *err);
void sfd_clip_sound_close(sfd_clip_sound *s);

/* As sfd_sound_complain; that a network which listens hears nothing, too. */
bool sfd_clip_sound_complain(const sfd_clip_sound *s, sfd_error *message);

/* *out: the samples of a clip around a time since the video's first frame, which are in place
 * `slot` until that is asked for again; NULL where the network does not listen. Times rise. Errors:
 * SFD_ERR_CANCELLED, SFD_ERR_NOMEM. */
sfd_status sfd_clip_sound_get(sfd_clip_sound *s, const sfd_model *model, size_t slot, double time_s,
                              const float **out, sfd_error *err);

#endif
