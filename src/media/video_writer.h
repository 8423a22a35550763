/* SPDX-License-Identifier: Apache-2.0 */
/* H.264 video files. */
#ifndef SFD_MEDIA_VIDEO_WRITER_H
#define SFD_MEDIA_VIDEO_WRITER_H

#include "media/picture.h"
#include "media/video_look.h"

typedef struct sfd_video_writer sfd_video_writer;

typedef struct sfd_video_format {
    int width, height, fps;
    const sfd_video_look *look; /* NULL: square pixels and the usual colours of the size */
    sfd_sound *sound;           /* copied beside the pictures; NULL: none. Kept by the caller */
    int sound_rate, n_channels; /* of sound that is encoded (AAC) instead of copied; 0: none */
    bool repeatable; /* equal pictures, equal files: one thread, x264's with more differ */
} sfd_video_format;

/* Container by the file name's extension (mp4, mkv, mov, ...), yuv420p; odd sizes are padded by one
 * row or column. Written to a temporary name; close renames. Errors: SFD_ERR_IO,
 * SFD_ERR_UNSUPPORTED (no H.264 or AAC encoder, unknown extension, no such sound in this
 * container), SFD_ERR_NOMEM. */
sfd_status sfd_video_writer_open(sfd_video_writer **out, const char *path,
                                 const sfd_video_format *format, sfd_error *err);
/* Writes the next frame, and the sound that has come until then. */
sfd_status sfd_video_writer_add(sfd_video_writer *w, const sfd_picture *frame, sfd_error *err);
/* Takes n samples within -1..1 of each channel, which follow those that it got before; the first is
 * heard with the first picture. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
sfd_status sfd_video_writer_add_sound(sfd_video_writer *w, const float *const *channels, size_t n,
                                      sfd_error *err);
/* The next frame is number `index`; the one before is shown until then. */
void sfd_video_writer_skip_to(sfd_video_writer *w, int64_t index);
/* Sound that was left out, if any: false when there is none; *message is left alone then. */
bool sfd_video_writer_complain(const sfd_video_writer *w, sfd_error *message);
/* Finishes the file and frees w in every case. */
sfd_status sfd_video_writer_close(sfd_video_writer *w, sfd_error *err);
/* Removes what was written and frees w. Takes NULL. */
void sfd_video_writer_discard(sfd_video_writer *w);

#endif
