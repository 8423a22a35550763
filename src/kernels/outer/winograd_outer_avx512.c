/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd transforms for gradients of weights: avx512. */
#define SFD_SET avx512
#include "kernels/outer/winograd_outer_tmpl.h"
