/* SPDX-License-Identifier: Apache-2.0 */
/* Triangular filters at even distances on a mel scale, each of area 1 over frequency: those of
 * librosa.filters.mel with its norm="slaney". */
#ifndef SFD_SOUND_MEL_H
#define SFD_SOUND_MEL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum sfd_mel_scale {
    SFD_MEL_HTK,   /* 2595 log10(1 + f / 700) */
    SFD_MEL_SLANEY /* linear up to 1000 Hz, logarithmic above: librosa's default */
} sfd_mel_scale;

typedef struct sfd_mel_filter {
    size_t first, n; /* frequencies that it takes, of those between 0 and half the rate */
    size_t weights;  /* where its first one's is */
} sfd_mel_filter;

typedef struct sfd_mel_bank {
    sfd_mel_filter *filters;
    size_t n_filters;
    double *weights;
} sfd_mel_bank;

/* Where filters lie. */
typedef struct sfd_mel_range {
    double low_hz, high_hz; /* from the first one's lower end to the last one's upper */
    sfd_mel_scale scale;
} sfd_mel_range;

/* n_filters for n_bins frequencies from 0 Hz to half the rate, both ends included. False when
 * memory is out; the bank can be freed then. */
bool sfd_mel_bank_make(sfd_mel_bank *bank, size_t n_filters, size_t n_bins, double rate,
                       const sfd_mel_range *range);
void sfd_mel_bank_free(sfd_mel_bank *bank);

/* out[n_filters]: the filters' sums over power[n_bins]. */
void sfd_mel_bank_apply(const sfd_mel_bank *bank, const double *power, double *out);

#endif
