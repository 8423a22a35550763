/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions on maps of bfloat16: NEON. */
#define SFD_SET neon
#define SFD_CONV_BF16
#include "kernels/conv/conv_vector_tmpl.h"
