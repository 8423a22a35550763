/* SPDX-License-Identifier: Apache-2.0 */
/* Mean and maximum over time. */
#include "detect/heads/pool_time.h"

#include <string.h>

size_t sfd_pooled_floats(const sfd_map *map)
{
    return (size_t)map->size[1] * (size_t)map->size[2] * (size_t)map->channels;
}

typedef struct pooling {
    const sfd_kernels *kernels;
    const sfd_map *map;
    bool maximum;
    float *pooled;
} pooling;

static void pool_position(void *user, size_t position, int thread)
{
    (void)thread;
    const pooling *p = user;
    const sfd_map *map = p->map;
    const size_t n = (size_t)map->channels;
    const size_t frame = (size_t)map->size[1] * (size_t)map->size[2] * map->ld;
    const float *x = (const float *)map->data + position * map->ld;
    float *out = p->pooled + position * n;
    memcpy(out, x, n * sizeof *out);
    for (int t = 1; t < map->size[0]; t++)
        (p->maximum ? p->kernels->max : p->kernels->add)(out, x + (size_t)t * frame, n);
    for (size_t i = 0; !p->maximum && i < n; i++)
        out[i] /= (float)map->size[0];
}

void sfd_pool_time(const sfd_kernels *k, const sfd_map *map, bool maximum, sfd_team *team,
                   float *pooled)
{
    pooling p = {k, map, maximum, pooled};
    sfd_team_for(team, (size_t)map->size[1] * (size_t)map->size[2], pool_position, &p);
}
