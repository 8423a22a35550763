/* SPDX-License-Identifier: Apache-2.0 */
/* Mel scales and their filters. */
#include "sound/mel.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* Slaney's scale: 3 mel in 200 Hz, then 27 mel for a factor of 6.4. */
#define LINEAR_HZ 1000.0
#define HZ_A_MEL  (200.0 / 3)
#define LOG_STEP  (log(6.4) / 27)

static double to_mel(double hz, sfd_mel_scale scale)
{
    if (scale == SFD_MEL_HTK)
        return 2595 * log10(1 + hz / 700);
    return hz < LINEAR_HZ ? hz / HZ_A_MEL : LINEAR_HZ / HZ_A_MEL + log(hz / LINEAR_HZ) / LOG_STEP;
}

static double to_hz(double mel, sfd_mel_scale scale)
{
    if (scale == SFD_MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    const double linear_mel = LINEAR_HZ / HZ_A_MEL;
    return mel < linear_mel ? mel * HZ_A_MEL : LINEAR_HZ * exp((mel - linear_mel) * LOG_STEP);
}

/* What a triangle over left, centre and right gives at a frequency. */
static double weight_at(double hz, double left, double centre, double right)
{
    const double rising = (hz - left) / (centre - left);
    const double falling = (right - hz) / (right - centre);
    const double lower = rising < falling ? rising : falling;
    return lower > 0 ? lower * 2 / (right - left) : 0;
}

bool sfd_mel_bank_make(sfd_mel_bank *bank, size_t n_filters, size_t n_bins, double rate,
                       const sfd_mel_range *range)
{
    const sfd_mel_scale scale = range->scale;
    const double low_mel = to_mel(range->low_hz, scale);
    const double step_mel = (to_mel(range->high_hz, scale) - low_mel) / (double)(n_filters + 1);
    const double bin_hz = rate / 2 / (double)(n_bins - 1);
    size_t n = 0;
    *bank = (sfd_mel_bank){.n_filters = n_filters};
    bank->filters = sfd_calloc(n_filters, sizeof *bank->filters);
    bank->weights =
        sfd_calloc(2 * n_bins, sizeof *bank->weights); /* a frequency is in two at most */
    if (!bank->filters || !bank->weights)
        return false;
    for (size_t i = 0; i < n_filters; i++) {
        sfd_mel_filter *f = &bank->filters[i];
        const double left = to_hz(low_mel + (double)i * step_mel, scale),
                     centre = to_hz(low_mel + (double)(i + 1) * step_mel, scale),
                     right = to_hz(low_mel + (double)(i + 2) * step_mel, scale);
        f->weights = n;
        f->first = (size_t)(left / bin_hz);
        while (f->first < n_bins &&
               !(weight_at((double)f->first * bin_hz, left, centre, right) > 0) &&
               (double)f->first * bin_hz < right)
            f->first++;
        for (size_t k = f->first; k < n_bins && n < 2 * n_bins; k++, f->n++) {
            const double w = weight_at((double)k * bin_hz, left, centre, right);
            if (!(w > 0))
                break;
            bank->weights[n++] = w;
        }
    }
    return true;
}

void sfd_mel_bank_free(sfd_mel_bank *bank)
{
    free(bank->filters);
    free(bank->weights);
    *bank = (sfd_mel_bank){0};
}

void sfd_mel_bank_apply(const sfd_mel_bank *bank, const double *power, double *out)
{
    for (size_t i = 0; i < bank->n_filters; i++) {
        const sfd_mel_filter *f = &bank->filters[i];
        double sum = 0;
        for (size_t k = 0; k < f->n; k++)
            sum += bank->weights[f->weights + k] * power[f->first + k];
        out[i] = sum;
    }
}
