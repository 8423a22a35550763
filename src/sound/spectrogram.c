/* SPDX-License-Identifier: Apache-2.0 */
/* Windows, Fourier transforms by libavutil, mel filters. All in double: of a pure tone, frequencies
 * beside it have a billionth of its power, which float's rounding would hide. */
#include "sound/spectrogram.h"

#include "base/alloc.h"
#include "base/error.h"

#include <libavutil/error.h>
#include <libavutil/tx.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RATE   192000
#define MAX_MS     1000
#define MAX_WINDOW 65536
#define MAX_MELS   1024

/* build_audio_features.py: ref_level_db, -min_level_db and the least amplitude that has a level. */
#define TOP_DB          20
#define RANGE_DB        100
#define LEAST_AMPLITUDE 1e-5

struct sfd_spectrogram {
    sfd_spectrogram_settings settings;
    size_t window, step, n_bins;
    double *shape;         /* [window] */
    double *x;             /* [window] */
    AVComplexDouble *bins; /* [n_bins] */
    double *power;         /* [n_bins]; or its root */
    double *mels;          /* [n_mels] */
    sfd_mel_bank bank;
    AVTXContext *transform;
    av_tx_fn run;
};

sfd_spectrogram_settings sfd_spectrogram_defaults(void)
{
    return (sfd_spectrogram_settings){.rate = 16000,
                                      .window_ms = 32,
                                      .step_ms = 16,
                                      .n_mels = 80,
                                      .scale = SFD_MEL_HTK,
                                      .offset = 1e-8};
}

static sfd_status find_fault(const sfd_spectrogram_settings *s, sfd_error *err)
{
    const struct range {
        const char *name;
        int value, least, most;
    } ranges[] = {{"rate", s->rate, 1000, MAX_RATE},
                  {"window_ms", s->window_ms, 1, MAX_MS},
                  {"step_ms", s->step_ms, 1, MAX_MS},
                  {"n_mels", s->n_mels, 1, MAX_MELS}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most)
            return sfd_fail(err, SFD_ERR_ARG, "spectrogram: %s is %d, wanted %d to %d",
                            ranges[i].name, ranges[i].value, ranges[i].least, ranges[i].most);
    if (!(s->low_hz >= 0) || !(s->high_hz >= 0 && s->high_hz <= s->rate / 2.0) ||
        !(s->high_hz == 0 || s->low_hz < s->high_hz))
        return sfd_fail(err, SFD_ERR_ARG,
                        "spectrogram: from %g to %g Hz, wanted a range up to half the rate, %g",
                        s->low_hz, s->high_hz, s->rate / 2.0);
    if (!(s->offset > 0))
        return sfd_fail(err, SFD_ERR_ARG, "spectrogram: offset is %g, wanted more than 0",
                        s->offset);
    return SFD_OK;
}

static bool allocate(sfd_spectrogram *s)
{
    s->shape = sfd_malloc_array(s->window, sizeof *s->shape);
    s->x = sfd_malloc_aligned(s->window, sizeof *s->x);
    s->bins = sfd_malloc_aligned(s->n_bins, sizeof *s->bins);
    s->power = sfd_malloc_array(s->n_bins, sizeof *s->power);
    s->mels = sfd_malloc_array((size_t)s->settings.n_mels, sizeof *s->mels);
    const sfd_spectrogram_settings *o = &s->settings;
    const sfd_mel_range range = {
        .low_hz = o->low_hz, .high_hz = o->high_hz > 0 ? o->high_hz : o->rate / 2.0, o->scale};
    return s->shape && s->x && s->bins && s->power && s->mels &&
           sfd_mel_bank_make(&s->bank, (size_t)o->n_mels, s->n_bins, o->rate, &range);
}

static void shape_window(sfd_spectrogram *s)
{
    const double n = (double)s->window;
    for (size_t i = 0; s->settings.levels == SFD_LEVELS_LN && i < s->window; i++)
        s->shape[i] = 0.5 - 0.5 * cos(2 * M_PI * (double)i / n);
    for (size_t i = 0; s->settings.levels == SFD_LEVELS_DECIBEL && i < s->window; i++) {
        double sum = 0; /* of the squares of all that overlap here */
        for (size_t k = i % s->step; k < s->window; k += s->step)
            sum += pow(sin(M_PI * ((double)k + 0.5) / n), 2);
        s->shape[i] = sin(M_PI * ((double)i + 0.5) / n) / sqrt(sum);
    }
}

static sfd_status prepare(sfd_spectrogram *s, sfd_error *err)
{
    const sfd_spectrogram_settings *o = &s->settings;
    const double one = 1;
    s->window = (size_t)((int64_t)o->rate * o->window_ms / 1000);
    s->step = (size_t)((int64_t)o->rate * o->step_ms / 1000);
    s->n_bins = s->window / 2 + 1;
    if (s->window < 2 || s->window > MAX_WINDOW || s->window % 2 != 0 || s->step == 0)
        return sfd_fail(
            err, SFD_ERR_ARG,
            "spectrogram: windows of %zu samples every %zu, wanted an even number up to %d",
            s->window, s->step, MAX_WINDOW);
    if (!allocate(s))
        return sfd_fail_nomem(err, "spectrogram");
    shape_window(s);
    const int code =
        av_tx_init(&s->transform, &s->run, AV_TX_DOUBLE_RDFT, 0, (int)s->window, &one, 0);
    if (code == AVERROR(ENOMEM))
        return sfd_fail_nomem(err, "spectrogram");
    if (code < 0)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "spectrogram: FFmpeg has no Fourier transform of %zu samples", s->window);
    return SFD_OK;
}

sfd_status sfd_spectrogram_create(sfd_spectrogram **out, const sfd_spectrogram_settings *settings,
                                  sfd_error *err)
{
    *out = NULL;
    sfd_status st = find_fault(settings, err);
    if (st != SFD_OK)
        return st;
    sfd_spectrogram *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, "spectrogram");
    s->settings = *settings;
    st = prepare(s, err);
    if (st != SFD_OK) {
        sfd_spectrogram_free(s);
        return st;
    }
    *out = s;
    return SFD_OK;
}

void sfd_spectrogram_free(sfd_spectrogram *s)
{
    if (!s)
        return;
    av_tx_uninit(&s->transform);
    sfd_mel_bank_free(&s->bank);
    free(s->shape);
    free(s->x);
    free(s->bins);
    free(s->power);
    free(s->mels);
    free(s);
}

size_t sfd_spectrogram_n_steps(const sfd_spectrogram *s, size_t n_samples)
{
    if (s->settings.centred)
        return 1 + n_samples / s->step;
    return n_samples < s->window ? 0 : 1 + (n_samples - s->window) / s->step;
}

/* The window that begins at sample `first`, which may be before the sound's. */
static void take_window(sfd_spectrogram *s, const float *samples, size_t n_samples, int64_t first)
{
    for (size_t i = 0; i < s->window; i++) {
        const int64_t k = first + (int64_t)i;
        s->x[i] = k >= 0 && k < (int64_t)n_samples ? s->shape[i] * (double)samples[k] : 0;
    }
}

static double level(const sfd_spectrogram_settings *s, double mel)
{
    if (s->levels == SFD_LEVELS_LN)
        return log(mel + s->offset);
    const double above = 20 * log10(fmax(mel, LEAST_AMPLITUDE)) - TOP_DB + RANGE_DB;
    return fmin(fmax(above / RANGE_DB, 0), 1);
}

void sfd_spectrogram_run(sfd_spectrogram *s, const float *samples, size_t n_samples, float *out)
{
    const size_t n_steps = sfd_spectrogram_n_steps(s, n_samples);
    const int64_t before = s->settings.centred ? (int64_t)s->window / 2 : 0;
    for (size_t t = 0; t < n_steps; t++, out += s->bank.n_filters) {
        take_window(s, samples, n_samples, (int64_t)(t * s->step) - before);
        s->run(s->transform, s->bins, s->x, sizeof *s->x);
        s->bins[s->n_bins - 1].im = 0; /* FFmpeg 5.1 leaves it as it was */
        for (size_t k = 0; k < s->n_bins; k++)
            s->power[k] = s->bins[k].re * s->bins[k].re + s->bins[k].im * s->bins[k].im;
        for (size_t k = 0; s->settings.levels == SFD_LEVELS_DECIBEL && k < s->n_bins; k++)
            s->power[k] = sqrt(s->power[k]);
        sfd_mel_bank_apply(&s->bank, s->power, s->mels);
        for (size_t m = 0; m < s->bank.n_filters; m++)
            out[m] = (float)level(&s->settings, s->mels[m]);
    }
}
