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

int sfd_open_to_read(const char *path, size_t *n_bytes, sfd_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0) {
        sfd_fail_errno(err, path, "open");
        return -1;
    }
    if (fstat(fd, &st) != 0)
        sfd_fail_errno(err, path, "examine");
    else if (!S_ISREG(st.st_mode))
        sfd_fail(err, SFD_ERR_IO, "%s: is %s, not a regular file", path,
                 S_ISDIR(st.st_mode) ? "a directory" : "a special file");
    else {
        *n_bytes = (size_t)st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

const char *sfd_open_reason(const char *path)
{
    const int reason = errno;
    if (reason == ENOENT && strcmp(path, "-") == 0)
        return "no file of that name; standard input is /dev/stdin";
    return strerror(reason);
}

bool sfd_read_at(int fd, size_t at, void *dst, size_t n)
{
    for (unsigned char *to = dst; n > 0;) {
        const ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return true;
}

sfd_status sfd_reserve_file(sfd_mapping *out, const char *path, sfd_error *err)
{
    sfd_error local;
    size_t n = 0;
    *out = (sfd_mapping){0};
    err = err ? err : &local;
    const int fd = sfd_open_to_read(path, &n, err);
    if (fd < 0)
        return err->status;
    void *data = n == 0 ? NULL
                        : mmap(NULL, n, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    sfd_status status = SFD_OK;
    if (data == MAP_FAILED)
        status = sfd_fail_errno(err, path, "map");
    else if (n > 0)
        *out = (sfd_mapping){data, n, fd};
    if (!out->data)
        close(fd);
    return status;
}

sfd_status sfd_load_file(sfd_mapping *out, const char *path, sfd_error *err)
{
    const sfd_status status = sfd_reserve_file(out, path, err);
    if (status != SFD_OK || sfd_mapping_load(out, 0, out->n_bytes))
        return status;
    sfd_unmap(out);
    return sfd_fail_shrunk(err, path);
}

bool sfd_mapping_load(const sfd_mapping *m, size_t at, size_t n)
{
    return n == 0 || sfd_mapping_read(m, m->data + at, n, (unsigned char *)m->data + at);
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
    return sfd_read_at(m->fd, (size_t)(data - m->data), dst, n);
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
