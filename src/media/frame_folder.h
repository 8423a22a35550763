/* SPDX-License-Identifier: Apache-2.0 */
/* Numbered pictures in the place of a video: a folder, a pattern ("frames/img_%05d.jpg"), or a list
 * of files. Each picture is a packet of one frame. */
#ifndef SFD_MEDIA_FRAME_FOLDER_H
#define SFD_MEDIA_FRAME_FOLDER_H

#include "base/numbering.h"

#include <libavcodec/codec_id.h>
#include <libavcodec/packet.h>

/* Where pictures come from. */
typedef struct sfd_pictures {
    const char *const *files; /* [n_files], or NULL: what the path names */
    size_t n_files;
    double fps; /* 0: SFD_PICTURE_FPS */
} sfd_pictures;

#define SFD_PICTURE_FPS 30

typedef struct sfd_frame_folder {
    sfd_pictures source;
    sfd_numbering numbering; /* without `files` */
    int64_t n, next;
    enum AVCodecID codec; /* of the picture read last */
    int width, height;    /* as noted by the decoder; 0: none yet */
} sfd_frame_folder;

/* The source's files must live as long as the folder is open. Errors: those of sfd_numbering_find,
 * SFD_ERR_ARG (a rate out of 1/1000 to 1000). */
sfd_status sfd_frame_folder_open(sfd_frame_folder *f, const char *path, const sfd_pictures *source,
                                 sfd_error *err);
void sfd_frame_folder_close(sfd_frame_folder *f);

/* The file of picture i; NULL without memory. The caller frees it. */
char *sfd_frame_folder_file(const sfd_frame_folder *f, int64_t i);

/* The next picture, its number as pts and dts. Errors: SFD_ERR_END; SFD_ERR_IO; SFD_ERR_FORMAT (no
 * picture of a known kind, truncated); SFD_ERR_NOMEM. */
sfd_status sfd_frame_folder_read(sfd_frame_folder *f, AVPacket *packet, sfd_error *err);

#endif
