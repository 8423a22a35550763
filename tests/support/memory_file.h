/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzzer has in hand, for readers that take paths. */
#ifndef SFD_TESTS_SUPPORT_MEMORY_FILE_H
#define SFD_TESTS_SUPPORT_MEMORY_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file of these bytes, which is there until the descriptor is closed. */
static inline int memory_file(char path[32], const uint8_t *data, size_t n)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
