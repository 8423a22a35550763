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

/* Pixels are not initialised. Errors: SFD_ERR_ARG (a side below 1 or above 65535), SFD_ERR_NOMEM.
 */
sfd_status sfd_picture_create(sfd_picture **out, int width, int height, sfd_error *err);
sfd_picture *sfd_picture_ref(sfd_picture *p); /* thread-safe; returns p */
void sfd_picture_unref(sfd_picture *p);       /* thread-safe; takes NULL */

/* Makes *p the single reference to its pixels, replacing it by a copy where others hold it too.
 * Errors: SFD_ERR_NOMEM, *p unchanged then. */
sfd_status sfd_picture_make_writable(sfd_picture **p, sfd_error *err);

/* A picture around pixels of another owner, without a copy: release(owner) is called with the last
 * reference. On failure the owner stays with the caller. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_picture_wrap(sfd_picture **out, const sfd_picture *pixels, void *owner,
                            void (*release)(void *owner), sfd_error *err);

#endif
