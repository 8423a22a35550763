/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: avx512. */
#define VEC  16
#define ROWS 14
#include "kernels/conv_packed_tmpl.h"

const sfd_conv_algorithm sfd_conv_packed__avx512 = {
    "packed",       packed_can,     packed_weight_floats,
    packed_prepare, sfd_tile_count, packed_scratch_floats,
    packed_run_tile};
