/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as MMAction2 keeps them (ava_dense_proposals_*.pkl): a pickled dictionary
 * "video,0902" -> array [N][5] of x1, y1, x2, y2, score (or [N][4] without score). */
#ifndef SFD_BOXES_PICKLED_PROPOSALS_H
#define SFD_BOXES_PICKLED_PROPOSALS_H

#include <sfdet/common.h>

typedef struct sfd_pickled_boxes {
    const char *path;
    const char *video_id, *timestamp; /* as spelled in the key; valid during the callback */
    size_t n_boxes;
    const double (*boxes)[5]; /* score 1 where the file has none; not checked in any way */
} sfd_pickled_boxes;

/* Returns SFD_OK to go on; anything else stops the reading and is returned (err filled by it). */
typedef sfd_status (*sfd_pickled_boxes_fn)(void *user, const sfd_pickled_boxes *boxes,
                                           sfd_error *err);

/* True when the beginning of a file (8 bytes are enough) is a binary pickle's. */
bool sfd_is_pickle(const unsigned char *data, size_t n_bytes);

/* Hands every entry to `fn`, in the order of the file. Nothing in the file is executed. Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT (naming the entry), SFD_ERR_NOMEM, what `fn` returns. */
sfd_status sfd_pickled_proposals_read(const char *path, sfd_pickled_boxes_fn fn, void *user,
                                      sfd_error *err);

#endif
