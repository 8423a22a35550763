/* SPDX-License-Identifier: Apache-2.0 */
#include "media/sha256.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <libavutil/mem.h>
#include <libavutil/sha.h>
#include <stdio.h>
#include <unistd.h>

#define PART_BYTES (1 << 16)

static sfd_status add_file(struct AVSHA *sha, int fd, size_t n_bytes, const char *path,
                           sfd_error *err)
{
    unsigned char part[PART_BYTES];
    for (size_t at = 0, n; at < n_bytes; at += n) {
        n = n_bytes - at < sizeof part ? n_bytes - at : sizeof part;
        if (!sfd_read_at(fd, at, part, n))
            return sfd_fail_shrunk(err, path);
        av_sha_update(sha, part, n);
    }
    return SFD_OK;
}

static struct AVSHA *begin(const char *what, sfd_error *err)
{
    struct AVSHA *sha = av_sha_alloc();
    if (sha && av_sha_init(sha, 256) == 0)
        return sha;
    av_free(sha);
    sfd_fail_nomem(err, what);
    return NULL;
}

/* Frees it. */
static void end(struct AVSHA *sha, char text[SFD_SHA256_TEXT])
{
    uint8_t digest[32];
    av_sha_final(sha, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    av_free(sha);
}

sfd_status sfd_sha256_bytes(char text[SFD_SHA256_TEXT], const void *data, size_t n, sfd_error *err)
{
    struct AVSHA *sha = begin("SHA-256", err);
    if (!sha)
        return SFD_ERR_NOMEM;
    av_sha_update(sha, data, n);
    end(sha, text);
    return SFD_OK;
}

sfd_status sfd_sha256_file(char text[SFD_SHA256_TEXT], const char *path, sfd_error *err)
{
    size_t n_bytes;
    struct AVSHA *sha = begin(path, err);
    if (!sha)
        return SFD_ERR_NOMEM;
    const int fd = sfd_open_to_read(path, &n_bytes, err);
    const sfd_status status = fd < 0 ? SFD_ERR_IO : add_file(sha, fd, n_bytes, path, err);
    if (fd >= 0)
        close(fd);
    if (status == SFD_OK)
        end(sha, text);
    else
        av_free(sha);
    return status;
}
