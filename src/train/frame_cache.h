/* SPDX-License-Identifier: Apache-2.0 */
/* A video's frames, decoded and resized once, in a file that later epochs and runs read.
 *
 * File: sfd_frame_header, then n_stored pictures [height][width][3]: the timeline's frames 0, step,
 * 2 step ..., and the last one. */
#ifndef SFD_TRAIN_FRAME_CACHE_H
#define SFD_TRAIN_FRAME_CACHE_H

#include "config/config.h"

typedef struct sfd_frame_header {
    char magic[8];
    int64_t source_bytes, source_mtime; /* of the video: another one makes the file stale */
    double picture_fps;                 /* where it is pictures; 0: usual */
    int64_t n_frames, n_stored;
    int32_t step, width, height, source_width, source_height, short_side;
} sfd_frame_header;

/* The file is open only while it is read: there may be more videos than descriptors. */
typedef struct sfd_frame_cache {
    char *path;
    sfd_frame_header header;
} sfd_frame_cache;

/* The pictures that one thread looks at, all zero at first. */
typedef struct sfd_frame_buffer {
    uint8_t *bytes;
    size_t n_bytes;
    sfd_error err; /* of a reading that failed */
} sfd_frame_buffer;

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

/* Opens cache_path, decoding `video_path` into it first where it is missing or stale. Errors: as
 * sfd_video_open, SFD_ERR_IO (disk full ...), SFD_ERR_CANCELLED. Closed by sfd_frame_cache_close,
 * also after failure. */
sfd_status sfd_frame_cache_open(sfd_frame_cache *f, const char *video_path, const char *cache_path,
                                const sfd_cache_source *source, sfd_error *err);
void sfd_frame_cache_close(sfd_frame_cache *f);

/* Frames `numbers` (0 .. n_frames - 1, multiples of step or the last), each [height][width][3], in
 * the buffer until it is used again. Errors, which are left in the buffer: SFD_ERR_IO (the file is
 * not what it was, or cannot be read any more), SFD_ERR_NOMEM. */
sfd_status sfd_frame_cache_read(const sfd_frame_cache *f, const int64_t *numbers, size_t n,
                                sfd_frame_buffer *buffer, const uint8_t **pictures);

#endif
