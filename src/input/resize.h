/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures in another size, as the code bases' libraries make them. */
#ifndef SFD_INPUT_RESIZE_H
#define SFD_INPUT_RESIZE_H

#include <sfdet/common.h>

/* An 8-bit RGB picture, lent. */
typedef struct sfd_rgb {
    int width, height;
    size_t stride_bytes; /* from row to row, >= 3 * width */
    uint8_t *rgb;        /* [height][stride_bytes], R first */
} sfd_rgb;

/* OpenCV's INTER_LINEAR for 8-bit pictures, bit for bit (11-bit fixed-point weights, no
 * antialiasing, a 2x2 mean when halving exactly), into dst's pixels. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_resize_linear(const sfd_rgb *dst, const sfd_rgb *src, sfd_error *err);

#endif
