/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clip_sound.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <sys/stat.h>

/* What can be opened once more beside its pictures. */
static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

sfd_status sfd_clip_sound_open(sfd_clip_sound *s, const char *path, const sfd_model *model,
                               size_t n_clips, bool (*should_stop)(void *), void *user,
                               sfd_error *err)
{
    *s = (sfd_clip_sound){0};
    const sfd_model_info *info = model ? sfd_model_get_info(model) : NULL;
    if (!info || info->n_sound == 0)
        return SFD_OK;
    s->samples = sfd_calloc(n_clips, info->n_sound * sizeof *s->samples);
    if (!s->samples)
        return sfd_fail_nomem(err, path);
    s->path = path;
    s->n_samples = info->n_sound;
    s->n_clips = n_clips;
    const sfd_sound_options options = {
        .rate = info->sound_rate, .should_stop = should_stop, .user = user};
    return is_file(path) ? sfd_sound_open(&s->reader, path, &options, err) : SFD_OK;
}

void sfd_clip_sound_close(sfd_clip_sound *s)
{
    sfd_sound_close(s->reader);
    free(s->samples);
    *s = (sfd_clip_sound){0};
}

bool sfd_clip_sound_complain(const sfd_clip_sound *s, sfd_error *message)
{
    if (s->reader)
        return sfd_sound_complain(s->reader, message);
    if (s->n_samples > 0)
        sfd_fail(message, SFD_ERR_UNSUPPORTED, "%s: no file of sound: the network hears silence",
                 s->path);
    return s->n_samples > 0;
}

sfd_status sfd_clip_sound_get(sfd_clip_sound *s, const sfd_model *model, size_t slot, double time_s,
                              const float **out, sfd_error *err)
{
    *out = NULL;
    if (s->n_samples == 0)
        return SFD_OK;
    float *samples = s->samples + slot % s->n_clips * s->n_samples;
    *out = samples;
    return s->reader ? sfd_sound_read(s->reader, sfd_model_clip_sound(model, time_s), s->n_samples,
                                      samples, err)
                     : SFD_OK;
}
