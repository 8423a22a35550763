/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training: avx512. */
#define SFD_SET avx512
#include "kernels/norm/norm_tmpl.h"
