/* SPDX-License-Identifier: Apache-2.0 */
/* Files of decoded videos: made where missing or stale, and read while they stay what they were. */
#include "train/cache.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"
#include "base/video_file.h"

#include <string.h>
#include <unistd.h>

static bool read_header(void *header, const char *path, const sfd_cache_format *format,
                        const void *want)
{
    size_t n_bytes;
    sfd_error missing;
    const int fd = sfd_open_to_read(path, &n_bytes, &missing);
    const bool ok = fd >= 0 && sfd_read_at(fd, 0, header, format->header_bytes) &&
                    format->is_valid(header, n_bytes, want);
    if (fd >= 0)
        close(fd);
    return ok;
}

static sfd_status make(const char *cache_path, void *header, const sfd_cache_format *format,
                       const char *video_path, const sfd_cache_source *source, sfd_error *err)
{
    sfd_outfile *file;
    sfd_status status = sfd_outfile_open(&file, cache_path, err);
    if (status != SFD_OK)
        return status;
    FILE *f = sfd_outfile_stream(file);
    fwrite(header, format->header_bytes, 1, f);
    status = format->decode(f, header, video_path, source, err);
    if (status != SFD_OK && !ferror(f)) {
        sfd_outfile_discard(file);
        return status;
    }
    if (!ferror(f) && fseek(f, 0, SEEK_SET) == 0)
        fwrite(header, format->header_bytes, 1, f);
    return sfd_outfile_commit(file, err); /* words what could not be written */
}

sfd_status sfd_cache_open(char **path, void *header, void *want, const sfd_cache_format *format,
                          const char *video_path, const char *cache_path,
                          const sfd_cache_source *source, sfd_error *err)
{
    sfd_cache_stamp *stamp = want;
    if (!sfd_video_stamp(video_path, &stamp->source_bytes, &stamp->source_mtime))
        return sfd_fail(err, SFD_ERR_IO, "%s: no such video", video_path);
    memcpy(stamp->magic, format->magic, sizeof stamp->magic);
    *path = sfd_strdup(cache_path);
    if (!*path)
        return sfd_fail_nomem(err, cache_path);
    if (read_header(header, cache_path, format, want))
        return SFD_OK;
    memcpy(header, want, format->header_bytes);
    sfd_status status = make(cache_path, header, format, video_path, source, err);
    if (status == SFD_OK && !read_header(header, cache_path, format, want))
        status = sfd_fail(err, SFD_ERR_IO, "%s: was not written as a whole", cache_path);
    return status;
}

sfd_status sfd_cache_close(int fd, bool there, const char *path, sfd_error *err)
{
    close(fd);
    return there ? SFD_OK
                 : sfd_fail(err, SFD_ERR_IO,
                            "%s: was changed while it was in use, or cannot be read", path);
}
