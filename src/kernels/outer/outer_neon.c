/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of products of channels: neon. */
#define SFD_SET neon
#include "kernels/outer/outer_tmpl.h"
