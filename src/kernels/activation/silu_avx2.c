/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU: avx2. */
#define SFD_SET avx2
#include "kernels/activation/silu_tmpl.h"
