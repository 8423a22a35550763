/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU: avx512. */
#define SFD_SET avx512
#include "kernels/activation/silu_tmpl.h"
