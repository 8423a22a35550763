/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding a video into a file of resized frames. */
#include "train/frame_cache.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "input/resize.h"
#include "input/sampling.h"
#include "input/view.h"
#include "media/video_reader.h"

#include <stdlib.h>
#include <string.h>

static size_t picture_bytes(const sfd_frame_header *h)
{
    return 3 * (size_t)h->width * (size_t)h->height;
}

static bool is_valid(const void *header, size_t n_bytes, const void *want)
{
    const sfd_frame_header *h = header, *w = want;
    size_t bytes;
    return memcmp(&h->stamp, &w->stamp, sizeof h->stamp) == 0 && h->short_side == w->short_side &&
           h->picture_fps == w->picture_fps && h->step == w->step && h->width > 0 &&
           h->height > 0 && h->n_stored > 0 && h->n_frames > 0 &&
           h->n_stored - 2 == (h->n_frames - 1) / h->step &&
           sfd_mul_size((size_t)h->n_stored, picture_bytes(h), &bytes) &&
           n_bytes == bytes + sizeof *h;
}

/* ------------------------------------------------------------------ writing */

typedef struct writer {
    sfd_video_reader *video;
    FILE *to;
    sfd_picture *resized;
    sfd_frame_header *header;
} writer;

static sfd_status make_picture(writer *w, const sfd_net_config *config, sfd_error *err)
{
    const sfd_video_info *info = sfd_video_get_info(w->video);
    const sfd_view view = {.short_side = w->header->short_side};
    int width, height;
    sfd_view_size(&view, config, info->width, info->height, &width, &height);
    w->header->width = width;
    w->header->height = height;
    w->header->source_width = info->width;
    w->header->source_height = info->height;
    return sfd_picture_create(&w->resized, width, height, err);
}

static sfd_status write_frame(writer *w, const sfd_picture *full, sfd_error *err)
{
    const sfd_picture *resized = w->resized;
    const sfd_rgb to = {resized->width, resized->height, resized->stride_bytes, resized->rgb};
    const sfd_rgb from = {full->width, full->height, full->stride_bytes, full->rgb};
    sfd_status status = sfd_resize_linear(&to, &from, err);
    for (int y = 0; status == SFD_OK && y < w->header->height; y++)
        if (fwrite(w->resized->rgb + (size_t)y * w->resized->stride_bytes,
                   3 * (size_t)w->header->width, 1, w->to) != 1)
            status = SFD_ERR_IO;
    w->header->n_stored++;
    return status;
}

/* All wanted frames, then the last one once more. */
static sfd_status write_frames(writer *w, bool (*should_stop)(void *), void *user, sfd_error *err)
{
    sfd_picture *last = NULL, *frame;
    int64_t index;
    sfd_status status;
    while ((status = sfd_video_next(w->video, &frame, &index, err)) == SFD_OK) {
        sfd_picture_unref(last);
        last = frame;
        w->header->n_frames = index + 1;
        if (index % w->header->step == 0)
            status = write_frame(w, frame, err);
        if (status == SFD_OK && should_stop && should_stop(user))
            status = sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
        if (status != SFD_OK)
            break;
    }
    if (status == SFD_ERR_END && !last)
        status = sfd_fail(err, SFD_ERR_FORMAT, "no frame can be decoded");
    else if (status == SFD_ERR_END)
        status = write_frame(w, last, err);
    sfd_picture_unref(last);
    return status;
}

static sfd_status decode(FILE *to, void *header, const char *video_path,
                         const sfd_cache_source *source, sfd_error *err)
{
    writer w = {.to = to, .header = header};
    const sfd_video_options options = {.fps = SFD_TIMELINE_FPS,
                                       .should_stop = source->should_stop,
                                       .user = source->user,
                                       .picture_fps = source->picture_fps};
    sfd_error fault;
    sfd_status status = sfd_video_open(&w.video, video_path, &options, err);
    if (status == SFD_OK)
        status = make_picture(&w, source->config, err);
    if (status == SFD_OK)
        status = write_frames(&w, source->should_stop, source->user, err);
    if (status == SFD_OK && source->on_warning && sfd_video_complain(w.video, &fault))
        source->on_warning(source->user, fault.message);
    sfd_picture_unref(w.resized);
    sfd_video_close(w.video);
    return status;
}

/* ------------------------------------------------------------------ opening */

sfd_status sfd_frame_cache_open(sfd_frame_cache *f, const char *video_path, const char *cache_path,
                                const sfd_cache_source *source, sfd_error *err)
{
    static const sfd_cache_format format = {"SFDFRM2", sizeof f->header, is_valid, decode};
    sfd_frame_header want = {
        .step = source->step, .short_side = source->short_side, .picture_fps = source->picture_fps};
    *f = (sfd_frame_cache){0};
    return sfd_cache_open(&f->path, &f->header, &want, &format, video_path, cache_path, source,
                          err);
}

void sfd_frame_cache_close(sfd_frame_cache *f)
{
    free(f->path);
    *f = (sfd_frame_cache){0};
}

/* ------------------------------------------------------------------ reading */

static size_t place_of(const sfd_frame_header *h, int64_t number)
{
    return (size_t)(number >= h->n_frames - 1 ? h->n_stored - 1 : number / h->step);
}

static sfd_status make_room(sfd_frame_buffer *b, size_t n_pictures, const sfd_frame_cache *f)
{
    size_t n;
    if (!sfd_mul_size(n_pictures, picture_bytes(&f->header), &n))
        return sfd_fail_nomem(&b->err, f->path);
    if (n <= b->n_bytes)
        return SFD_OK;
    free(b->bytes);
    b->bytes = sfd_malloc_array(n, 1);
    b->n_bytes = b->bytes ? n : 0;
    return b->bytes ? SFD_OK : sfd_fail_nomem(&b->err, f->path);
}

/* Numbers that clips repeat at a video's ends stand side by side. */
static bool read_pictures(const sfd_frame_cache *f, int fd, const int64_t *numbers, size_t n,
                          uint8_t *to, const uint8_t **pictures)
{
    const size_t bytes = picture_bytes(&f->header);
    sfd_frame_header now;
    if (!sfd_read_at(fd, 0, &now, sizeof now) || memcmp(&now, &f->header, sizeof now) != 0)
        return false;
    for (size_t i = 0; i < n; i++, to += bytes) {
        const size_t place = place_of(&f->header, numbers[i]);
        pictures[i] = i > 0 && numbers[i] == numbers[i - 1] ? pictures[i - 1] : to;
        if (pictures[i] == to && !sfd_read_at(fd, sizeof now + place * bytes, to, bytes))
            return false;
    }
    return true;
}

sfd_status sfd_frame_cache_read(const sfd_frame_cache *f, const int64_t *numbers, size_t n,
                                sfd_frame_buffer *buffer, const uint8_t **pictures)
{
    size_t n_bytes;
    sfd_status status = make_room(buffer, n, f);
    if (status != SFD_OK)
        return status;
    const int fd = sfd_open_to_read(f->path, &n_bytes, &buffer->err);
    if (fd < 0)
        return buffer->err.status;
    return sfd_cache_close(fd, read_pictures(f, fd, numbers, n, buffer->bytes, pictures), f->path,
                           &buffer->err);
}
