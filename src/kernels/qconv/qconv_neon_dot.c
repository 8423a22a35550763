/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with arm64's dot product, which multiplies signed bytes only: with 128 less,
 * of which a channel's offset knows. Direct sums are as fast as Winograd's of words would be. */
#define SFD_SET neon_dot
#include "kernels/qconv/qconv_neon_lanes.h"

#define WIDE      false
#define WORD_STEP 1
#define NO_BYTE   128

ALWAYS_INLINE q_vec q_dot8(q_vec acc, q_vec x, q_vec w)
{
    const int8x16_t less = veorq_s8(vreinterpretq_s8_s32(x), vdupq_n_s8(-128));
    return vdotq_s32(acc, less, vreinterpretq_s8_s32(w));
}

#define q_dot16 q_dot8 /* never called */

#include "kernels/qconv/qconv_finish_tmpl.h"
#include "kernels/qconv/qconv_product_tmpl.h"

#include "kernels/qconv/qconv_direct_tmpl.h"
#include "kernels/qconv/qconv_rows_tmpl.h"
