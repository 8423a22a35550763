/* SPDX-License-Identifier: Apache-2.0 */
/* Vector convolutions: avx2. */
#define VEC  8
#define ROWS 6
#include "kernels/conv_packed_tmpl.h"
#include "kernels/conv_rows_tmpl.h"
#include "kernels/conv_winograd_hw_tmpl.h"

#include "kernels/conv_winograd_t_tmpl.h"

const sfd_conv_algorithm sfd_conv_packed__avx2 = {
    "packed",       packed_can,     packed_weight_floats,
    packed_prepare, sfd_tile_count, packed_scratch_floats,
    packed_run_tile};

const sfd_conv_algorithm sfd_conv_winograd_hw__avx2 = {
    "winograd_hw",   wino_hw_can,     wino_hw_weight_floats,
    wino_hw_prepare, wino_hw_n_tiles, wino_hw_scratch_floats,
    wino_hw_run_tile};

const sfd_conv_algorithm sfd_conv_winograd_t__avx2 = {
    "winograd_t",          wino_t_can,     wino_t_weight_floats, wino_t_prepare, wino_t_n_tiles,
    wino_t_scratch_floats, wino_t_run_tile};

const sfd_conv_algorithm sfd_conv_rows__avx2 = {"rows",       rows_can,     rows_weight_floats,
                                                rows_prepare, rows_n_tiles, rows_scratch_floats,
                                                rows_run_tile};
