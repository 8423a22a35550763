/* SPDX-License-Identifier: Apache-2.0 */
/* Maps without their time. */
#ifndef SFD_DETECT_HEADS_POOL_TIME_H
#define SFD_DETECT_HEADS_POOL_TIME_H

#include "detect/head.h"

/* Floats of a map [H][W][channels]. */
size_t sfd_pooled_floats(const sfd_map *map);

/* The mean over time, or the maximum, to pooled [H][W][channels]. */
void sfd_pool_time(const sfd_kernels *k, const sfd_map *map, bool maximum, sfd_team *team,
                   float *pooled);

#endif
