/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: AVX2 with FMA. */
#define SFD_SET avx2
#include "kernels/conv/conv_vector_tmpl.h"
