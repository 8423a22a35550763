/* SPDX-License-Identifier: Apache-2.0 */
/* From ranked true and false positives to APs and their means. */
#ifndef SFD_EVAL_SCORE_H
#define SFD_EVAL_SCORE_H

#include "eval/match.h"

/* Detections of every class in the order they are ranked in: ranks[matches' count] holds, class by
 * class, indices into m->items, best first. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_rank(uint32_t **ranks, const sfd_matches *m, const sfd_eval *e,
                    const sfd_rows *detections, sfd_error *err);

/* Area under the precision envelope at all recall points. tp[n] by falling score. envelope: n. */
double sfd_average_precision(const bool *tp, size_t n, size_t n_gt, double *envelope);

/* Mean of those from first to last id that are not NaN; NaN if none is. ap[last + 1]. */
double sfd_mean_ap(const double *ap, int first, int last);

#endif
