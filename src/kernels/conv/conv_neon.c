/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: NEON. */
#define SFD_SET neon
#include "kernels/conv/conv_vector_tmpl.h"
