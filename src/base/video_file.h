/* SPDX-License-Identifier: Apache-2.0 */
/* Where a video lies: a file, a folder of numbered pictures or a pattern of them. */
#ifndef SFD_BASE_VIDEO_FILE_H
#define SFD_BASE_VIDEO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a path is a folder, or no file but a pattern ("frames/img_%05d.jpg"). */
bool sfd_is_picture_path(const char *path);

/* The video of that id in a folder: DIR/ID.mp4 (or .mkv, .webm, .avi, .mov), or the folder DIR/ID.
 * False when there is none, or its path does not fit. */
bool sfd_find_video_file(char *path, size_t size, const char *dir, const char *id);

/* What changes with a video's content: the size and time of a file, or those of all pictures. False
 * when it is not there. */
bool sfd_video_stamp(const char *path, int64_t *n_bytes, int64_t *time_s);

#endif
