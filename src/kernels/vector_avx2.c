/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise and pooling kernels: avx2. */
#define SFD_SUFFIX avx2
#include "kernels/vector_tmpl.h"
