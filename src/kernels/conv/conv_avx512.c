/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: AVX-512. */
#define VEC   16
#define ROWS  14
#define LEVEL avx512
#include "kernels/conv/conv_vector_tmpl.h"
