/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs that appear only when they are complete. */
#include "base/outfile.h"

#include "base/alloc.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS        40  /* symbolic links in a row, as in the kernel */
#define MAX_HIDDEN_NAMES 16  /* runs that write one target at once */
#define MAX_HIDDEN_STEM  200 /* bytes of the target's name, so that all stays below NAME_MAX */
#define MAX_HIDDEN_EXT   32

struct sfd_outfile {
    FILE *stream;
    char *name;   /* as the caller calls it, for messages */
    char *target; /* what is replaced: `name` behind its symbolic links; NULL: written directly */
    char *folder; /* of the target */
    char *path;   /* to write to by name: of the hidden file, or of the nameless one in /proc */
    bool hidden;  /* the file has a hidden name, `path` */
};

/* -------------------------------------------------------------------- names */

static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

/* The folder of `path`. Freed by the caller. */
static char *folder_of(const char *path)
{
    const int n = folder_length(path);
    return n > 0 ? sfd_strndup(path, (size_t)n) : sfd_strdup(".");
}

/* What `path` stands for behind symbolic links, whether it exists or not. Freed by the caller; NULL
 * with errno. */
static char *follow_links(const char *path)
{
    char link[PATH_MAX];
    ssize_t n;
    char *now = sfd_strdup(path);
    if (!now)
        errno = ENOMEM;
    for (int i = 0; now && (n = readlink(now, link, sizeof link - 1)) >= 0; i++) {
        char *next = NULL;
        link[n] = '\0';
        if (i == MAX_LINKS)
            errno = ELOOP;
        else if (asprintf(&next, "%.*s%s", *link == '/' ? 0 : folder_length(now), now, link) < 0)
            next = NULL;
        free(now);
        now = next;
    }
    return now;
}

/* "folder/.name.partN.ext". Freed by the caller. */
static char *hidden_name(const char *target, int n)
{
    const int folder = folder_length(target);
    const char *base = target + folder, *dot = strrchr(base, '.');
    const char *ext = dot && dot > base && strlen(dot) <= MAX_HIDDEN_EXT ? dot : "";
    const size_t stem = strlen(base) - strlen(ext);
    char *name;
    if (asprintf(&name, "%.*s.%.*s.part%d%s", folder, target,
                 (int)(stem < MAX_HIDDEN_STEM ? stem : MAX_HIDDEN_STEM), base, n, ext) < 0)
        return NULL;
    return name;
}

static bool is_same_file(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* ------------------------------------------------------------- hidden files */

/* Removes a hidden file whose writer is gone: one that lives holds a lock on it, and nobody else
 * takes the name away while we hold it. */
static void remove_if_stale(const char *hidden)
{
    struct stat st;
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = open(hidden, O_RDWR | flags);
    if (fd < 0 && errno == EACCES)
        fd = open(hidden, O_RDONLY | flags);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        is_same_file(fd, hidden))
        unlink(hidden);
    close(fd);
}

static void remove_stale(const char *target)
{
    for (int n = 0; n < MAX_HIDDEN_NAMES; n++) {
        char *hidden = hidden_name(target, n);
        if (hidden)
            remove_if_stale(hidden);
        free(hidden);
    }
}

/* A file system without locks has no stale files that one could know. */
static bool lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* Creates a hidden file and returns its descriptor, or -1 with errno. */
static int create_hidden(sfd_outfile *f, mode_t mode)
{
    for (int n = 0; n < MAX_HIDDEN_NAMES; n++) {
        char *hidden = hidden_name(f->target, n);
        int fd = hidden ? open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode) : -1;
        if (fd < 0 && hidden && errno == EEXIST) {
            free(hidden);
            continue;
        }
        /* who looked for stale files before it was locked may have removed it */
        if (fd >= 0 && !(lock(fd) && is_same_file(fd, hidden))) {
            close(fd);
            free(hidden);
            continue;
        }
        f->path = hidden;
        f->hidden = fd >= 0;
        return fd;
    }
    errno = EEXIST;
    return -1;
}

/* Gives the nameless file a hidden name. False with errno. */
static bool link_hidden(sfd_outfile *f)
{
    for (int n = 0; n < MAX_HIDDEN_NAMES; n++) {
        char *hidden = hidden_name(f->target, n);
        if (hidden && linkat(AT_FDCWD, f->path, AT_FDCWD, hidden, AT_SYMLINK_FOLLOW) == 0) {
            free(f->path);
            f->path = hidden;
            return f->hidden = true;
        }
        free(hidden);
        if (!hidden || errno != EEXIST)
            return false;
    }
    return false;
}

/* ------------------------------------------------------------------ opening */

/* A file without a name in the target's folder; -1 where that does not exist. */
static int create_nameless(sfd_outfile *f)
{
    int fd = open(f->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    if (asprintf(&f->path, "/proc/self/fd/%d", fd) < 0)
        f->path = NULL;
    if (f->path && access(f->path, F_OK) == 0) {
        lock(fd);
        return fd;
    }
    close(fd);
    free(f->path);
    f->path = NULL;
    return -1;
}

/* `old`: of the target, NULL when there is none. */
static sfd_status open_beside(sfd_outfile *f, const struct stat *old, sfd_error *err)
{
    f->target = follow_links(f->name);
    if (!f->target || (old && faccessat(AT_FDCWD, f->target, W_OK, AT_EACCESS) != 0))
        return sfd_fail_errno(err, f->name, "open for writing");
    if (!(f->folder = folder_of(f->target)))
        return sfd_fail_nomem(err, f->name);
    remove_stale(f->target);
    int fd = create_nameless(f);
    if (fd < 0) /* not more readable than the target, even unfinished */
        fd = create_hidden(f, old ? (old->st_mode & 0666) | 0600 : 0666);
    if (fd < 0)
        return sfd_fail_errno(err, f->name, "create a file beside it");
    f->stream = fdopen(fd, "wb");
    if (!f->stream) {
        close(fd);
        return sfd_fail_nomem(err, f->name);
    }
    return SFD_OK;
}

/* "-", and names of the regular file that stdout already is (/dev/stdout). */
static bool is_stdout(const char *path, const struct stat *st)
{
    struct stat out;
    return strcmp(path, "-") == 0 ||
           (st && S_ISREG(st->st_mode) && fstat(STDOUT_FILENO, &out) == 0 &&
            out.st_dev == st->st_dev && out.st_ino == st->st_ino);
}

static sfd_status open_target(sfd_outfile *f, const char *path, sfd_error *err)
{
    struct stat st;
    if (!*path)
        return sfd_fail(err, SFD_ERR_ARG, "output file name is empty");
    const bool exists = stat(path, &st) == 0;
    if (is_stdout(path, exists ? &st : NULL)) {
        f->stream = stdout;
        return SFD_OK;
    }
    if (!exists || S_ISREG(st.st_mode))
        return open_beside(f, exists ? &st : NULL, err);
    if (S_ISDIR(st.st_mode))
        return sfd_fail(err, SFD_ERR_IO, "%s: is a directory, cannot be written as a file", path);
    f->stream = fopen(path, "wbe");
    return f->stream ? SFD_OK : sfd_fail_errno(err, path, "open for writing");
}

sfd_status sfd_outfile_open(sfd_outfile **out, const char *path, sfd_error *err)
{
    *out = NULL;
    sfd_outfile *f = sfd_calloc(1, sizeof *f);
    if (!f || !(f->name = sfd_strdup(strcmp(path, "-") == 0 ? "stdout" : path))) {
        free(f);
        return sfd_fail_nomem(err, path);
    }
    sfd_status status = open_target(f, path, err);
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
    return f->path ? f->path : f->name;
}

/* --------------------------------------------------------------- committing */

/* A stream forgets why an earlier write failed; one more byte to the file, which is lost anyway,
 * tells. */
static int reason_of_failure(FILE *stream)
{
    errno = 0;
    return write(fileno(stream), "", 1) == 1 || errno == 0 ? EIO : errno;
}

sfd_status sfd_outfile_flush(sfd_outfile *f, sfd_error *err)
{
    errno = 0;
    if (fflush(f->stream) == 0 && !ferror(f->stream))
        return SFD_OK;
    if (errno == 0)
        errno = reason_of_failure(f->stream);
    return sfd_fail_errno(err, f->name, "write");
}

/* Some file systems cannot do it, and say so. */
static bool sync_file(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

/* A new name is lasting when its folder is written. Failure is no loss: the old or the new file is
 * there. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* As far as we may: only root gives files away. */
static void keep_owner_and_mode(int fd, const char *target)
{
    struct stat old;
    if (stat(target, &old) != 0 || !S_ISREG(old.st_mode))
        return;
    mode_t mode = old.st_mode & 07777;
    if (fchown(fd, old.st_uid, old.st_gid) != 0 && fchown(fd, (uid_t)-1, old.st_gid) != 0)
        mode &= 0777;
    fchmod(fd, mode);
}

static sfd_status put_into_place(sfd_outfile *f, sfd_error *err)
{
    const int fd = fileno(f->stream);
    keep_owner_and_mode(fd, f->target);
    if (!sync_file(fd))
        return sfd_fail_errno(err, f->name, "write");
    const bool is_new =
        !f->hidden && linkat(AT_FDCWD, f->path, AT_FDCWD, f->target, AT_SYMLINK_FOLLOW) == 0;
    if (!is_new && ((!f->hidden && !link_hidden(f)) || rename(f->path, f->target) != 0))
        return sfd_fail_errno(err, f->name, "put the finished file into place");
    f->hidden = false;
    sync_folder(f->folder);
    return SFD_OK;
}

/* Closes without looking. */
static void free_outfile(sfd_outfile *f)
{
    if (f->stream && f->stream != stdout)
        fclose(f->stream);
    if (f->hidden)
        unlink(f->path);
    free(f->name);
    free(f->target);
    free(f->folder);
    free(f->path);
    free(f);
}

sfd_status sfd_outfile_publish(sfd_outfile *f, sfd_error *err)
{
    sfd_status status = sfd_outfile_flush(f, err);
    if (status == SFD_OK && f->target)
        status = put_into_place(f, err);
    if (status != SFD_OK)
        return status;
    free(f->target);
    f->target = NULL;
    return SFD_OK;
}

sfd_status sfd_outfile_commit(sfd_outfile *f, sfd_error *err)
{
    sfd_status status = sfd_outfile_flush(f, err);
    if (status == SFD_OK && f->target)
        status = put_into_place(f, err);
    if (status == SFD_OK && f->stream != stdout) {
        FILE *stream = f->stream;
        f->stream = NULL;
        if (fclose(stream) != 0)
            status = sfd_fail_errno(err, f->name, "write");
    }
    free_outfile(f);
    return status;
}

void sfd_outfile_discard(sfd_outfile *f)
{
    if (f)
        free_outfile(f);
}
