/* SPDX-License-Identifier: Apache-2.0 */
/* A video's frames, decoded and resized once, in a file that later epochs and runs read.
 *
 * File: sfd_frame_header, then n_stored pictures [height][width][3]: the timeline's frames 0, step,
 * 2 step ..., and the last one. */
#ifndef SFD_TRAIN_FRAME_CACHE_H
#define SFD_TRAIN_FRAME_CACHE_H

#include "train/cache.h"

typedef struct sfd_frame_header {
    sfd_cache_stamp stamp;
    double picture_fps; /* where it is pictures; 0: usual */
    int64_t n_frames, n_stored;
    int32_t step, width, height, source_width, source_height, short_side;
} sfd_frame_header;

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
