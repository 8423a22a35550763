/* SPDX-License-Identifier: Apache-2.0 */
/* Reading through zlib, which hands on what is not packed. */
#include "base/unpack.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER_BYTES (128 * 1024)

/* Rows of numbers compress four to twelve times, the same row over and over up to a thousand. */
#define MAX_RATIO 64
#define FLOOR     (16 << 20) /* bytes that may come of any file */

sfd_status sfd_unpacker_open(sfd_unpacker *u, const char *path, const char *what, sfd_error *err)
{
    struct stat info;
    *u = (sfd_unpacker){.name = strcmp(path, "-") == 0 ? "stdin" : path};
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot open: %s", u->name, strerror(errno));
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        return sfd_fail(err, SFD_ERR_IO, "%s: is a directory, %s was wanted", u->name, what);
    }
    u->gz = gzdopen(fd, "rb");
    if (!u->gz) {
        close(fd);
        return sfd_fail_nomem(err, u->name);
    }
    gzbuffer(u->gz, BUFFER_BYTES);
    return SFD_OK;
}

static sfd_status check_ratio(const sfd_unpacker *u, sfd_error *err)
{
    const z_off_t packed = gzoffset(u->gz), unpacked = gztell(u->gz);
    if (gzdirect(u->gz) || unpacked <= FLOOR || packed < 0 || unpacked / MAX_RATIO <= packed)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                    "%s: gzip data that unpack to more than %d times their size", u->name,
                    MAX_RATIO);
}

sfd_status sfd_unpacker_read(sfd_unpacker *u, char *out, size_t room, size_t *n, sfd_error *err)
{
    errno = 0;
    int got = gzread(u->gz, out, room < INT_MAX ? (unsigned)room : INT_MAX);
    int code = Z_OK;
    const char *text = gzerror(u->gz, &code);
    *n = got > 0 ? (size_t)got : 0;
    if (got >= 0 && code != Z_BUF_ERROR)
        return check_ratio(u, err);
    if (code == Z_ERRNO)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot read: %s", u->name, strerror(errno));
    if (code == Z_BUF_ERROR)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: the gzip data ends too early", u->name);
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: damaged gzip data (%s)", u->name, text);
}

void sfd_unpacker_close(sfd_unpacker *u)
{
    if (u->gz)
        gzclose(u->gz);
    u->gz = NULL;
}

static sfd_status read_all(sfd_unpacker *u, char **text, size_t *n_bytes, size_t max_bytes,
                           sfd_error *err)
{
    size_t room = 0, n = 1;
    while (n > 0) {
        while (room - *n_bytes < 2)
            if (!sfd_grow(text, &room, room, 1))
                return sfd_fail_nomem(err, u->name);
        const sfd_status st = sfd_unpacker_read(u, *text + *n_bytes, room - *n_bytes - 1, &n, err);
        if (st != SFD_OK)
            return st;
        *n_bytes += n;
        if (*n_bytes > max_bytes)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: more than %zu bytes", u->name, max_bytes);
    }
    (*text)[*n_bytes] = '\0';
    return SFD_OK;
}

sfd_status sfd_unpack_text(char **text, size_t *n_bytes, const char *path, const char *what,
                           size_t max_bytes, sfd_error *err)
{
    sfd_unpacker u;
    *text = NULL;
    *n_bytes = 0;
    sfd_status st = sfd_unpacker_open(&u, path, what, err);
    if (st == SFD_OK)
        st = read_all(&u, text, n_bytes, max_bytes, err);
    sfd_unpacker_close(&u);
    if (st == SFD_OK)
        return st;
    free(*text);
    *text = NULL;
    *n_bytes = 0;
    return st;
}
