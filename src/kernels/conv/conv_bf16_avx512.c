/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions on maps of bfloat16: AVX-512. */
#define SFD_SET avx512
#define SFD_CONV_BF16
#include "kernels/conv/conv_vector_tmpl.h"
