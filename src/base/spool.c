/* SPDX-License-Identifier: Apache-2.0 */
/* Files for what has to wait outside memory. */
#include "base/spool.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the file system knows no nameless files, one whose name goes at once. */
static int open_and_unlink(const char *folder)
{
    char *name;
    if (asprintf(&name, "%s/.spool.XXXXXX", folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    const int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    free(name);
    return fd;
}

FILE *sfd_spool_open(const char *beside)
{
    const char *slash = strrchr(beside, '/');
    char *folder = slash ? sfd_strndup(beside, (size_t)(slash - beside) + 1) : sfd_strdup(".");
    if (!folder) {
        errno = ENOMEM;
        return NULL;
    }
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        fd = open_and_unlink(folder);
    free(folder);
    FILE *f = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (!f && fd >= 0)
        close(fd);
    return f;
}
