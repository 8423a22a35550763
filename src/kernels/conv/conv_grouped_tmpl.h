/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions in groups (ResNeXt's 3x3) by the algorithms for one group. So many neighbouring
 * groups are taken together that their channels fill vectors, with zeros for the weights between
 * them; these bundles are convolutions of their own on slices of the maps.
 *
 * Tiles are numbered bundle by bundle at the same place of the map: a cache line that holds
 * channels of two of them is still there. */
#include "kernels/conv/cost_tmpl.h"
#include "kernels/name.h"

#include <string.h>

/* Channels of a bundle, in and out; 0 where groups cannot be bundled. */
static inline size_t grouped_width(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_group_cin(s);
    size_t groups = 1;
    while (groups * n % VEC && groups < (size_t)s->groups)
        groups *= 2;
    return groups * n % VEC || (size_t)s->groups % groups ? 0 : groups * n;
}

static inline size_t grouped_n_bundles(const sfd_conv_shape *s)
{
    return sfd_conv_cin(s) / grouped_width(s);
}

/* One bundle's convolution. */
static inline sfd_conv_shape grouped_bundle(const sfd_conv_shape *s)
{
    sfd_conv_shape b = *s;
    b.cin = b.cout = (int)grouped_width(s);
    b.groups = 1;
    b.n_threads = (int)(((size_t)s->n_threads + grouped_n_bundles(s) - 1) / grouped_n_bundles(s));
    return b;
}

static inline bool grouped_can(const sfd_conv_algorithm *a, const sfd_conv_shape *s)
{
    if (s->groups < 2 || s->cin != s->cout || grouped_width(s) == 0)
        return false;
    const sfd_conv_shape b = grouped_bundle(s);
    return a->can(&b);
}

static inline size_t grouped_weight_floats(const sfd_conv_algorithm *a, const sfd_conv_shape *s)
{
    const sfd_conv_shape b = grouped_bundle(s);
    return grouped_n_bundles(s) * a->weight_floats(&b);
}

/* Floats of a bundle's weights before they are prepared, [width][width][taps]. */
static inline size_t grouped_plain_floats(const sfd_conv_shape *s)
{
    return grouped_width(s) * grouped_width(s) * sfd_conv_taps(s);
}

/* Every bundle's weights as its algorithm wants them; behind them is room for one bundle's weights
 * as they come. */
static inline void grouped_prepare(const sfd_conv_algorithm *a, const sfd_conv_shape *s,
                                   const float *w, float *prepared)
{
    const sfd_conv_shape b = grouped_bundle(s);
    const size_t n = sfd_conv_group_cin(s), width = grouped_width(s), taps = sfd_conv_taps(s);
    float *plain = prepared + grouped_weight_floats(a, s);
    for (size_t bundle = 0; bundle < grouped_n_bundles(s); bundle++) {
        memset(plain, 0, grouped_plain_floats(s) * sizeof *plain);
        for (size_t co = 0; co < width; co++, w += n * taps)
            memcpy(plain + (co * width + co / n * n) * taps, w, n * taps * sizeof *w);
        a->prepare(&b, plain, prepared + bundle * a->weight_floats(&b));
    }
}

static inline void grouped_run_tile(const sfd_conv_algorithm *a, const sfd_conv_shape *s,
                                    const sfd_conv_io *io, size_t tile, float *scratch)
{
    const sfd_conv_shape b = grouped_bundle(s);
    const size_t bundle = tile % grouped_n_bundles(s), first = bundle * grouped_width(s);
    const sfd_conv_io slice = {.x = result_at(io->x, first, s->x_type),
                               .weights = io->weights + bundle * a->weight_floats(&b),
                               .bias = io->bias + first,
                               .residual = result_at(io->residual, first, s->residual_type),
                               .y = result_at(io->y, first, s->y_type)};
    a->run_tile(&b, &slice, tile / grouped_n_bundles(s), scratch);
}

/* The functions of `grouped_` + inner. */
#define GROUPED(inner)                                                                             \
    static bool grouped_##inner##_can(const sfd_conv_shape *s)                                     \
    {                                                                                              \
        return grouped_can(&CONV_NAME(sfd_conv_##inner), s);                                       \
    }                                                                                              \
    static double grouped_##inner##_cost(const sfd_conv_shape *s)                                  \
    {                                                                                              \
        const sfd_conv_shape b = grouped_bundle(s);                                                \
        return (double)grouped_n_bundles(s) * CONV_NAME(sfd_conv_##inner).cost(&b);                \
    }                                                                                              \
    static size_t grouped_##inner##_weight_floats(const sfd_conv_shape *s)                         \
    {                                                                                              \
        return grouped_weight_floats(&CONV_NAME(sfd_conv_##inner), s) + grouped_plain_floats(s);   \
    }                                                                                              \
    static void grouped_##inner##_prepare(const sfd_conv_shape *s, const float *w,                 \
                                          float *prepared)                                         \
    {                                                                                              \
        grouped_prepare(&CONV_NAME(sfd_conv_##inner), s, w, prepared);                             \
    }                                                                                              \
    static size_t grouped_##inner##_n_tiles(const sfd_conv_shape *s)                               \
    {                                                                                              \
        const sfd_conv_shape b = grouped_bundle(s);                                                \
        return grouped_n_bundles(s) * CONV_NAME(sfd_conv_##inner).n_tiles(&b);                     \
    }                                                                                              \
    static size_t grouped_##inner##_scratch_floats(const sfd_conv_shape *s)                        \
    {                                                                                              \
        const sfd_conv_shape b = grouped_bundle(s);                                                \
        return CONV_NAME(sfd_conv_##inner).scratch_floats(&b);                                     \
    }                                                                                              \
    static void grouped_##inner##_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io,         \
                                           size_t tile, float *scratch)                            \
    {                                                                                              \
        grouped_run_tile(&CONV_NAME(sfd_conv_##inner), s, io, tile, scratch);                      \
    }                                                                                              \
    const sfd_conv_algorithm CONV_NAME(sfd_conv_grouped_##inner) = {                               \
        .name = CONV_LABEL("grouped_" #inner),                                                     \
        .transforms = GROUPED_TRANSFORMS_##inner,                                                  \
        .cost = grouped_##inner##_cost,                                                            \
        .can = grouped_##inner##_can,                                                              \
        .weight_floats = grouped_##inner##_weight_floats,                                          \
        .prepare = grouped_##inner##_prepare,                                                      \
        .n_tiles = grouped_##inner##_n_tiles,                                                      \
        .scratch_floats = grouped_##inner##_scratch_floats,                                        \
        .run_tile = grouped_##inner##_run_tile,                                                    \
    }

#define GROUPED_TRANSFORMS_packed      false
#define GROUPED_TRANSFORMS_winograd_hw true

GROUPED(packed);
GROUPED(winograd_hw);
