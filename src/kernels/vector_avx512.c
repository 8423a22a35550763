/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise and pooling kernels: avx512. */
#define SFD_SUFFIX avx512
#include "kernels/vector_tmpl.h"
