/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: AVX-512. */
#define SFD_SET avx512
#include "kernels/conv/conv_vector_tmpl.h"
