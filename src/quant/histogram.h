/* SPDX-License-Identifier: Apache-2.0 */
/* How large a map's values are, and the scale for bytes that follows. */
#ifndef SFD_QUANT_HISTOGRAM_H
#define SFD_QUANT_HISTOGRAM_H

#include "graph/op.h"
#include "graph/ops/qconv.h"

#define SFD_HISTOGRAM_BINS 2048

/* Of values to both sides of zero; starts zeroed. The range is a power of two and doubles when a
 * value is beyond. */
typedef struct sfd_histogram {
    double range;                          /* 0: no value but zero yet */
    double weights[2][SFD_HISTOGRAM_BINS]; /* of values above and below zero, by their size */
    bool broken;                           /* some are not finite */
} sfd_histogram;

/* All elements of a clip's map of float32. Every clip weighs the same: values count in units of the
 * map's own mean square. A few clips whose values are a hundred times larger, as some networks have
 * before empty walls, would else decide for all of them. */
void sfd_histogram_add(sfd_histogram *h, const sfd_map *map);

/* The scale and zero point whose rounding and clipping together cost least, in the mean square: 255
 * steps from the least value to the largest, or less far where that pays. *noise is that cost
 * relative to the values' own mean square, in the mean of all clips. Of a map of zeros the scale is
 * 1. */
sfd_byte_scale sfd_histogram_scale(const sfd_histogram *h, double *noise);

#endif
