/* SPDX-License-Identifier: Apache-2.0 */
/* Log-mel spectrograms. The usual levels are ln(M |X|^2 + offset), where X are Fourier transforms
 * of windows (Hann, periodic) of sound and M mel filters, as librosa.feature.melspectrogram has
 * them. The defaults are those that the authors of audiovisual SlowFast train with: windows of 32
 * ms every 16 ms, 80 filters of HTK's scale from 0 Hz to half the rate, the first window over the
 * first samples (center=False), 1e-8.
 *
 * In decibels: M |X| in dB from -80 to 20 as 0 to 1, cut off there, and windows whose squares,
 * overlapping, add up to one (of the lws library: half a sine where they begin every half of their
 * length), as MMAction2's build_audio_features.py has it with librosa's filters. */
#ifndef SFD_SOUND_SPECTROGRAM_H
#define SFD_SOUND_SPECTROGRAM_H

#include "sound/mel.h"

#include <sfdet/common.h>

typedef enum sfd_levels { SFD_LEVELS_LN, SFD_LEVELS_DECIBEL } sfd_levels;

typedef struct sfd_spectrogram_settings {
    int rate; /* samples a second */
    int window_ms, step_ms;
    int n_mels;
    sfd_mel_scale scale;
    double low_hz, high_hz; /* between which filters lie; high_hz 0: up to half the rate */
    sfd_levels levels;
    bool centred;  /* window i lies around sample i * step: zeros are added before and behind */
    double offset; /* under the logarithm; positive */
} sfd_spectrogram_settings;

typedef struct sfd_spectrogram sfd_spectrogram;

sfd_spectrogram_settings sfd_spectrogram_defaults(void);

/* Errors: SFD_ERR_ARG (a setting out of range; the message names it), SFD_ERR_UNSUPPORTED (FFmpeg
 * has no transform of the window's length), SFD_ERR_NOMEM. */
sfd_status sfd_spectrogram_create(sfd_spectrogram **out, const sfd_spectrogram_settings *settings,
                                  sfd_error *err);
void sfd_spectrogram_free(sfd_spectrogram *s); /* takes NULL */

/* How many windows n samples have: those that fit; centred, one each step. */
size_t sfd_spectrogram_n_steps(const sfd_spectrogram *s, size_t n_samples);

/* out[steps][n_mels]. One thread at a time. */
void sfd_spectrogram_run(sfd_spectrogram *s, const float *samples, size_t n_samples, float *out);

#endif
