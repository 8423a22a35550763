/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of a video as they are: one after the other, whatever their times. Or a list of
 * picture files in the place of a video. */
#ifndef SFD_MEDIA_FRAME_READER_H
#define SFD_MEDIA_FRAME_READER_H

#include "media/input_file.h"
#include "media/picture.h"

typedef struct sfd_frame_reader sfd_frame_reader;

/* What is read. */
typedef struct sfd_frame_source {
    const char *path;            /* of a video, or of numbered pictures (frame_folder.h) */
    const char *const *pictures; /* [n_pictures] files instead; NULL: path alone */
    size_t n_pictures;
    double picture_fps; /* of pictures */
    sfd_stop stop;
} sfd_frame_source;

/* The source's strings must live as long as the reader. A video's packets are counted first, so it
 * must be a file. Errors: as sfd_video_open; SFD_ERR_UNSUPPORTED for a pipe, SFD_ERR_FORMAT for a
 * folder without pictures. */
sfd_status sfd_frame_reader_open(sfd_frame_reader **out, const sfd_frame_source *source,
                                 sfd_error *err);
void sfd_frame_reader_close(sfd_frame_reader *r); /* takes NULL */

/* How many frames there are; damaged videos may give fewer. */
int64_t sfd_frame_reader_count(const sfd_frame_reader *r);

/* Frames a second: the mean of a video, as its container tells. */
double sfd_frame_reader_fps(const sfd_frame_reader *r);

/* Goes to the next frame. `wanted`: *picture is it, upright, for the caller to unreference, all of
 * them of the first one's size; else it is NULL, and little time goes into it. Errors: SFD_ERR_END,
 * SFD_ERR_CANCELLED, SFD_ERR_FORMAT (no frame at all; pictures of different sizes), SFD_ERR_IO,
 * SFD_ERR_NOMEM. */
sfd_status sfd_frame_reader_next(sfd_frame_reader *r, bool wanted, sfd_picture **picture,
                                 sfd_error *err);

/* True, with a message that names the file, when frames of the video were damaged or are missing.
 */
bool sfd_frame_reader_complain(const sfd_frame_reader *r, sfd_error *message);

#endif
