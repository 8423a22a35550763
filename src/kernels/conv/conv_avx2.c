/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: AVX2 with FMA. */
#define VEC   8
#define ROWS  6
#define LEVEL avx2
#include "kernels/conv/conv_vector_tmpl.h"
