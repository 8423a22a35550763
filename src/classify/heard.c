/* SPDX-License-Identifier: Apache-2.0 */
/* What a network that only listens is let hear of a video. */
#include "classify/heard.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/timeline.h"
#include "media/frame_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool sfd_is_feature_file(const char *path)
{
    const size_t n = strlen(path);
    return n > 4 && strcasecmp(path + n - 4, ".npy") == 0;
}

/* ------------------------------------------------------------------ files of features */

static sfd_status open_file(sfd_heard *h, const sfd_listed_video *video, sfd_error *err)
{
    h->from_file = true;
    const sfd_status status = sfd_npy_open(&h->file, video->path, err);
    if (status != SFD_OK)
        return status;
    const sfd_npy_layout *l = &h->file.layout;
    if (l->n_columns != (size_t)h->in->n_mels)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: rows of %zu features, the network hears %d mel bands "
                        "(DATA.AUDIO_MEL_NUM)",
                        video->path, l->n_columns, h->in->n_mels);
    if (l->n_rows == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: has no rows", video->path);
    h->n_rows = l->n_rows;
    h->n_frames = video->n_frames > 0 ? video->n_frames : (int64_t)l->n_rows;
    return SFD_OK;
}

/* ------------------------------------------------------------------ sound */

/* Length and loudness of all of it. */
static sfd_status measure(sfd_heard *h, const char *path, const sfd_sound_options *options,
                          int64_t *n_samples, sfd_error *err)
{
    const size_t n = (size_t)h->in->rate;
    float *samples = sfd_malloc_array(n, sizeof *samples);
    sfd_sound_reader *r = NULL;
    double sum = 0;
    sfd_status status =
        samples ? sfd_sound_open(&r, path, options, err) : sfd_fail_nomem(err, path);
    *n_samples = -1;
    for (int64_t at = 0; status == SFD_OK && *n_samples < 0; at += (int64_t)n) {
        status = sfd_sound_read(r, at, n, samples, err);
        for (size_t i = 0; status == SFD_OK && i < n; i++)
            sum += (double)samples[i] * (double)samples[i]; /* zeros behind the end */
        *n_samples = status == SFD_OK ? sfd_sound_length(r) : 0;
    }
    if (status == SFD_OK)
        h->complains = sfd_sound_complain(r, &h->complaint);
    h->gain = sfd_sound_gain(sum, *n_samples);
    sfd_sound_close(r);
    free(samples);
    return status;
}

/* Sound without pictures has as many as a video of 30 a second. */
static sfd_status count_frames(sfd_heard *h, const sfd_listed_video *video, sfd_stop stop,
                               int64_t n_samples, sfd_error *err)
{
    const sfd_frame_source source = {.path = video->path, .picture_fps = 1, .stop = stop};
    sfd_frame_reader *r;
    const sfd_status status = sfd_frame_reader_open(&r, &source, err);
    if (status == SFD_OK) {
        h->n_frames = sfd_frame_reader_count(r);
        sfd_frame_reader_close(r);
    } else if (status == SFD_ERR_FORMAT && n_samples > 0) {
        h->n_frames = llround((double)n_samples / h->in->rate * SFD_TIMELINE_FPS);
    } else if (status == SFD_ERR_FORMAT && h->complains) {
        *err = h->complaint; /* nobody asked for pictures */
        return err->status;
    } else {
        return status;
    }
    h->n_frames = h->n_frames > 0 ? h->n_frames : 1;
    return SFD_OK;
}

static sfd_status open_sound(sfd_heard *h, const sfd_listed_video *video, sfd_stop stop,
                             sfd_error *err)
{
    const sfd_sound_options options = {
        .rate = h->in->rate, .should_stop = stop.should_stop, .user = stop.user};
    int64_t n_samples;
    sfd_status status = measure(h, video->path, &options, &n_samples, err);
    if (status == SFD_OK)
        status = count_frames(h, video, stop, n_samples, err);
    if (status == SFD_OK)
        status = sfd_sound_open(&h->ears, video->path, &options, err);
    if (status == SFD_OK)
        status = sfd_hearing_create(&h->hearing, h->in, err);
    if (status != SFD_OK)
        return status;
    h->n_rows = sfd_sound_windows(h->in, n_samples);
    h->samples = sfd_malloc_array(h->in->n_samples, sizeof *h->samples);
    return h->samples ? SFD_OK : sfd_fail_nomem(err, video->path);
}

static sfd_status hear(sfd_heard *h, size_t first, size_t n, float *out, sfd_error *err)
{
    const size_t n_samples = (n - 1) * h->in->step + h->in->window;
    const int64_t from = (int64_t)(first * h->in->step) - (int64_t)sfd_sound_lead(h->in);
    const sfd_status status = sfd_sound_read(h->ears, from, n_samples, h->samples, err);
    for (size_t i = 0; status == SFD_OK && i < n_samples; i++)
        h->samples[i] *= h->gain;
    if (status == SFD_OK)
        sfd_hearing_windows(h->hearing, h->samples, n, out);
    return status;
}

/* ------------------------------------------------------------------ either */

sfd_status sfd_heard_open(sfd_heard *h, const sfd_sound_input *in, const sfd_listed_video *video,
                          sfd_stop stop, sfd_error *err)
{
    *h = (sfd_heard){.in = in, .file.fd = -1};
    if (video->pictures)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: pictures have no sound, and the network only listens", video->path);
    return sfd_is_feature_file(video->path) ? open_file(h, video, err)
                                            : open_sound(h, video, stop, err);
}

void sfd_heard_close(sfd_heard *h)
{
    sfd_npy_close(&h->file);
    sfd_sound_close(h->ears);
    sfd_hearing_free(h->hearing);
    free(h->samples);
    *h = (sfd_heard){.file.fd = -1};
}

/* Python's round() of where a frame ends. */
static double row_behind(const sfd_heard *h, int64_t frame)
{
    return rint(((double)frame + 1) / (double)h->n_frames * (double)h->n_rows);
}

sfd_status sfd_heard_clip(sfd_heard *h, int64_t first, int64_t last, float *out, sfd_error *err)
{
    const double from = row_behind(h, first), rows = (double)h->n_rows;
    const double end = row_behind(h, last) < rows ? row_behind(h, last) : rows;
    const size_t n_steps = (size_t)h->in->n_steps;
    const size_t there = end > from ? (size_t)(end - from) : 0; /* none where a clip begins again */
    const size_t n = there < n_steps ? there : n_steps;
    memset(out, 0, n_steps * (size_t)h->in->n_mels * sizeof *out);
    if (n == 0)
        return SFD_OK;
    return h->from_file ? sfd_npy_read(&h->file, (size_t)from, n, out, err)
                        : hear(h, (size_t)from, n, out, err);
}
