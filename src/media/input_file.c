/* SPDX-License-Identifier: Apache-2.0 */
/* Reading without FFmpeg's protocols: a name is always the name of a file, and waiting for a pipe
 * ends when the caller wants to stop. */
#include "media/input_file.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 32768
#define POLL_MS      100 /* how often should_stop is asked while waiting for a pipe */

bool sfd_input_file_stopped(sfd_input_file *f)
{
    if (!f->stopped && f->stop.should_stop)
        f->stopped = f->stop.should_stop(f->stop.user);
    return f->stopped;
}

/* A pipe: until there is something to read, or its end. */
static bool wait_for_data(sfd_input_file *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    while (poll(&p, 1, POLL_MS) <= 0)
        if (sfd_input_file_stopped(f))
            return false;
    return true;
}

static int read_some(void *opaque, uint8_t *buffer, int n_bytes)
{
    sfd_input_file *f = opaque;
    for (;;) {
        if (sfd_input_file_stopped(f) || (!f->regular && !wait_for_data(f)))
            return AVERROR_EXIT;
        ssize_t n = read(f->fd, buffer, (size_t)n_bytes);
        if (n > 0)
            return (int)n;
        if (n == 0)
            return AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
    }
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    const sfd_input_file *f = opaque;
    struct stat st;
    if (whence == AVSEEK_SIZE)
        return fstat(f->fd, &st) == 0 ? (int64_t)st.st_size : AVERROR(errno);
    off_t at = lseek(f->fd, offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : (int64_t)at;
}

static const char *kind_of_device(int fd, const struct stat *st)
{
    struct stat null;
    if (isatty(fd))
        return "a terminal";
    return stat("/dev/null", &null) == 0 && null.st_rdev == st->st_rdev ? "/dev/null" : "a device";
}

static sfd_status check_kind(sfd_input_file *f, const char *name, sfd_error *err)
{
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot open: %s", name, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return sfd_fail(err, SFD_ERR_IO, "%s: is a directory, not a video file", name);
    if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
        return sfd_fail(err, SFD_ERR_IO, "%s: is %s, not a video file", name,
                        kind_of_device(f->fd, &st));
    f->regular = S_ISREG(st.st_mode);
    if (f->regular && st.st_size == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is empty, not a video file", name);
    return SFD_OK;
}

sfd_status sfd_input_file_open(sfd_input_file *f, const char *path, const char *name, sfd_stop stop,
                               sfd_error *err)
{
    *f = (sfd_input_file){.stop = stop};
    f->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe may have no writer yet */
    if (f->fd < 0)
        return sfd_fail(err, SFD_ERR_IO, "%s: cannot open: %s", name, sfd_open_reason(path));
    f->open = true;
    sfd_status st = check_kind(f, name, err);
    if (st != SFD_OK)
        return st;
    uint8_t *buffer = av_malloc(BUFFER_BYTES);
    f->io = buffer ? avio_alloc_context(buffer, BUFFER_BYTES, 0, f, read_some, NULL,
                                        f->regular ? seek : NULL)
                   : NULL;
    if (f->io)
        return SFD_OK;
    av_free(buffer);
    return sfd_fail_nomem(err, name);
}

void sfd_input_file_close(sfd_input_file *f)
{
    if (f->io)
        av_freep(&f->io->buffer); /* libavformat may have exchanged it */
    avio_context_free(&f->io);
    if (f->open)
        close(f->fd);
    f->open = false;
}
