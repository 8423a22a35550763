/* SPDX-License-Identifier: Apache-2.0 */
/* What a network is let hear of a clip: a log-mel spectrogram, n_steps of whose windows are spread
 * evenly over the clip's time, as the authors of audiovisual SlowFast have it (decoder.py); or, of
 * MMAction2's networks that do nothing else, n_steps windows one behind the other, which its tool
 * makes (build_audio_features.py) of sound whose root mean square it makes 0.1. */
#ifndef SFD_INPUT_SOUND_H
#define SFD_INPUT_SOUND_H

#include "config/config.h"

typedef struct sfd_sound_input {
    int rate, window_ms, step_ms;
    size_t window, step; /* samples */
    bool features;       /* MMAction2's; then `mean`, `std` and span_steps do not count */
    int n_steps, n_mels; /* of the input tensor, [1][n_steps][n_mels][1]; 0: it does not listen */
    float mean, std;     /* of logarithms */
    double span_steps;   /* from the first window to the last */
    size_t n_windows, n_samples; /* of a clip, and of its sound */
} sfd_sound_input;

/* All zeros where the network does not listen. */
void sfd_sound_input_make(sfd_sound_input *in, const sfd_net_config *c);

/* Sample at which the sound of a clip begins whose first frame, which may be before the video's,
 * has this number, of `fps` a second. */
int64_t sfd_sound_first_sample(const sfd_sound_input *in, double frame, double fps);

/* The same of the clip around a time since the video's first frame. */
int64_t sfd_sound_clip_start(const sfd_sound_input *in, const sfd_net_config *c, double time_s);

/* Of MMAction2's features: samples before a sound's first that its first window takes in, how many
 * windows n samples have, and what samples are to be multiplied with. */
size_t sfd_sound_lead(const sfd_sound_input *in);
size_t sfd_sound_windows(const sfd_sound_input *in, int64_t n_samples);
float sfd_sound_gain(double sum_of_squares, int64_t n_samples);

/* What filling tensors needs; used by one thread at a time. */
typedef struct sfd_hearing sfd_hearing;

/* `in` is borrowed. Errors: as sfd_spectrogram_create. */
sfd_status sfd_hearing_create(sfd_hearing **out, const sfd_sound_input *in, sfd_error *err);
void sfd_hearing_free(sfd_hearing *h);          /* takes NULL */
size_t sfd_hearing_bytes(const sfd_hearing *h); /* takes NULL */

/* Fills the tensor from samples [n_samples]. */
void sfd_hearing_fill(sfd_hearing *h, const float *samples, float *out);

/* The n windows, no more than n_steps, that (n - 1) * step + window samples have, in order: out
 * [n][n_mels]. */
void sfd_hearing_windows(sfd_hearing *h, const float *samples, size_t n, float *out);

#endif
