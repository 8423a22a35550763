/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures to draw on. */
#include "pipeline/canvas.h"

#include "base/error.h"
#include "input/resize.h"

#include <sfdet/output.h>

#include <string.h>

#define MAX_PIXELS 36000000 /* as of the pictures that are read */

sfd_status sfd_canvas_check(int width, int height, int scale, sfd_error *err)
{
    if (scale < 1 || scale > SFD_MAX_SCALE)
        return sfd_fail(err, SFD_ERR_ARG, "scale is %d, wanted 1 to %d", scale, SFD_MAX_SCALE);
    if (scale > 1 && (int64_t)width * scale * height * scale > MAX_PIXELS)
        return sfd_fail(err, SFD_ERR_ARG,
                        "a picture of %dx%d at scale %d has more than %d million pixels", width,
                        height, scale, MAX_PIXELS / 1000000);
    return SFD_OK;
}

static void copy(sfd_picture *to, const sfd_image *from)
{
    for (int y = 0; y < from->height; y++)
        memcpy(to->rgb + (size_t)y * to->stride_bytes, from->rgb + (size_t)y * from->stride_bytes,
               3 * (size_t)from->width);
}

static sfd_status enlarge(sfd_picture *to, const sfd_image *from, sfd_error *err)
{
    const sfd_rgb dst = {to->width, to->height, to->stride_bytes, to->rgb};
    const sfd_rgb src = {from->width, from->height, from->stride_bytes, (uint8_t *)from->rgb};
    return sfd_resize_linear(&dst, &src, err);
}

sfd_status sfd_canvas_create(sfd_picture **out, const sfd_image *image, int scale, sfd_error *err)
{
    *out = NULL;
    sfd_status status = sfd_canvas_check(image->width, image->height, scale, err);
    if (status == SFD_OK)
        status = sfd_picture_create(out, image->width * scale, image->height * scale, err);
    if (status != SFD_OK)
        return status;
    if (scale == 1)
        copy(*out, image);
    else
        status = enlarge(*out, image, err);
    if (status != SFD_OK) {
        sfd_picture_unref(*out);
        *out = NULL;
    }
    return status;
}
