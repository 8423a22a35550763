/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with NEON: products of words, of each step first those of one word, then
 * those of the other, with four channels. */
#define SFD_SET neon
#include "kernels/qconv/qconv_neon_lanes.h"

#define WIDE      true
#define WORD_STEP QLANES
#define NO_BYTE   0

ALWAYS_INLINE q_vec q_dot16(q_vec acc, q_vec x, q_vec w)
{
    const int16x4_t pair = vget_low_s16(vreinterpretq_s16_s32(x));
    const int16x8_t words = vreinterpretq_s16_s32(w);
    return vmlal_high_lane_s16(vmlal_lane_s16(acc, vget_low_s16(words), pair, 0), words, pair, 1);
}

#define q_dot8 q_dot16 /* never called */

#include "kernels/qconv/qconv_finish_tmpl.h"
#include "kernels/qconv/qconv_product_tmpl.h"

#include "kernels/qconv/qconv_direct_tmpl.h"
#include "kernels/qconv/qconv_rows_tmpl.h"
#include "kernels/qconv/qconv_winograd_tmpl.h"

const sfd_qconv_algorithm sfd_qconv_winograd_hw__neon = WINOGRAD("int8 winograd_hw", w_can_hw);
const sfd_qconv_algorithm sfd_qconv_winograd_t__neon = WINOGRAD("int8 winograd_t", w_can_t);
