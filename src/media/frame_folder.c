/* SPDX-License-Identifier: Apache-2.0 */
/* Files of pictures as packets: the decoder takes each as image2 of FFmpeg would hand it out. */
#include "media/frame_folder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((size_t)256 << 20)

sfd_status sfd_frame_folder_open(sfd_frame_folder *f, const char *path, const sfd_pictures *source,
                                 sfd_error *err)
{
    *f = (sfd_frame_folder){.source = *source};
    if (!(source->fps > 0))
        f->source.fps = SFD_PICTURE_FPS;
    if (f->source.fps < 0.001 || f->source.fps > 1000)
        return sfd_fail(err, SFD_ERR_ARG, "%s: %g pictures a second: 0.001 to 1000 is wanted", path,
                        f->source.fps);
    if (source->files) {
        f->n = (int64_t)source->n_files;
        return SFD_OK;
    }
    const sfd_status status = sfd_numbering_find(&f->numbering, path, err);
    f->n = f->numbering.n;
    return status;
}

void sfd_frame_folder_close(sfd_frame_folder *f)
{
    sfd_numbering_free(&f->numbering);
}

char *sfd_frame_folder_file(const sfd_frame_folder *f, int64_t i)
{
    return f->source.files ? sfd_strdup(f->source.files[i]) : sfd_numbering_file(&f->numbering, i);
}

/* ------------------------------------------------------------ kinds of files */

static bool begins(const AVPacket *p, const char *bytes, size_t n)
{
    return (size_t)p->size >= n && memcmp(p->data, bytes, n) == 0;
}

static enum AVCodecID kind_of(const AVPacket *p)
{
    if (begins(p, "\xFF\xD8\xFF", 3))
        return AV_CODEC_ID_MJPEG;
    if (begins(p, "\x89PNG\r\n", 6))
        return AV_CODEC_ID_PNG;
    if (begins(p, "II*", 4) || begins(p, "MM\0*", 4))
        return AV_CODEC_ID_TIFF;
    if (begins(p, "RIFF", 4) && p->size >= 12 && memcmp(p->data + 8, "WEBP", 4) == 0)
        return AV_CODEC_ID_WEBP;
    return begins(p, "BM", 2) ? AV_CODEC_ID_BMP : AV_CODEC_ID_NONE;
}

/* Where a JPEG file's first scan begins: segments before it may hold a thumbnail with an end. */
static size_t find_scan(const uint8_t *data, size_t n)
{
    size_t at = 2;
    while (at + 4 <= n && data[at] == 0xFF && data[at + 1] != 0xDA)
        at += data[at + 1] == 0xFF ? 1 : 2 + ((size_t)data[at + 2] << 8 | data[at + 3]);
    return at < n ? at : n;
}

/* Decoders show what there is of a picture that was cut off, where its end is what tells. */
static bool is_cut(const AVPacket *p, enum AVCodecID kind)
{
    const uint8_t *data = p->data;
    const size_t n = (size_t)p->size;
    if (kind == AV_CODEC_ID_PNG)
        return !memmem(data, n, "IEND", 4);
    if (kind != AV_CODEC_ID_MJPEG)
        return false;
    const size_t scan = find_scan(data, n);
    return !memmem(data + scan, n - scan, "\xFF\xD9", 2);
}

/* ------------------------------------------------------------------- reading */

static sfd_status read_file(AVPacket *packet, const char *path, sfd_error *err)
{
    size_t n;
    const int fd = sfd_open_to_read(path, &n, err);
    if (fd < 0)
        return SFD_ERR_IO;
    sfd_status status = SFD_OK;
    if (n > MAX_FILE_BYTES)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: %zu bytes are too many for a picture", path, n);
    else if (av_new_packet(packet, (int)n) < 0)
        status = sfd_fail_nomem(err, path);
    else if (n > 0 && !sfd_read_at(fd, 0, packet->data, n))
        status = sfd_fail_shrunk(err, path);
    close(fd);
    return status;
}

static sfd_status check_kind(sfd_frame_folder *f, const AVPacket *packet, const char *path,
                             sfd_error *err)
{
    f->codec = kind_of(packet);
    if (f->codec == AV_CODEC_ID_NONE)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: is %s, wanted a picture (JPEG, PNG, BMP, WebP, TIFF)", path,
                        packet->size == 0 ? "empty" : "not a picture");
    if (is_cut(packet, f->codec))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is truncated", path);
    return SFD_OK;
}

sfd_status sfd_frame_folder_read(sfd_frame_folder *f, AVPacket *packet, sfd_error *err)
{
    if (f->next >= f->n)
        return SFD_ERR_END;
    char *path = sfd_frame_folder_file(f, f->next);
    if (!path)
        return sfd_fail_nomem(err, "reading a picture");
    sfd_status status = read_file(packet, path, err);
    if (status == SFD_OK)
        status = check_kind(f, packet, path, err);
    free(path);
    packet->pts = packet->dts = f->next++;
    packet->duration = 1;
    packet->flags = AV_PKT_FLAG_KEY;
    return status;
}
