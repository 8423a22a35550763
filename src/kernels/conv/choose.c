/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm runs a convolution: the one place where that is decided. */
#include "kernels/kernels.h"

/* Above this many input channels a window is long enough for gathered rows (im2row) to cost little,
 * and their taller register tiles win over whole rows of the map. */
#define MAX_ROWS_CIN 64

/* Up to these an input row is few planes to copy, and the outputs' channels fill no vector. */
#define MAX_STEM_CIN  4
#define MAX_STEM_COUT 12

/* From this many channel pairs on (res4 and res5 of an R50), reading Winograd's transformed
 * weights, 9 and 38 MB a layer, takes as long as transforming them again. */
#define MANY_CHANNEL_PAIRS (256 * 256)

static bool is_sensible(const sfd_conv_algorithm *a, const sfd_conv_shape *s, bool exact)
{
    if (!a->can(s) || (exact && a->transforms))
        return false;
    if (a->prefers_many_weights && s->cin * s->cout < MANY_CHANNEL_PAIRS)
        return false;
    if (a->prefers_stems && (s->cin > MAX_STEM_CIN || s->cout > MAX_STEM_COUT))
        return false;
    return !a->prefers_few_channels || s->cin <= MAX_ROWS_CIN;
}

/* The tables list algorithms from the slowest to the fastest, where they can be used at all. */
const sfd_conv_algorithm *sfd_conv_choose(const sfd_kernels *k, const sfd_conv_shape *s, bool exact)
{
    for (size_t i = k->n_conv; i-- > 0;)
        if (is_sensible(k->conv[i], s, exact))
            return k->conv[i];
    return &sfd_conv_plain;
}
