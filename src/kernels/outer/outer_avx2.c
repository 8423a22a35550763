/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of products of channels: avx2. */
#define SFD_SET avx2
#include "kernels/outer/outer_tmpl.h"
