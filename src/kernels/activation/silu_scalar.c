/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU: scalar. */
#define SFD_SET scalar
#include "kernels/activation/silu_tmpl.h"
