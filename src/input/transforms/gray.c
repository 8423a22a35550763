/* SPDX-License-Identifier: Apache-2.0 */
/* One channel instead of three. */
#include "input/transform.h"

/* ITU-R BT.601's weights, as OpenCV and torchvision turn pictures gray; mean and deviation are
 * weighed like the channels. The three values of a pixel add up to its gray. */
static void set_gray(float values[256][3], const float mean[3], const float std[3])
{
    static const float share[3] = {0.299f, 0.587f, 0.114f};
    float deviation = 0;
    for (int c = 0; c < 3; c++)
        deviation += share[c] * std[c];
    for (int v = 0; v < 256; v++)
        for (int c = 0; c < 3; c++)
            values[v][c] = share[c] * ((float)v / 255.0f - mean[c]) / deviation;
}

static void run_gray(const sfd_strip *s, int i, int n, float *out)
{
    float pixels[3 * SFD_STRIP];
    sfd_strip_read(s, i, pixels);
    for (int k = 0; k < n; k++)
        out[k] = pixels[3 * k] + pixels[3 * k + 1] + pixels[3 * k + 2];
}

const sfd_transform sfd_input_gray = {.channels = 1, .set_values = set_gray, .run = run_gray};
