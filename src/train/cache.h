/* SPDX-License-Identifier: Apache-2.0 */
/* What was decoded of a video, in a file that later epochs and runs read: a header, which begins
 * with sfd_cache_stamp, and the content. The file is open only while it is read: there may be more
 * videos than descriptors. */
#ifndef SFD_TRAIN_CACHE_H
#define SFD_TRAIN_CACHE_H

#include "config/config.h"

#include <stdio.h>

typedef struct sfd_cache_stamp {
    char magic[8];
    int64_t source_bytes, source_mtime; /* of the video: another one makes the file stale */
} sfd_cache_stamp;

/* What is wanted of videos. */
typedef struct sfd_cache_source {
    const sfd_net_config *config; /* frames have the size that the network wants */
    int short_side;               /* with this as its test size */
    int step;
    double picture_fps;                                  /* of folders of pictures; 0: 30 */
    bool (*should_stop)(void *user);                     /* asked between frames; may be NULL */
    void (*on_warning)(void *user, const char *message); /* of a video's damage; may be NULL */
    void *user;
} sfd_cache_source;

typedef struct sfd_cache_format {
    char magic[8];
    size_t header_bytes;
    /* Is `header` of a file made for `want`, n_bytes being all of it? */
    bool (*is_valid)(const void *header, size_t n_bytes, const void *want);
    /* Decodes the video behind the header's place and completes the header, which is as wanted.
     * What cannot be written need not be told. */
    sfd_status (*decode)(FILE *to, void *header, const char *video_path,
                         const sfd_cache_source *source, sfd_error *err);
} sfd_cache_format;

/* Reads the header of cache_path, decoding the video into it first where it is missing or stale.
 * `want` is stamped here; *path, a copy for later readings, is the caller's to free, also after
 * failure. Errors: decode's, SFD_ERR_IO (disk full ...), SFD_ERR_NOMEM. */
sfd_status sfd_cache_open(char **path, void *header, void *want, const sfd_cache_format *format,
                          const char *video_path, const char *cache_path,
                          const sfd_cache_source *source, sfd_error *err);

/* Closes a file that was read in part. Errors, unless all of that was `there`: SFD_ERR_IO. */
sfd_status sfd_cache_close(int fd, bool there, const char *path, sfd_error *err);

#endif
