/* SPDX-License-Identifier: Apache-2.0 */
/* How large a map's values are, and the scale for bytes that follows. */
#ifndef SFD_QUANT_HISTOGRAM_H
#define SFD_QUANT_HISTOGRAM_H

#include "graph/op.h"
#include "graph/ops/qconv.h"

#define SFD_HISTOGRAM_BINS 2048

/* Of values to both sides of zero; starts zeroed. The range is a power of two and doubles when a
 * value is beyond, so that neither the order of values nor how they come matters. */
typedef struct sfd_histogram {
    double range;                           /* 0: no value but zero yet */
    uint64_t counts[2][SFD_HISTOGRAM_BINS]; /* of values above and below zero, by their size */
    bool broken;                            /* some are not finite */
} sfd_histogram;

/* All elements of a map of float32. */
void sfd_histogram_add(sfd_histogram *h, const sfd_map *map);

/* The scale and zero point whose rounding and clipping together cost least, in the mean square: 255
 * steps from the least value to the largest, or less far where that pays. *noise is that cost
 * relative to the values' own mean square. Of a map of zeros the scale is 1. */
sfd_byte_scale sfd_histogram_scale(const sfd_histogram *h, double *noise);

#endif
