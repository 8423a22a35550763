/* SPDX-License-Identifier: Apache-2.0 */
/* What the header of a video tells. */
#include "base/timeline.h"
#include "base/video_file.h"
#include "media/video_reader.h"

#include <sfdet/detect.h>

sfd_status sfd_video_look_up(sfd_video_facts *out, const char *path,
                             bool (*should_stop)(void *user), void *user, sfd_error *err)
{
    const sfd_video_options options = {
        .fps = SFD_TIMELINE_FPS, .should_stop = should_stop, .user = user};
    sfd_video_reader *v;
    *out = (sfd_video_facts){0};
    sfd_status status = sfd_video_open(&v, path, &options, err);
    if (status != SFD_OK)
        return status;
    const sfd_video_info *info = sfd_video_get_info(v);
    out->width = info->width;
    out->height = info->height;
    out->source_fps = info->source_fps;
    out->duration_s = info->duration_s;
    out->n_pictures = info->n_pictures;
    sfd_video_close(v);
    return SFD_OK;
}

bool sfd_is_picture_folder(const char *path)
{
    return sfd_is_picture_path(path);
}
