/* SPDX-License-Identifier: Apache-2.0 */
/* To be preloaded: a time of day that goes back an hour at every look. The monotonic clock stays.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long n_looks;

int clock_gettime(clockid_t id, struct timespec *t)
{
    const int status = (int)syscall(SYS_clock_gettime, id, t);
    if (id == CLOCK_REALTIME)
        t->tv_sec -= 3600 * __atomic_add_fetch(&n_looks, 1, __ATOMIC_RELAXED);
    return status;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *out = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}
