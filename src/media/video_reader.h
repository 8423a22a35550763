/* SPDX-License-Identifier: Apache-2.0 */
/* A video as a timeline of RGB pictures at a constant frame rate: frame i is what
 * `ffmpeg -i FILE -vf fps=30 -f rawvideo -pix_fmt rgb24 -` writes as its i-th picture. */
#ifndef SFD_MEDIA_VIDEO_READER_H
#define SFD_MEDIA_VIDEO_READER_H

#include "media/picture.h"

typedef struct sfd_video_reader sfd_video_reader;

typedef struct sfd_video_info {
    int width, height; /* of the pictures: rotation metadata is honoured */
    double fps;        /* of the timeline */
    double source_fps; /* as the container says, 0 when unknown */
    double duration_s; /* as the container says, 0 when unknown */
    const char *codec; /* name of the video codec */
} sfd_video_info;

/* Opens the best video stream of a file; `fps` is the timeline's rate (30 for AVA).
 * Errors: SFD_ERR_IO, SFD_ERR_FORMAT (not a video, no video stream, nothing decodable),
 * SFD_ERR_NOMEM. */
sfd_status sfd_video_open(sfd_video_reader **out, const char *path, int fps, sfd_error *err);
void sfd_video_close(sfd_video_reader *v); /* takes NULL */

const sfd_video_info *sfd_video_get_info(const sfd_video_reader *v);

/* Hands out the next frame of the timeline and its number (0, 1, 2, ...); the caller unrefs it. A
 * frame that the frame-rate conversion repeats comes as another reference to the same picture.
 * Errors: SFD_ERR_END after the last frame, SFD_ERR_FORMAT, SFD_ERR_NOMEM. */
sfd_status sfd_video_next(sfd_video_reader *v, sfd_picture **frame, int64_t *index, sfd_error *err);

/* Makes `index` the number of the next frame handed out, by seeking in the file when that saves
 * decoding; backwards too. The frames are the same as without. Going past the end is reported by
 * the next sfd_video_next. Frames between are neither converted nor copied. */
sfd_status sfd_video_skip_to(sfd_video_reader *v, int64_t index, sfd_error *err);

#endif
