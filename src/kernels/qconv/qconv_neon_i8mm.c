/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with arm64's dot product of unsigned and signed bytes. */
#define SFD_SET neon_i8mm
#include "kernels/qconv/qconv_neon_lanes.h"

#define WIDE      false
#define WORD_STEP 1
#define NO_BYTE   0

ALWAYS_INLINE q_vec q_dot8(q_vec acc, q_vec x, q_vec w)
{
    return vusdotq_s32(acc, vreinterpretq_u8_s32(x), vreinterpretq_s8_s32(w));
}

#define q_dot16 q_dot8 /* never called */

#include "kernels/qconv/qconv_finish_tmpl.h"
#include "kernels/qconv/qconv_product_tmpl.h"

#include "kernels/qconv/qconv_direct_tmpl.h"
#include "kernels/qconv/qconv_rows_tmpl.h"
