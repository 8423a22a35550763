/* SPDX-License-Identifier: Apache-2.0 */
/* H.264 video files. */
#ifndef SFD_MEDIA_VIDEO_WRITER_H
#define SFD_MEDIA_VIDEO_WRITER_H

#include "media/picture.h"

typedef struct sfd_video_writer sfd_video_writer;

/* Container by the file name's extension (mp4, mkv, mov, ...), yuv420p; odd sizes are padded by one
 * row or column. Written to a temporary name; close renames. Errors: SFD_ERR_IO,
 * SFD_ERR_UNSUPPORTED (no H.264 encoder, unknown extension), SFD_ERR_NOMEM. */
sfd_status sfd_video_writer_open(sfd_video_writer **out, const char *path, int width, int height,
                                 int fps, sfd_error *err);
sfd_status sfd_video_writer_add(sfd_video_writer *w, const sfd_picture *frame, sfd_error *err);
/* Finishes the file and frees w in every case. */
sfd_status sfd_video_writer_close(sfd_video_writer *w, sfd_error *err);
/* Removes what was written and frees w. Takes NULL. */
void sfd_video_writer_discard(sfd_video_writer *w);

#endif
