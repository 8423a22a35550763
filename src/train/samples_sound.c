/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the sound of samples' videos. */
#include "base/error.h"
#include "base/timeline.h"
#include "input/sound.h"
#include "train/samples.h"

#include <stdio.h>

/* Clips reach over both ends of their video. */
static int64_t wanted_samples(const sfd_sound_input *in, const sfd_frame_cache *frames)
{
    const int64_t end =
        sfd_sound_first_sample(in, (double)frames->header.n_frames, SFD_TIMELINE_FPS);
    return end + (int64_t)in->n_samples;
}

static sfd_status open_sound(sfd_sample_video *v, const char *path, const sfd_sound_input *in,
                             const sfd_samples_frames *f, sfd_error *err)
{
    char cache[SFD_MAX_SAMPLE_PATH], ending[32];
    const sfd_cache_source source = {
        .should_stop = f->should_stop, .on_warning = f->on_warning, .user = f->user};
    snprintf(ending, sizeof ending, "%d.sound", in->rate);
    if (!sfd_samples_cache_path(cache, v->id, ending, f))
        return sfd_fail(err, SFD_ERR_ARG, "%s: path too long", f->cache_dir);
    const sfd_status status = sfd_read_files_refuse(f->read, cache, err);
    return status == SFD_OK ? sfd_sound_cache_open(&v->sound, path, cache, in->rate,
                                                   wanted_samples(in, &v->frames), &source, err)
                            : status;
}

sfd_status sfd_samples_open_sound(sfd_samples *s, const sfd_samples_frames *f, sfd_error *err)
{
    char path[SFD_MAX_SAMPLE_PATH];
    sfd_sound_input in;
    sfd_status status = SFD_OK;
    sfd_sound_input_make(&in, f->config);
    for (size_t i = 0; status == SFD_OK && in.n_steps > 0 && i < s->n_videos; i++) {
        sfd_samples_find_video(path, s, i, f->videos_dir);
        status = open_sound(&s->videos[i], path, &in, f, err);
    }
    return status;
}
