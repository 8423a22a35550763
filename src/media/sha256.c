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

sfd_status sfd_sha256_file(char text[SFD_SHA256_TEXT], const char *path, sfd_error *err)
{
    uint8_t digest[32];
    size_t n_bytes;
    struct AVSHA *sha = av_sha_alloc();
    if (!sha || av_sha_init(sha, 256) < 0) {
        av_free(sha);
        return sfd_fail_nomem(err, path);
    }
    const int fd = sfd_open_to_read(path, &n_bytes, err);
    sfd_status status = fd < 0 ? SFD_ERR_IO : add_file(sha, fd, n_bytes, path, err);
    if (fd >= 0)
        close(fd);
    if (status == SFD_OK) {
        av_sha_final(sha, digest);
        for (size_t i = 0; i < sizeof digest; i++)
            snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    av_free(sha);
    return status;
}
