/* SPDX-License-Identifier: Apache-2.0 */
/* What pathways can be shown: one file each in transforms/, one line each in SFD_FAST_INPUTS. */
#ifndef SFD_INPUT_TRANSFORM_H
#define SFD_INPUT_TRANSFORM_H

#include "input/strip.h"

struct sfd_transform {
    int channels;
    /* What bytes of R, G and B stand for, by whose mean and deviation (may be NULL: (v / 255 -
     * mean) / std). */
    void (*set_values)(float values[256][3], const float mean[3], const float std[3]);
    /* n pixels of entry i: out [n][channels]. */
    void (*run)(const sfd_strip *s, int i, int n, float *out);
};

#define SFD_ENTRY(input, name, words) extern const sfd_transform sfd_input_##name;
SFD_FAST_INPUTS(SFD_ENTRY)
#undef SFD_ENTRY

#endif
