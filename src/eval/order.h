/* SPDX-License-Identifier: Apache-2.0 */
/* Orders, to the last tie as the public evaluators have them. */
#ifndef SFD_EVAL_ORDER_H
#define SFD_EVAL_ORDER_H

#include "eval/session.h"

/* Indices of rows, frame by frame: those of frame f are rows[start[f]] to rows[start[f + 1] - 1].
 */
typedef struct sfd_frame_groups {
    uint32_t *start; /* [n_frames + 1] */
    uint32_t *rows;  /* [n] */
} sfd_frame_groups;

/* Within a frame in file order. False, nothing held, when memory is out. */
bool sfd_group_by_frame(sfd_frame_groups *out, const sfd_rows *rows, size_t n_frames);
void sfd_frame_groups_free(sfd_frame_groups *g);

/* Brings the n rows of one frame (indices in file order) into the dialect's order and returns how
 * many are left; `limit` 0 is none. scratch: 2 * n of sfd_keyed. */
typedef struct sfd_keyed {
    double key;
    uint32_t row;
} sfd_keyed;
size_t sfd_order_frame(uint32_t *index, size_t n, const sfd_rows *rows, const sfd_rules *rules,
                       size_t limit, sfd_keyed *scratch);

/* The order of NumPy's default argsort before its vector code (up to 1.24): introsort with median
 * of three, insertion sort below 17 elements, heap sort when the depth runs out; NaN last. index
 * receives 0..n-1 by rising value. */
void sfd_numpy_argsort(const double *values, uint32_t *index, size_t n);

#endif
