/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over floats side by side: avx2. */
#define SFD_SET avx2
#include "kernels/dense/vector_tmpl.h"
