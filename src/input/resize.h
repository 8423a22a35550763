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

/* Pillow's Image.resize with BILINEAR for 8-bit pictures, bit for bit: antialiased when shrinking,
 * along rows first, rounded to bytes between. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_resize_antialiased(const sfd_rgb *dst, const sfd_rgb *src, sfd_error *err);

/* Where floats of a picture go: R, G, B at out[position * ld], rows row_positions apart. */
typedef struct sfd_float_picture {
    int width, height;
    size_t row_positions, ld;
    float *out;
} sfd_float_picture;

/* Bilinear mixing of floats without antialiasing, as cv2.resize and F.interpolate (align_corners
 * False) do it: of values[byte][channel] for each pixel. scale_x and scale_y: pixels of src that
 * one of the result stands for; as_float: places in src are rounded to floats, as OpenCV does.
 * Errors: SFD_ERR_NOMEM. */
sfd_status sfd_resize_floats(const sfd_float_picture *dst, const sfd_rgb *src,
                             const float values[256][3], double scale_x, double scale_y,
                             bool as_float, sfd_error *err);

#endif
