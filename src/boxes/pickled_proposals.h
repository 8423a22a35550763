/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes as MMAction2 keeps them (ava_dense_proposals_*.pkl): a pickled dictionary
 * "video,0902" -> [N][5] of x1, y1, x2, y2, score, or [N][4] without score. Keys may be tuples
 * (video, timestamp); values may be NumPy arrays, tensors or lists; any protocol, or torch.save. */
#ifndef SFD_BOXES_PICKLED_PROPOSALS_H
#define SFD_BOXES_PICKLED_PROPOSALS_H

#include "base/bad_rows.h"

typedef struct sfd_pickled_reader sfd_pickled_reader;

/* One entry, lent to the callback. */
typedef struct sfd_pickled_boxes {
    const char *path;
    const char *video_id, *timestamp; /* as spelled in the key */
    size_t n_boxes;
    sfd_pickled_reader *reader; /* for sfd_pickled_box */
} sfd_pickled_boxes;

/* Returns SFD_OK to go on; anything else stops the reading and is returned (err filled by it). */
typedef sfd_status (*sfd_pickled_boxes_fn)(void *user, const sfd_pickled_boxes *boxes,
                                           sfd_error *err);

/* Box i of the entry, score 1 where the file has none; its values are not checked. Errors:
 * SFD_ERR_FORMAT, SFD_ERR_NOMEM. */
sfd_status sfd_pickled_box(const sfd_pickled_boxes *boxes, size_t i, double box[5], sfd_error *err);

/* True when the beginning of a file is a binary pickle's or PyTorch's container's (4 bytes are
 * enough), or all of it could be a pickle of protocol 0 or 1. */
bool sfd_is_pickle(const unsigned char *data, size_t n_bytes);
bool sfd_is_text_pickle(const unsigned char *data, size_t n_bytes);

/* Hands every entry to `fn`, in the order of the file. Entries of another kind are counted in
 * `rows`. Nothing in the file is executed. Errors: SFD_ERR_IO, SFD_ERR_FORMAT (naming the entry),
 * SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM, what `fn` returns. */
sfd_status sfd_pickled_proposals_read(const char *path, sfd_bad_rows *rows, sfd_pickled_boxes_fn fn,
                                      void *user, sfd_error *err);

#endif
