/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures as files, through stb_image_write. */
#ifndef SFD_MEDIA_IMAGE_FILE_H
#define SFD_MEDIA_IMAGE_FILE_H

#include "media/picture.h"

#include <stdio.h>

typedef enum sfd_image_format { SFD_IMAGE_PNG, SFD_IMAGE_JPEG } sfd_image_format;

/* File name extension without the dot: "png", "jpg". */
const char *sfd_image_extension(sfd_image_format format);

/* Appends the picture to a stream, whose errors are left to who looks at it. False when memory is
 * out. */
bool sfd_image_put(FILE *stream, const sfd_picture *p, sfd_image_format format);
/* The same as JPEG of a quality of 1 to 100. */
bool sfd_image_put_jpeg(FILE *stream, const sfd_picture *p, int quality);

/* Written to a temporary name and renamed when complete. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_image_write(const sfd_picture *p, const char *path, sfd_image_format format,
                           sfd_error *err);

#endif
