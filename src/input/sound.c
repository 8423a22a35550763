/* SPDX-License-Identifier: Apache-2.0 */
#include "input/sound.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/timeline.h"
#include "input/linspace.h"
#include "input/sampling.h"
#include "sound/spectrogram.h"

#include <math.h>
#include <stdlib.h>

/* Those of MMAction2's build_audio_features.py. */
#define FEATURE_LOW_HZ  125
#define FEATURE_HIGH_HZ 7600
#define FEATURE_RMS     0.1
#define LEAST_RMS       1e-4

struct sfd_hearing {
    const sfd_sound_input *in;
    sfd_spectrogram *spectrogram;
    float *windows; /* [n_windows][n_mels]; NULL: they are the input itself */
};

void sfd_sound_input_make(sfd_sound_input *in, const sfd_net_config *c)
{
    const sfd_audio_config *a = &c->audio;
    *in = (sfd_sound_input){0};
    if (!sfd_net_config_listens(c))
        return;
    const size_t window = (size_t)((int64_t)a->rate * a->window_ms / 1000);
    const size_t step = (size_t)((int64_t)a->rate * a->step_ms / 1000);
    const bool features = sfd_net_config_n_pathways(c) == 0;
    const double seconds = ((double)c->num_frames * c->sampling_rate - 1) / SFD_TIMELINE_FPS;
    const double span_steps = seconds * 1000 / a->step_ms;
    const size_t n_windows = features ? (size_t)a->n_steps : (size_t)span_steps + 1;
    *in = (sfd_sound_input){.rate = a->rate,
                            .window_ms = a->window_ms,
                            .step_ms = a->step_ms,
                            .window = window,
                            .step = step,
                            .features = features,
                            .n_steps = a->n_steps,
                            .n_mels = a->n_mels,
                            .mean = a->mean,
                            .std = a->std,
                            .span_steps = span_steps,
                            .n_windows = n_windows,
                            .n_samples = (n_windows - 1) * step + window};
}

int64_t sfd_sound_first_sample(const sfd_sound_input *in, double frame, double fps)
{
    return llround(frame / fps * in->rate);
}

int64_t sfd_sound_clip_start(const sfd_sound_input *in, const sfd_net_config *c, double time_s)
{
    const int64_t first = sfd_clip_first_frame(c, sfd_timeline_frame(time_s));
    return sfd_sound_first_sample(in, (double)first, SFD_TIMELINE_FPS);
}

/* lws.stft with perfectrec: the first window that has a sample, and no more than that. */
size_t sfd_sound_lead(const sfd_sound_input *in)
{
    const size_t rest = in->window % in->step;
    return in->window < in->step ? 0 : in->window - (rest ? rest : in->step);
}

size_t sfd_sound_windows(const sfd_sound_input *in, int64_t n_samples)
{
    return n_samples <= 0 ? 0 : (sfd_sound_lead(in) + (size_t)n_samples + in->step - 1) / in->step;
}

/* audio_normalize: silence stays nearly silent. */
float sfd_sound_gain(double sum_of_squares, int64_t n_samples)
{
    const double rms = n_samples > 0 ? sqrt(sum_of_squares / (double)n_samples) : 0;
    return (float)(FEATURE_RMS / fmax(rms, LEAST_RMS));
}

sfd_status sfd_hearing_create(sfd_hearing **out, const sfd_sound_input *in, sfd_error *err)
{
    sfd_spectrogram_settings settings = sfd_spectrogram_defaults();
    settings.rate = in->rate;
    settings.window_ms = in->window_ms;
    settings.step_ms = in->step_ms;
    settings.n_mels = in->n_mels;
    if (in->features) {
        settings.levels = SFD_LEVELS_DECIBEL;
        settings.scale = SFD_MEL_SLANEY;
        settings.low_hz = FEATURE_LOW_HZ;
        settings.high_hz = FEATURE_HIGH_HZ;
    }
    *out = NULL;
    sfd_hearing *h = sfd_calloc(1, sizeof *h);
    if (!h)
        return sfd_fail_nomem(err, "sound");
    h->in = in;
    sfd_status status = sfd_spectrogram_create(&h->spectrogram, &settings, err);
    if (status == SFD_OK && !in->features) {
        h->windows = sfd_malloc_array(in->n_windows, (size_t)in->n_mels * sizeof *h->windows);
        status = h->windows ? SFD_OK : sfd_fail_nomem(err, "sound");
    }
    if (status != SFD_OK) {
        sfd_hearing_free(h);
        return status;
    }
    *out = h;
    return SFD_OK;
}

void sfd_hearing_free(sfd_hearing *h)
{
    if (!h)
        return;
    sfd_spectrogram_free(h->spectrogram);
    free(h->windows);
    free(h);
}

size_t sfd_hearing_bytes(const sfd_hearing *h)
{
    return h && h->windows ? h->in->n_windows * (size_t)h->in->n_mels * sizeof *h->windows : 0;
}

void sfd_hearing_windows(sfd_hearing *h, const float *samples, size_t n, float *out)
{
    if (n > 0)
        sfd_spectrogram_run(h->spectrogram, samples, (n - 1) * h->in->step + h->in->window, out);
}

void sfd_hearing_fill(sfd_hearing *h, const float *samples, float *out)
{
    const sfd_sound_input *in = h->in;
    const sfd_linspace line = {0, (float)in->span_steps, in->n_steps};
    const size_t n_mels = (size_t)in->n_mels;
    if (in->features) {
        sfd_hearing_windows(h, samples, in->n_windows, out);
        return;
    }
    sfd_spectrogram_run(h->spectrogram, samples, in->n_samples, h->windows);
    for (int i = 0; i < in->n_steps; i++) {
        size_t at = (size_t)sfd_linspace_at(&line, i);
        at = at < in->n_windows ? at : in->n_windows - 1;
        for (size_t m = 0; m < n_mels; m++)
            *out++ = (h->windows[at * n_mels + m] - in->mean) / in->std;
    }
}
