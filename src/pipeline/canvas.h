/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures to draw on: frames are shared with others. */
#ifndef SFD_PIPELINE_CANVAS_H
#define SFD_PIPELINE_CANVAS_H

#include "media/picture.h"

#include <sfdet/detect.h>

/* A copy, `scale` times as wide and high (OpenCV's linear resizing). Errors: SFD_ERR_ARG (no such
 * scale, more than 36 million pixels), SFD_ERR_NOMEM. */
sfd_status sfd_canvas_create(sfd_picture **out, const sfd_image *image, int scale, sfd_error *err);

/* Whether a picture of this size can be drawn at a scale. Errors: SFD_ERR_ARG. */
sfd_status sfd_canvas_check(int width, int height, int scale, sfd_error *err);

#endif
