/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/box_coder.h"

#include <math.h>

/* log(1000 / 16): sides grow (and shrink) by so much at most. */
#define MAX_LOG 4.135166556742356F

typedef struct range {
    float low, high;
} range;

static range decode_axis(const sfd_box_coder *c, range from, float shift, float growth)
{
    const float more = c->plus_one ? 1 : 0;
    const float side = from.high - from.low + more, centre = from.low + 0.5F * side;
    const float moved = shift / c->scale[0] * side + centre;
    float log_side = growth / c->scale[1];
    log_side = log_side > MAX_LOG ? MAX_LOG : log_side; /* NaN stays */
    if (c->clamp_shrinking && log_side < -MAX_LOG)
        log_side = -MAX_LOG;
    const float half = 0.5F * (expf(log_side) * side);
    return (range){moved - half, moved + half - more};
}

sfd_box_px sfd_box_decode(const sfd_box_coder *c, const sfd_box_px *from, const float deltas[4])
{
    const range x = decode_axis(c, (range){from->x1, from->x2}, deltas[0], deltas[2]);
    const range y = decode_axis(c, (range){from->y1, from->y2}, deltas[1], deltas[3]);
    return (sfd_box_px){x.low, y.low, x.high, y.high};
}

static float clip(float v, float most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

void sfd_box_px_clip(sfd_box_px *b, float width, float height, bool plus_one)
{
    const float less = plus_one ? 1 : 0;
    b->x1 = clip(b->x1, width - less);
    b->y1 = clip(b->y1, height - less);
    b->x2 = clip(b->x2, width - less);
    b->y2 = clip(b->y2, height - less);
}

bool sfd_box_px_is_long(const sfd_box_px *b, float least)
{
    return b->x2 - b->x1 >= least && b->y2 - b->y1 >= least;
}
