/* SPDX-License-Identifier: Apache-2.0 */
/* Files in whole, and outputs that appear only when they are complete. */
#include "base/file.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static sfd_status fail_errno(sfd_error *err, const char *path, const char *action)
{
    return sfd_fail(err, errno == ENOMEM ? SFD_ERR_NOMEM : SFD_ERR_IO, "%s: cannot %s: %s", path,
                    action, strerror(errno));
}

sfd_status sfd_map_file(sfd_mapping *out, const char *path, sfd_error *err)
{
    *out = (sfd_mapping){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail_errno(err, path, "open");
    struct stat st;
    sfd_status status = SFD_OK;
    if (fstat(fd, &st) != 0)
        status = fail_errno(err, path, "examine");
    else if (!S_ISREG(st.st_mode))
        status = sfd_fail(err, SFD_ERR_IO, "%s: is %s, not a regular file", path,
                          S_ISDIR(st.st_mode) ? "a directory" : "a special file");
    else if (st.st_size > 0) {
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            status = fail_errno(err, path, "map");
        else
            *out = (sfd_mapping){data, (size_t)st.st_size};
    }
    close(fd);
    return status;
}

void sfd_unmap(sfd_mapping *m)
{
    if (m->data)
        munmap((void *)m->data, m->n_bytes);
    *m = (sfd_mapping){0};
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
        status = fail_errno(err, path, "read");
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
        return fail_errno(err, path, "open");
    struct stat st;
    sfd_status status;
    if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode))
        status = sfd_fail(err, SFD_ERR_IO, "%s: is a directory, not a regular file", path);
    else
        status = read_stream(text, n_bytes, in, path, max_bytes, err);
    fclose(in);
    return status;
}

struct sfd_outfile {
    FILE *stream;
    char *target;    /* for messages, and what commit renames to */
    char *temporary; /* NULL when the target is written directly */
};

static void free_outfile(sfd_outfile *f)
{
    free(f->target);
    free(f->temporary);
    free(f);
}

#define MAX_TEMPORARY_NAMES 1000

/* "dir/.name.PID-N.ext": the extension stays last for libraries that choose a format by it. */
static char *temporary_name(const char *path, int n)
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash ? (size_t)(slash - path) + 1 : 0;
    const char *dot = strrchr(path + dir, '.');
    const char *ext = dot && dot > path + dir ? dot : "";
    size_t stem = strlen(path) - dir - strlen(ext);
    char *name = NULL;
    if (asprintf(&name, "%.*s.%.*s.%ld-%d%s", (int)dir, path, (int)stem, path + dir, (long)getpid(),
                 n, ext) < 0)
        return NULL;
    return name;
}

static sfd_status open_temporary(sfd_outfile *f, sfd_error *err)
{
    int fd = -1;
    for (int n = 0; fd < 0 && n < MAX_TEMPORARY_NAMES; n++) {
        free(f->temporary);
        f->temporary = temporary_name(f->target, n);
        if (!f->temporary)
            return sfd_fail_nomem(err, f->target);
        fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0) {
        free(f->temporary);
        f->temporary = NULL;
        return fail_errno(err, f->target, "create a file beside it");
    }
    f->stream = fdopen(fd, "wb");
    if (!f->stream) {
        close(fd);
        return sfd_fail_nomem(err, f->target);
    }
    return SFD_OK;
}

sfd_status sfd_outfile_open(sfd_outfile **out, const char *path, sfd_error *err)
{
    *out = NULL;
    sfd_outfile *f = sfd_calloc(1, sizeof *f);
    if (!f || !(f->target = sfd_strdup(strcmp(path, "-") == 0 ? "stdout" : path))) {
        free(f);
        return sfd_fail_nomem(err, path);
    }
    sfd_status status = SFD_OK;
    struct stat st;
    if (strcmp(path, "-") == 0) {
        f->stream = stdout;
    } else if (!*path) {
        status = sfd_fail(err, SFD_ERR_ARG, "output file name is empty");
    } else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        if (S_ISDIR(st.st_mode))
            status =
                sfd_fail(err, SFD_ERR_IO, "%s: is a directory, cannot be written as a file", path);
        else if (!(f->stream = fopen(path, "wbe")))
            status = fail_errno(err, path, "open for writing");
    } else {
        status = open_temporary(f, err);
    }
    if (status != SFD_OK) {
        sfd_outfile_discard(f);
        return status;
    }
    *out = f;
    return SFD_OK;
}

FILE *sfd_outfile_stream(sfd_outfile *f)
{
    return f->stream;
}

const char *sfd_outfile_path(const sfd_outfile *f)
{
    return f->temporary ? f->temporary : f->target;
}

/* A stream forgets why an earlier write failed; one more byte to the file, which is lost anyway,
 * tells. */
static void ask_again(FILE *stream)
{
    if (write(fileno(stream), "", 1) == 1 || errno == 0)
        errno = EIO;
}

sfd_status sfd_outfile_commit(sfd_outfile *f, sfd_error *err)
{
    sfd_status status = SFD_OK;
    errno = 0;
    bool failed = fflush(f->stream) != 0 || ferror(f->stream);
    if (failed && errno == 0)
        ask_again(f->stream);
    const int reason = errno;
    if (f->stream != stdout && fclose(f->stream) != 0)
        failed = true;
    f->stream = NULL;
    if (failed) {
        errno = reason ? reason : errno;
        status = fail_errno(err, f->target, "write");
    } else if (f->temporary && rename(f->temporary, f->target) != 0) {
        status = fail_errno(err, f->target, "rename the finished file into place");
    }
    if (status != SFD_OK && f->temporary)
        unlink(f->temporary);
    free_outfile(f);
    return status;
}

void sfd_outfile_discard(sfd_outfile *f)
{
    if (!f)
        return;
    if (f->stream && f->stream != stdout)
        fclose(f->stream);
    if (f->temporary)
        unlink(f->temporary);
    free_outfile(f);
}

sfd_status sfd_make_directory(const char *path, sfd_error *err)
{
    struct stat st;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return SFD_OK;
    return fail_errno(err, path, "create the directory");
}
