/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding a video's sound into a file. */
#include "train/sound_cache.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/video_file.h"
#include "media/sound_reader.h"

#include <stdlib.h>
#include <string.h>

static bool is_valid(const void *header, size_t n_bytes, const void *want)
{
    const sfd_sound_header *h = header;
    sfd_sound_header made = *(const sfd_sound_header *)want;
    made.n_samples = h->n_samples;
    return memcmp(h, &made, sizeof made) == 0 && h->n_samples >= 0 && h->n_samples <= h->n_wanted &&
           n_bytes == sizeof made + (size_t)h->n_samples * sizeof(float);
}

/* ------------------------------------------------------------------ writing */

/* A second at a time. */
static sfd_status copy_samples(sfd_sound_header *h, sfd_sound_reader *reader, FILE *to,
                               const sfd_cache_source *source, sfd_error *err)
{
    float *second = sfd_malloc_array((size_t)h->rate, sizeof *second);
    sfd_status status = second ? SFD_OK : sfd_fail_nomem(err, "sound");
    while (status == SFD_OK && h->n_samples < h->n_wanted && sfd_sound_length(reader) < 0) {
        const int64_t left = h->n_wanted - h->n_samples;
        const size_t n = left < h->rate ? (size_t)left : (size_t)h->rate;
        status = sfd_sound_read(reader, h->n_samples, n, second, err);
        const int64_t length = sfd_sound_length(reader);
        const int64_t there = length < 0 ? (int64_t)n : length - h->n_samples;
        if (status == SFD_OK && there > 0) {
            const size_t n_there = there < (int64_t)n ? (size_t)there : n;
            if (fwrite(second, sizeof *second, n_there, to) != n_there)
                status = SFD_ERR_IO;
            h->n_samples += (int64_t)n_there;
        }
        if (status == SFD_OK && source->should_stop && source->should_stop(source->user))
            status = sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
    }
    free(second);
    return status;
}

static sfd_status decode(FILE *to, void *header, const char *video_path,
                         const sfd_cache_source *source, sfd_error *err)
{
    sfd_sound_header *h = header;
    sfd_sound_reader *reader;
    sfd_error fault;
    const sfd_sound_options options = {
        .rate = h->rate, .should_stop = source->should_stop, .user = source->user};
    sfd_status status = sfd_sound_open(&reader, video_path, &options, err);
    if (status != SFD_OK)
        return status;
    status = copy_samples(h, reader, to, source, err);
    if (status == SFD_OK && source->on_warning && sfd_sound_complain(reader, &fault))
        source->on_warning(source->user, fault.message);
    sfd_sound_close(reader);
    return status;
}

/* ------------------------------------------------------------------ opening */

sfd_status sfd_sound_cache_open(sfd_sound_cache *c, const char *video_path, const char *cache_path,
                                int rate, int64_t n_wanted, const sfd_cache_source *source,
                                sfd_error *err)
{
    static const sfd_cache_format format = {"SFDSND1", sizeof c->header, is_valid, decode};
    sfd_sound_header want = {.n_wanted = n_wanted, .rate = rate};
    *c = (sfd_sound_cache){0};
    if (sfd_is_picture_path(video_path))
        return SFD_OK;
    return sfd_cache_open(&c->path, &c->header, &want, &format, video_path, cache_path, source,
                          err);
}

void sfd_sound_cache_close(sfd_sound_cache *c)
{
    free(c->path);
    *c = (sfd_sound_cache){0};
}

/* ------------------------------------------------------------------ reading */

/* n samples from `at` on, all of them there. */
static bool read_part(const sfd_sound_cache *c, int fd, int64_t at, size_t n, float *to)
{
    sfd_sound_header now;
    return sfd_read_at(fd, 0, &now, sizeof now) && memcmp(&now, &c->header, sizeof now) == 0 &&
           sfd_read_at(fd, sizeof now + (size_t)at * sizeof *to, to, n * sizeof *to);
}

sfd_status sfd_sound_cache_read(const sfd_sound_cache *c, int64_t first, size_t n, float *samples,
                                sfd_error *err)
{
    const int64_t end = first + (int64_t)n, there = c->header.n_samples;
    const int64_t from = first < 0 ? 0 : first, to = end < there ? end : there;
    size_t n_bytes;
    memset(samples, 0, n * sizeof *samples);
    if (from >= to)
        return SFD_OK;
    const int fd = sfd_open_to_read(c->path, &n_bytes, err);
    if (fd < 0)
        return SFD_ERR_IO;
    const bool ok = read_part(c, fd, from, (size_t)(to - from), samples + (from - first));
    return sfd_cache_close(fd, ok, c->path, err);
}
