/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of products of channels: avx512. */
#define SFD_SET avx512
#include "kernels/outer/outer_tmpl.h"
