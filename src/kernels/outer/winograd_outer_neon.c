/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd transforms for gradients of weights: neon. */
#define SFD_SET neon
#include "kernels/outer/winograd_outer_tmpl.h"
