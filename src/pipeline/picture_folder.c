/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of annotated pictures, one per keyframe. */
#include "pipeline/picture_folder.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "media/image_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sfd_picture_folder {
    char *path;
    sfd_image_format format;
    sfd_font *font;
};

static sfd_status parse_format(sfd_image_format *out, const char *name, sfd_error *err)
{
    static const sfd_image_format formats[] = {SFD_IMAGE_PNG, SFD_IMAGE_JPEG};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(name, sfd_image_extension(formats[i])) == 0) {
            *out = formats[i];
            return SFD_OK;
        }
    }
    return sfd_fail(err, SFD_ERR_ARG, "image format \"%s\", wanted png or jpg", name);
}

static sfd_status need_folder(const char *path, sfd_error *err)
{
    sfd_status status = sfd_make_directory(path, err);
    if (status == SFD_OK && access(path, W_OK | X_OK) != 0)
        status = sfd_fail(err, SFD_ERR_IO, "%s: cannot write into the directory: %s", path,
                          strerror(errno));
    return status;
}

sfd_status sfd_picture_folder_open(sfd_picture_folder **out, const char *path, const char *format,
                                   sfd_error *err)
{
    *out = NULL;
    sfd_picture_folder *f = sfd_calloc(1, sizeof *f);
    if (!f || !(f->path = sfd_strdup(path))) {
        free(f);
        return sfd_fail_nomem(err, path);
    }
    sfd_status status = parse_format(&f->format, format, err);
    if (status == SFD_OK)
        status = need_folder(path, err);
    if (status == SFD_OK)
        status = sfd_font_open(&f->font, NULL, err);
    if (status != SFD_OK) {
        sfd_picture_folder_close(f);
        return status;
    }
    *out = f;
    return SFD_OK;
}

void sfd_picture_folder_close(sfd_picture_folder *f)
{
    if (!f)
        return;
    sfd_font_close(f->font);
    free(f->path);
    free(f);
}

/* "FOLDER/VIDEO_TIMESTAMP.png". An id may hold anything, but leads nowhere else: its slashes become
 * "%2F". */
static char *make_name(const sfd_picture_folder *f, const char *video_id, const char *timestamp)
{
    const char *parts[] = {video_id, "_", timestamp, ".", sfd_image_extension(f->format)};
    char *name =
        sfd_malloc_array(strlen(f->path) + 3 * (strlen(video_id) + strlen(timestamp)) + 8, 1);
    if (!name)
        return NULL;
    char *to = stpcpy(stpcpy(name, f->path), "/");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *c = parts[i]; *c; c++)
            to = *c == '/' ? stpcpy(to, "%2F") : stpncpy(to, c, 1);
    *to = '\0';
    return name;
}

sfd_status sfd_picture_folder_write(const sfd_picture_folder *f, const sfd_overlay *o,
                                    const sfd_mark_group *group, const char *video_id,
                                    sfd_picture *p, sfd_error *err)
{
    const sfd_moment moment = {group, group->timestamp_s, false};
    sfd_status status = sfd_overlay_draw(o, &moment, f->font, NULL, p, err);
    if (status != SFD_OK)
        return status;
    char *name = make_name(f, video_id, group->timestamp_text);
    if (!name)
        return sfd_fail_nomem(err, f->path);
    status = sfd_image_write(p, name, f->format, err);
    free(name);
    return status;
}
