/* SPDX-License-Identifier: Apache-2.0 */
/* Ground truth in tubes, as MultiSports, UCF101-24 and JHMDB pickle it: a dictionary of
 *   labels        [name, ...]
 *   gttubes       {video: {label: [array [N][5] of frame (from 1), x1, y1, x2, y2 in pixels, ...]}}
 *   nframes       {video: frames}
 *   resolution    {video: (height, width)}
 *   train_videos, test_videos   [[video, ...], ...], a list for each split
 * Nothing in the file is executed. */
#ifndef SFD_BOXES_PICKLED_TUBES_H
#define SFD_BOXES_PICKLED_TUBES_H

#include "base/dtype.h"

#include <sfdet/common.h>

typedef struct sfd_tube_video {
    const char *name;
    int64_t n_frames;       /* 0: not told */
    double width, height;   /* likewise */
    bool in_train, in_test; /* of the first split */
    size_t test_place;      /* in that split's list */
} sfd_tube_video;

/* Gets the file's parts: labels, then each video followed by its tubes, each followed by its rows.
 * `dtype` is what the rows are stored in, SFD_F64 for lists. A status other than SFD_OK stops the
 * reading and is returned. */
typedef struct sfd_tube_visitor {
    sfd_status (*on_label)(void *user, size_t i, const char *name, sfd_error *err);
    sfd_status (*on_video)(void *user, const sfd_tube_video *video, sfd_error *err);
    sfd_status (*on_tube)(void *user, size_t label, size_t n_rows, sfd_dtype dtype, sfd_error *err);
    sfd_status (*on_row)(void *user, const double row[5], sfd_error *err);
    void *user;
} sfd_tube_visitor;

/* Errors: SFD_ERR_IO, SFD_ERR_FORMAT (naming the entry), SFD_ERR_UNSUPPORTED (more rows than the
 * file has bytes), SFD_ERR_NOMEM, what the visitor returns. */
sfd_status sfd_pickled_tubes_read(const char *path, const sfd_tube_visitor *visitor,
                                  sfd_error *err);

#endif
