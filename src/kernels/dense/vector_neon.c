/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over floats side by side: neon. */
#define SFD_SET neon
#include "kernels/dense/vector_tmpl.h"
