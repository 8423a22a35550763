/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit RGB pictures: the only form in which frames leave media/. */
#ifndef SFD_MEDIA_PICTURE_H
#define SFD_MEDIA_PICTURE_H

#include <sfdet/common.h>

/* Reference-counted, so that one decoded frame can serve overlapping clips. The pixels may be
 * written only while the caller holds the single reference. */
typedef struct sfd_picture {
    int width, height;
    size_t stride_bytes; /* from row to row, >= 3 * width */
    uint8_t *rgb;        /* [height][stride_bytes], R first */
} sfd_picture;

sfd_status sfd_picture_create(sfd_picture **out, int width, int height, sfd_error *err);
sfd_picture *sfd_picture_ref(sfd_picture *p); /* thread-safe; returns p */
void sfd_picture_unref(sfd_picture *p);       /* thread-safe; takes NULL */

/* OpenCV's INTER_LINEAR for 8-bit pictures, bit for bit (11-bit fixed-point weights, no
 * antialiasing, a 2x2 mean when halving exactly). dst has its size set by its creator. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_picture_resize(sfd_picture *dst, const sfd_picture *src, sfd_error *err);

#endif
