/* SPDX-License-Identifier: Apache-2.0 */
/* A video's sound, decoded once, in a file that later epochs and runs read.
 *
 * File: sfd_sound_header, then n_samples floats, the sound of media/sound_reader.h. */
#ifndef SFD_TRAIN_SOUND_CACHE_H
#define SFD_TRAIN_SOUND_CACHE_H

#include "train/cache.h"

typedef struct sfd_sound_header {
    sfd_cache_stamp stamp;
    int64_t n_wanted, n_samples; /* the latter: of these, up to the end of the sound */
    int32_t rate, unused;
} sfd_sound_header;

/* All zeros: silence. */
typedef struct sfd_sound_cache {
    char *path;
    sfd_sound_header header;
} sfd_sound_cache;

/* Opens cache_path, decoding the first n_wanted samples of `video_path`, of `rate` a second, into
 * it first where it is missing or stale; folders of pictures are silent. What is wrong with the
 * sound is told when it is decoded. Of `source` its callbacks count. Errors: as sfd_sound_open,
 * SFD_ERR_IO (disk full ...), SFD_ERR_CANCELLED. Closed by sfd_sound_cache_close, also after
 * failure. */
sfd_status sfd_sound_cache_open(sfd_sound_cache *c, const char *video_path, const char *cache_path,
                                int rate, int64_t n_wanted, const sfd_cache_source *source,
                                sfd_error *err);
void sfd_sound_cache_close(sfd_sound_cache *c);

/* The samples first .. first + n - 1; zeros before the sound and behind its end. Errors: SFD_ERR_IO
 * (the file is not what it was, or cannot be read any more). */
sfd_status sfd_sound_cache_read(const sfd_sound_cache *c, int64_t first, size_t n, float *samples,
                                sfd_error *err);

#endif
