/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every detection and of every truth at one threshold. */
#ifndef SFD_EVAL_ANALYSIS_H
#define SFD_EVAL_ANALYSIS_H

#include "eval/score.h"

#define SFD_NO_ERROR UINT8_MAX

typedef struct sfd_analysis {
    const sfd_eval *e;
    const sfd_rows *detections;
    double iou;
    sfd_matches m;
    uint32_t *ranks; /* as of sfd_rank */
    sfd_frame_groups truth, found;
    bool *tp;             /* [detections matched] */
    bool *taken;          /* [truth] */
    uint8_t *kind;        /* [detections matched] sfd_eval_error_kind or SFD_NO_ERROR */
    uint8_t *missed_kind; /* [truth] likewise; excluded ones have none */
} sfd_analysis;

/* The arguments are lent until it is freed. Errors: as sfd_eval_analyse; *a is to be freed all the
 * same. */
sfd_status sfd_analysis_make(sfd_analysis *a, const sfd_eval *e, const sfd_rows *detections,
                             double iou, sfd_error *err);
void sfd_analysis_free(sfd_analysis *a);

/* The row of the group that overlaps a box most, the first among equals; SFD_NO_TRUTH where none
 * reaches the threshold. */
uint32_t sfd_analysis_nearest(const sfd_analysis *a, const sfd_box_norm *box, const sfd_rows *rows,
                              const sfd_frame_groups *g, uint32_t frame);

#endif
