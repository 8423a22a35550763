/* SPDX-License-Identifier: Apache-2.0 */
/* Elapsed time. */
#include "base/clock.h"

#include <time.h>

double sfd_clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
