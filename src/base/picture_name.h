/* SPDX-License-Identifier: Apache-2.0 */
/* What the name of a picture tells: "video/0902.jpg", "video_0902", "video,0902",
 * "video/img_000031.jpg". */
#ifndef SFD_BASE_PICTURE_NAME_H
#define SFD_BASE_PICTURE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define SFD_PICTURE_NAME_CHARS 256

/* The last run of digits is the number; before it stands `stem`, and above both `folder`. Either
 * may be empty, not both. */
typedef struct sfd_picture_name {
    char folder[SFD_PICTURE_NAME_CHARS], stem[SFD_PICTURE_NAME_CHARS];
    char number[SFD_PICTURE_NAME_CHARS];
} sfd_picture_name;

/* False when there is no number, nothing before it, or the name is too long. */
bool sfd_picture_name_split(sfd_picture_name *out, const char *name);

/* True for stems that name no video: "img", "frame", ... */
bool sfd_picture_stem_is_generic(const char *stem);

/* Seconds have up to four digits (AVA's "0902"); more are the number of a frame. */
bool sfd_picture_number_is_frame(const char *number);

#endif
