/* SPDX-License-Identifier: Apache-2.0 */
#include "train/setup.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_PATH_LEN 4096

void sfd_trainer_tell(const sfd_trainer *t, const char *message)
{
    if (t->s.on_message)
        t->s.on_message(t->s.user, message);
}

static void on_video(void *user, size_t n_done, size_t n_total)
{
    const sfd_trainer *t = user;
    if (t->s.on_progress)
        t->s.on_progress(t->s.user, "videos", n_done, n_total, NAN, NAN);
}

static bool should_stop(void *user)
{
    const sfd_trainer *t = user;
    return t->s.should_stop && t->s.should_stop(t->s.user);
}

static void on_warning(void *user, const char *message)
{
    const sfd_trainer *t = user;
    if (t->s.on_warning)
        t->s.on_warning(t->s.user, message);
}

void sfd_trainer_tell_notes(const sfd_trainer *t)
{
    static const char warning[] = "warning: ";
    const size_t n = sizeof warning - 1;
    for (size_t i = 0; i < t->read.n_lines; i++)
        if (strncmp(t->read.lines[i], warning, n) == 0)
            on_warning((void *)t, t->read.lines[i] + n);
        else
            sfd_trainer_tell(t, t->read.lines[i]);
}

/* Everything that is read is known; nothing is written yet. */
static sfd_status check_outputs(const sfd_trainer *t, sfd_error *err)
{
    static const char *const names[] = {
        "last.safetensors", "best.safetensors",     "state.bin",          "log.csv",
        "curve.svg",        "cache/train.features", "cache/val.features", SFD_EVENTS_FILE};
    char path[MAX_PATH_LEN];
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", t->s.out, names[i]);
        status = sfd_read_files_refuse(&t->read.files, path, err);
    }
    return status;
}

static sfd_status open_samples(sfd_samples *s, const sfd_samples_frames *how, sfd_error *err)
{
    const sfd_status status = sfd_samples_open_frames(s, how, err);
    return status == SFD_OK ? sfd_samples_open_sound(s, how, err) : status;
}

sfd_status sfd_trainer_open_frames(sfd_trainer *t, sfd_samples_frames *how, int val_side,
                                   sfd_error *err)
{
    char cache[MAX_PATH_LEN];
    const int n = snprintf(cache, sizeof cache, "%s/cache", t->s.out);
    if (n < 0 || (size_t)n >= sizeof cache)
        return sfd_fail(err, SFD_ERR_ARG, "%s: path too long", t->s.out);
    how->videos_dir = t->s.videos;
    how->cache_dir = cache;
    how->timestamp_offset_s = t->s.timestamp_offset_s;
    how->picture_fps = t->s.picture_fps;
    how->user = t;
    how->should_stop = should_stop;
    how->on_progress = on_video;
    how->strict = t->s.strict;
    how->on_warning = on_warning;
    how->read = &t->read.files;
    /* whole videos are looked at in views of their own, from their files */
    const bool opens_train = !t->s.validate_only, opens_val = !t->val.whole_videos;
    sfd_status status = opens_train ? sfd_samples_find_videos(&t->train, how, err) : SFD_OK;
    if (status == SFD_OK)
        status = sfd_samples_find_videos(&t->val, how, err);
    if (status == SFD_OK)
        status = check_outputs(t, err);
    if (status == SFD_OK)
        status = sfd_make_directory(t->s.out, err);
    if (status == SFD_OK)
        status = sfd_make_directory(cache, err);
    if (status == SFD_OK && opens_train)
        status = open_samples(&t->train, how, err);
    how->short_side = val_side;
    if (status == SFD_OK && opens_val)
        status = open_samples(&t->val, how, err);
    return status;
}

sfd_status sfd_trainer_cut_batches(sfd_trainer *t, sfd_error *err)
{
    t->batch = (size_t)t->s.batch < t->train.n ? (size_t)t->s.batch : t->train.n;
    t->steps = t->train.n / t->batch;
    t->order = sfd_malloc_array(t->train.n, sizeof *t->order);
    return t->order ? SFD_OK : sfd_fail_nomem(err, t->s.out);
}

sfd_status sfd_trainer_make_team(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = sfd_team_create(&t->team, t->s.threads, err);
    if (status != SFD_OK)
        return status;
    t->buffers = sfd_calloc((size_t)sfd_team_size(t->team), sizeof *t->buffers);
    return t->buffers ? SFD_OK : sfd_fail_nomem(err, t->s.out);
}

sfd_status sfd_trainer_fill_batch(sfd_trainer *t, sfd_team_fn fill, sfd_error *err)
{
    sfd_team_for(t->team, t->batch, fill, t);
    for (int i = 0; i < sfd_team_size(t->team); i++)
        if (t->buffers[i].err.status != SFD_OK)
            return sfd_fail(err, t->buffers[i].err.status, "%s", t->buffers[i].err.message);
    return SFD_OK;
}
