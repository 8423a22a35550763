/* SPDX-License-Identifier: Apache-2.0 */
/* PNG and JPEG files through stb_image_write. */
#include "media/image_file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

#define JPEG_QUALITY 92

const char *sfd_image_extension(sfd_image_format format)
{
    return format == SFD_IMAGE_JPEG ? "jpg" : "png";
}

/* Write errors are kept by the stream until commit looks at them. */
static void write_bytes(void *stream, void *data, int n_bytes)
{
    fwrite(data, 1, (size_t)n_bytes, stream);
}

/* The JPEG writer takes rows without padding only. */
static uint8_t *pack_rows(const sfd_picture *p)
{
    size_t row = (size_t)p->width * 3;
    uint8_t *packed = sfd_malloc_array((size_t)p->height, row);
    for (int y = 0; packed && y < p->height; y++)
        memcpy(packed + (size_t)y * row, p->rgb + (size_t)y * p->stride_bytes, row);
    return packed;
}

bool sfd_image_put_jpeg(FILE *stream, const sfd_picture *p, int quality)
{
    uint8_t *packed = pack_rows(p);
    bool done = packed && stbi_write_jpg_to_func(write_bytes, stream, p->width, p->height, 3,
                                                 packed, quality);
    free(packed);
    return done;
}

bool sfd_image_put(FILE *stream, const sfd_picture *p, sfd_image_format format)
{
    if (format == SFD_IMAGE_JPEG)
        return sfd_image_put_jpeg(stream, p, JPEG_QUALITY);
    return stbi_write_png_to_func(write_bytes, stream, p->width, p->height, 3, p->rgb,
                                  (int)p->stride_bytes);
}

sfd_status sfd_image_write(const sfd_picture *p, const char *path, sfd_image_format format,
                           sfd_error *err)
{
    sfd_outfile *file;
    sfd_status st = sfd_outfile_open(&file, path, err);
    if (st != SFD_OK)
        return st;
    if (!sfd_image_put(sfd_outfile_stream(file), p, format)) {
        sfd_outfile_discard(file);
        return sfd_fail_nomem(err, path);
    }
    return sfd_outfile_commit(file, err);
}
