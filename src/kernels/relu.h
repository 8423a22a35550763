/* SPDX-License-Identifier: Apache-2.0 */
/* max(x, 0) of the convolutions. Written so that NaN stays NaN: max(x, 0) of most machines gives
 * its second operand where one is not a number. */
#ifndef SFD_KERNELS_RELU_H
#define SFD_KERNELS_RELU_H

static inline float sfd_relu(float x)
{
    return x < 0 ? 0 : x;
}

#endif
