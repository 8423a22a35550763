/* SPDX-License-Identifier: Apache-2.0 */
/* Settled keyframes on disk. */
#include "dataset/journal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "dataset/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_BYTES 4
#define SUM_BYTES    8
#define HEAD_BYTES   (LENGTH_BYTES + SUM_BYTES)
#define SYNC_EVERY_S 5

struct sfd_journal {
    char *path;
    int fd;
    size_t end;      /* of what is whole */
    sfd_bytes hand;  /* outcome of the keyframe in hand */
    sfd_bytes write; /* a record */
    double synced_s;
};

/* FNV-1a: a record that was cut off or never reached the disk is meant, not forgery. */
static uint64_t sum_of(const unsigned char *content, size_t n)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ content[i]) * 0x100000001B3u;
    return h;
}

static uint64_t number_at(const unsigned char *bytes, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)bytes[i] << 8 * i;
    return v;
}

/* ------------------------------------------------------------------- reading */

/* The content of the record at `at`, in *content; false where the file ends. */
static bool read_record(const sfd_journal *j, size_t at, size_t n_file, sfd_bytes *content)
{
    unsigned char head[HEAD_BYTES];
    if (n_file - at < HEAD_BYTES || !sfd_read_at(j->fd, at, head, sizeof head))
        return false;
    const size_t n = (size_t)number_at(head, LENGTH_BYTES);
    if (n > n_file - at - HEAD_BYTES)
        return false;
    while (content->n_alloc < n)
        if (!sfd_grow(&content->bytes, &content->n_alloc, content->n_alloc, 1)) {
            content->failed = true;
            return false;
        }
    content->n = n;
    return (n == 0 || sfd_read_at(j->fd, at + HEAD_BYTES, content->bytes, n)) &&
           sum_of(content->bytes, n) == number_at(head + LENGTH_BYTES, SUM_BYTES);
}

/* Hands out what is whole; j->end is where it ends, 0 where it is of other work. */
static sfd_status read_records(sfd_journal *j, size_t n_file, const char *work, sfd_settled_fn *fn,
                               void *user, sfd_error *err)
{
    sfd_bytes content = {0}, room = {0};
    sfd_settled settled;
    sfd_status status = SFD_OK;
    j->end = 0;
    if (read_record(j, 0, n_file, &content) && content.n == strlen(work) &&
        memcmp(content.bytes, work, content.n) == 0)
        j->end = HEAD_BYTES + content.n;
    while (j->end > 0 && status == SFD_OK && read_record(j, j->end, n_file, &content) &&
           sfd_read_settled(&settled, &room, content.bytes, content.n)) {
        status = fn(user, &settled, err);
        j->end += HEAD_BYTES + content.n;
    }
    if (content.failed || room.failed)
        status = sfd_fail_nomem(err, j->path);
    free(content.bytes);
    free(room.bytes);
    return status;
}

/* ------------------------------------------------------------------- writing */

static sfd_status write_all(sfd_journal *j, const unsigned char *from, size_t n, sfd_error *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t part = pwrite(j->fd, from + done, n - done, (off_t)(j->end + done));
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return sfd_fail_errno(err, j->path, "write");
        done += (size_t)part;
    }
    j->end += n;
    return SFD_OK;
}

/* Writes the content behind the head, for which there is room. */
static sfd_status write_record(sfd_journal *j, sfd_error *err)
{
    sfd_bytes *w = &j->write;
    if (w->failed || w->n - HEAD_BYTES > UINT32_MAX)
        return sfd_fail_nomem(err, j->path);
    const size_t n = w->n;
    const uint64_t sum = sum_of(w->bytes + HEAD_BYTES, n - HEAD_BYTES);
    w->n = 0;
    sfd_bytes_put_number(w, n - HEAD_BYTES, LENGTH_BYTES);
    sfd_bytes_put_number(w, sum, SUM_BYTES);
    return write_all(j, w->bytes, n, err);
}

static void begin_record(sfd_journal *j)
{
    const unsigned char head[HEAD_BYTES] = {0};
    j->write.n = 0;
    sfd_bytes_put(&j->write, head, sizeof head);
}

/* The file behind what is whole is cut off; without any, it begins with the work. */
static sfd_status begin_writing(sfd_journal *j, const char *work, sfd_error *err)
{
    if (ftruncate(j->fd, (off_t)j->end) != 0)
        return sfd_fail_errno(err, j->path, "shorten");
    if (j->end > 0)
        return SFD_OK;
    begin_record(j);
    sfd_bytes_put(&j->write, work, strlen(work));
    return write_record(j, err);
}

static sfd_status open_locked(sfd_journal *j, size_t *n_file, sfd_error *err)
{
    struct stat st;
    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (j->fd < 0)
        return sfd_fail_errno(err, j->path, "open for writing");
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: another process is at work on it", j->path);
    if (fstat(j->fd, &st) != 0)
        return sfd_fail_errno(err, j->path, "examine");
    if (!S_ISREG(st.st_mode))
        return sfd_fail(err, SFD_ERR_IO, "%s: is no regular file", j->path);
    *n_file = (size_t)st.st_size;
    return SFD_OK;
}

sfd_status sfd_journal_open(sfd_journal **out, const char *path, const char *work,
                            sfd_settled_fn *fn, void *user, sfd_error *err)
{
    size_t n_file = 0;
    *out = NULL;
    sfd_journal *j = sfd_calloc(1, sizeof *j);
    if (!j || !(j->path = sfd_strdup(path))) {
        free(j);
        return sfd_fail_nomem(err, path);
    }
    sfd_status status = open_locked(j, &n_file, err);
    if (status == SFD_OK && fn)
        status = read_records(j, n_file, work, fn, user, err);
    if (status == SFD_OK)
        status = begin_writing(j, work, err);
    if (status != SFD_OK) {
        sfd_journal_close(j, false);
        return status;
    }
    j->synced_s = sfd_clock_s();
    *out = j;
    return SFD_OK;
}

sfd_status sfd_journal_done(sfd_journal *j, const sfd_keyframe *k, sfd_error *err)
{
    j->hand.n = 0;
    sfd_put_done(&j->hand, k);
    return j->hand.failed ? sfd_fail_nomem(err, j->path) : SFD_OK;
}

sfd_status sfd_journal_failed(sfd_journal *j, const char *message, sfd_error *err)
{
    j->hand.n = 0;
    sfd_put_failed(&j->hand, message);
    return j->hand.failed ? sfd_fail_nomem(err, j->path) : SFD_OK;
}

sfd_status sfd_journal_settle(sfd_journal *j, uint64_t index, double seconds, sfd_error *err)
{
    uint64_t bits;
    memcpy(&bits, &seconds, sizeof bits);
    if (j->hand.n == 0)
        sfd_put_empty(&j->hand);
    begin_record(j);
    sfd_bytes_put_number(&j->write, index, 8);
    sfd_bytes_put_number(&j->write, bits, 8);
    sfd_bytes_put(&j->write, j->hand.bytes, j->hand.n);
    j->write.failed |= j->hand.failed;
    j->hand.n = 0;
    const sfd_status status = write_record(j, err);
    const double now_s = sfd_clock_s();
    if (status != SFD_OK || now_s - j->synced_s < SYNC_EVERY_S)
        return status;
    j->synced_s = now_s;
    return fdatasync(j->fd) == 0 || errno == EINVAL ? SFD_OK
                                                    : sfd_fail_errno(err, j->path, "write");
}

void sfd_journal_remove(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

void sfd_journal_close(sfd_journal *j, bool remove)
{
    if (!j)
        return;
    if (remove)
        unlink(j->path);
    if (j->fd >= 0)
        close(j->fd);
    free(j->path);
    free(j->hand.bytes);
    free(j->write.bytes);
    free(j);
}
