/* SPDX-License-Identifier: Apache-2.0 */
/* Integer generators and the reals made of them by exact operations. */
#include "base/random.h"

#define GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

sfd_random sfd_random_init(uint64_t seed, uint64_t stream)
{
    return (sfd_random){mix(seed + GOLDEN_GAMMA) ^ mix(~stream * GOLDEN_GAMMA)};
}

uint64_t sfd_random_bits(sfd_random *r)
{
    return mix(r->state += GOLDEN_GAMMA);
}

double sfd_random_unit(sfd_random *r)
{
    return (double)(sfd_random_bits(r) >> 11) * 0x1p-53;
}

float sfd_random_unit_f32(sfd_random *r)
{
    return (float)(sfd_random_bits(r) >> 40) * 0x1p-24f;
}

double sfd_random_between(sfd_random *r, double lo, double hi)
{
    return lo + (hi - lo) * sfd_random_unit(r);
}

/* Sum of twelve uniform values less its mean (variance 1), cut. */
double sfd_random_normal(sfd_random *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += sfd_random_unit(r);
    return sum < -3 ? -3 : sum > 3 ? 3 : sum;
}

size_t sfd_random_below(sfd_random *r, size_t n)
{
    return (size_t)((sfd_random_bits(r) >> 32) * (uint64_t)n >> 32);
}

bool sfd_random_chance(sfd_random *r, double p)
{
    return sfd_random_unit(r) < p;
}

double sfd_random_at(uint32_t seed, int32_t x, int32_t y)
{
    uint32_t h = seed ^ (uint32_t)x * 0x85ebca6bu ^ (uint32_t)y * 0xc2b2ae35u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    h ^= h >> 15;
    return h * 0x1p-32;
}
