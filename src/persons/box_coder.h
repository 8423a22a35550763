/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes as R-CNN's networks put them out: relative to others, in float32 as all of them compute. */
#ifndef SFD_PERSONS_BOX_CODER_H
#define SFD_PERSONS_BOX_CODER_H

#include <sfdet/common.h>

typedef struct sfd_box_coder {
    float scale[2];       /* what centres' and sides' deltas are divided by: 10 and 5, or 1 */
    bool plus_one;        /* as in sfd_rcnn_convention */
    bool clamp_shrinking; /* the same */
} sfd_box_coder;

/* deltas: of the centre in sides of `from`, and the sides' logarithms. */
sfd_box_px sfd_box_decode(const sfd_box_coder *c, const sfd_box_px *from, const float deltas[4]);

/* Into a picture, to whose last pixel (plus_one) or its end a box may reach. */
void sfd_box_px_clip(sfd_box_px *b, float width, float height, bool plus_one);

/* Both sides, x2 - x1 and y2 - y1, at least so long; false for NaN. */
bool sfd_box_px_is_long(const sfd_box_px *b, float least);

static inline float sfd_box_px_area(const sfd_box_px *b, bool plus_one)
{
    const float more = plus_one ? 1 : 0;
    return (b->x2 - b->x1 + more) * (b->y2 - b->y1 + more);
}

#endif
