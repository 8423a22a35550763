/* SPDX-License-Identifier: Apache-2.0 */
/* What changed since the frame before. */
#include "input/transform.h"

/* The first frame has none before it and gets the second one's. The mean cancels out. */
static void run_time_difference(const sfd_strip *s, int i, int n, float *out)
{
    float before[3 * SFD_STRIP];
    i = i > 0 ? i : 1;
    sfd_strip_read(s, i, out);
    sfd_strip_read(s, i - 1, before);
    for (int k = 0; k < 3 * n; k++)
        out[k] -= before[k];
}

const sfd_transform sfd_input_time_difference = {.channels = 3, .run = run_time_difference};
