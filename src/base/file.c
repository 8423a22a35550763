/* SPDX-License-Identifier: Apache-2.0 */
/* Files in whole. */
#include "base/file.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

sfd_status sfd_map_file(sfd_mapping *out, const char *path, sfd_error *err)
{
    *out = (sfd_mapping){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return sfd_fail_errno(err, path, "open");
    struct stat st;
    sfd_status status = SFD_OK;
    if (fstat(fd, &st) != 0)
        status = sfd_fail_errno(err, path, "examine");
    else if (!S_ISREG(st.st_mode))
        status = sfd_fail(err, SFD_ERR_IO, "%s: is %s, not a regular file", path,
                          S_ISDIR(st.st_mode) ? "a directory" : "a special file");
    else if (st.st_size > 0) {
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            status = sfd_fail_errno(err, path, "map");
        else
            *out = (sfd_mapping){data, (size_t)st.st_size, fd};
    }
    if (!out->data)
        close(fd);
    return status;
}

void sfd_unmap(sfd_mapping *m)
{
    if (m->data) {
        munmap((void *)m->data, m->n_bytes);
        close(m->fd);
    }
    *m = (sfd_mapping){0};
}

bool sfd_mapping_holds(const sfd_mapping *m, const unsigned char *data, size_t n)
{
    const uintptr_t at = (uintptr_t)data - (uintptr_t)m->data;
    return m->data && at <= m->n_bytes && n <= m->n_bytes - at;
}

bool sfd_mapping_read(const sfd_mapping *m, const unsigned char *data, size_t n, void *dst)
{
    off_t at = data - m->data;
    for (unsigned char *to = dst; n > 0;) {
        const ssize_t got = pread(m->fd, to, n, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

sfd_status sfd_fail_shrunk(sfd_error *err, const char *path)
{
    return sfd_fail(err, SFD_ERR_IO, "%s: became shorter while it was read, or cannot be read",
                    path);
}

static sfd_status read_stream(char **text, size_t *n_bytes, FILE *in, const char *path,
                              size_t max_bytes, sfd_error *err)
{
    size_t n_alloc = 4096, n = 0;
    char *buffer = malloc(n_alloc + 1);
    if (!buffer)
        return sfd_fail_nomem(err, path);
    for (;;) {
        n += fread(buffer + n, 1, n_alloc - n, in);
        if (n < n_alloc || n > max_bytes)
            break;
        char *grown = realloc(buffer, n_alloc * 2 + 1);
        if (!grown) {
            free(buffer);
            return sfd_fail_nomem(err, path);
        }
        buffer = grown;
        n_alloc *= 2;
    }
    sfd_status status = SFD_OK;
    if (ferror(in))
        status = sfd_fail_errno(err, path, "read");
    else if (n > max_bytes)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: larger than %zu bytes", path, max_bytes);
    if (status != SFD_OK) {
        free(buffer);
        return status;
    }
    buffer[n] = '\0';
    *text = buffer;
    *n_bytes = n;
    return SFD_OK;
}

sfd_status sfd_read_text(char **text, size_t *n_bytes, const char *path, size_t max_bytes,
                         sfd_error *err)
{
    *text = NULL;
    *n_bytes = 0;
    if (strcmp(path, "-") == 0)
        return read_stream(text, n_bytes, stdin, "stdin", max_bytes, err);
    FILE *in = fopen(path, "rbe");
    if (!in)
        return sfd_fail_errno(err, path, "open");
    struct stat st;
    sfd_status status;
    if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode))
        status = sfd_fail(err, SFD_ERR_IO, "%s: is a directory, not a regular file", path);
    else
        status = read_stream(text, n_bytes, in, path, max_bytes, err);
    fclose(in);
    return status;
}

sfd_status sfd_make_directory(const char *path, sfd_error *err)
{
    struct stat st;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return SFD_OK;
    return sfd_fail_errno(err, path, "create the directory");
}
