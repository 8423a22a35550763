/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training: avx2. */
#define SFD_SET avx2
#include "kernels/norm/norm_tmpl.h"
