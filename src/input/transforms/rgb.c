/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures as they are. */
#include "input/transform.h"

static void run_rgb(const sfd_strip *s, int i, int n, float *out)
{
    (void)n;
    sfd_strip_read(s, i, out);
}

const sfd_transform sfd_input_rgb = {.channels = 3, .run = run_rgb};
