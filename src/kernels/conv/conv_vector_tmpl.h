/* SPDX-License-Identifier: Apache-2.0 */
/* All vector convolutions of one instruction set: the including file defines SFD_SET and is
 * compiled for it. With SFD_CONV_BF16 they are those on maps of bfloat16 (element_tmpl.h). */
#ifndef SFD_CONV_BF16
#include "kernels/conv/conv_depthwise_tmpl.h"
#endif
#include "kernels/conv/conv_grouped_tmpl.h" /* after those that it runs */
#include "kernels/conv/conv_packed_tmpl.h"
#include "kernels/conv/conv_planar_t_tmpl.h"
#include "kernels/conv/conv_planar_tmpl.h"
#include "kernels/conv/conv_rows_tmpl.h"
#include "kernels/conv/conv_winograd_hw_tmpl.h"
#include "kernels/conv/conv_winograd_lean_tmpl.h"
#include "kernels/conv/conv_winograd_t_tmpl.h"
