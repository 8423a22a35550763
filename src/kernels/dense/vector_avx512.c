/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over floats side by side: avx512. */
#define SFD_SET avx512
#include "kernels/dense/vector_tmpl.h"
