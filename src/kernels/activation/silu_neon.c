/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU: neon. */
#define SFD_SET neon
#include "kernels/activation/silu_tmpl.h"
