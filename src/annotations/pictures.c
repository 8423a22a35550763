/* SPDX-License-Identifier: Apache-2.0 */
/* Videos whose frames are pictures with names. */
#include "annotations/set.h"
#include "base/error.h"
#include "base/picture_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* video/img_000031.jpg or video_000031.jpg */
static const char *video_of(const sfd_picture_name *name)
{
    const bool by_stem =
        !*name->folder || (*name->stem && !sfd_picture_stem_is_generic(name->stem));
    return by_stem ? name->stem : name->folder;
}

sfd_status sfd_set_picture(sfd_annotations *a, sfd_labelled_video **out, double *time_s,
                           const char *name, const char *only, int64_t frame, sfd_error *err)
{
    sfd_picture_name parts;
    sfd_status status;
    const bool split = sfd_picture_name_split(&parts, name);
    if (!split || (!*parts.folder && sfd_picture_stem_is_generic(parts.stem))) {
        status = sfd_set_only_video(a, out, only, err);
        *time_s = status == SFD_OK ? sfd_set_time_of(a, *out, frame) : 0;
        return status;
    }
    const double number = strtod(parts.number, NULL);
    status = sfd_set_video(a, out, video_of(&parts), err);
    if (status != SFD_OK)
        return status;
    if (sfd_picture_number_is_frame(parts.number))
        *time_s = (number - 1) / sfd_set_get_fps(a, *out);
    else
        *time_s = number - a->settings.timestamp_offset_s;
    return SFD_OK;
}

const char *sfd_set_picture_name(sfd_annotations *a, sfd_labelled_video *v, double time_s)
{
    char tail[40];
    snprintf(tail, sizeof tail, "_%06" PRId64 ".jpg", sfd_set_frame_of(a, v, time_s) + 1);
    const size_t n = strlen(v->id);
    char *name = sfd_arena_alloc(&a->arena, n + sizeof tail);
    if (name)
        strcpy(stpcpy(name, v->id), tail);
    return name;
}
