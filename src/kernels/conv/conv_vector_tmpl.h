/* SPDX-License-Identifier: Apache-2.0 */
/* All vector convolutions of one instruction set: the including file defines VEC, ROWS
 * (gemm_tmpl.h) and LEVEL, the suffix of the algorithms' names. */
#include "kernels/conv/conv_packed_tmpl.h"
#include "kernels/conv/conv_rows_tmpl.h"

#include "kernels/conv/conv_planar_tmpl.h"
#include "kernels/conv/conv_winograd_hw_tmpl.h"

#include "kernels/conv/conv_planar_t_tmpl.h"
#include "kernels/conv/conv_winograd_lean_tmpl.h"
#include "kernels/conv/conv_winograd_t_tmpl.h"

#define CAT_(a, b) a##__##b
#define CAT(a, b)  CAT_(a, b)

const sfd_conv_algorithm CAT(sfd_conv_packed, LEVEL) = {
    .name = "packed",
    .can = packed_can,
    .weight_floats = packed_weight_floats,
    .prepare = packed_prepare,
    .n_tiles = packed_n_tiles,
    .scratch_floats = packed_scratch_floats,
    .run_tile = packed_run_tile,
};

const sfd_conv_algorithm CAT(sfd_conv_rows, LEVEL) = {
    .name = "rows",
    .prefers_few_channels = true,
    .can = rows_can,
    .weight_floats = rows_weight_floats,
    .prepare = rows_prepare,
    .n_tiles = rows_n_tiles,
    .scratch_floats = rows_scratch_floats,
    .run_tile = rows_run_tile,
};

const sfd_conv_algorithm CAT(sfd_conv_planar, LEVEL) = {
    .name = "planar",
    .prefers_stems = true,
    .can = planar_can,
    .weight_floats = planar_weight_floats,
    .prepare = planar_prepare,
    .n_tiles = planar_n_tiles,
    .scratch_floats = planar_scratch_floats,
    .run_tile = planar_run_tile,
};

const sfd_conv_algorithm CAT(sfd_conv_planar_t, LEVEL) = {
    .name = "planar_t",
    .transforms = true,
    .prefers_stems = true,
    .can = planar_t_can,
    .weight_floats = planar_t_weight_floats,
    .prepare = planar_t_prepare,
    .n_tiles = planar_n_tiles,
    .scratch_floats = planar_t_scratch_floats,
    .run_tile = planar_t_run_tile,
};

const sfd_conv_algorithm CAT(sfd_conv_winograd_hw, LEVEL) = {
    .name = "winograd_hw",
    .transforms = true,
    .can = wino_hw_can,
    .weight_floats = wino_hw_weight_floats,
    .prepare = wino_hw_prepare,
    .n_tiles = wino_hw_n_tiles,
    .scratch_floats = wino_hw_scratch_floats,
    .run_tile = wino_hw_run_tile,
};

const sfd_conv_algorithm CAT(sfd_conv_winograd_lean, LEVEL) = {
    .name = "winograd_lean",
    .transforms = true,
    .prefers_many_weights = true,
    .can = wino_hw_can,
    .weight_floats = packed_weight_floats,
    .prepare = packed_prepare,
    .n_tiles = wino_lean_n_tiles,
    .scratch_floats = wino_lean_scratch_floats,
    .run_tile = wino_lean_run_tile,
};

const sfd_conv_algorithm CAT(sfd_conv_winograd_t, LEVEL) = {
    .name = "winograd_t",
    .transforms = true,
    .can = wino_t_can,
    .weight_floats = wino_t_weight_floats,
    .prepare = wino_t_prepare,
    .n_tiles = wino_t_n_tiles,
    .scratch_floats = wino_t_scratch_floats,
    .run_tile = wino_t_run_tile,
};
