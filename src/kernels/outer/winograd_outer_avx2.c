/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd transforms for gradients of weights: avx2. */
#define SFD_SET avx2
#include "kernels/outer/winograd_outer_tmpl.h"
