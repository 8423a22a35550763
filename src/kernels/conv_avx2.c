/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: avx2. */
#define VEC  8
#define ROWS 6
#include "kernels/conv_packed_tmpl.h"

const sfd_conv_algorithm sfd_conv_packed__avx2 = {
    "packed",       packed_can,     packed_weight_floats,
    packed_prepare, sfd_tile_count, packed_scratch_floats,
    packed_run_tile};
