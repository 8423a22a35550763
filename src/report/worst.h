/* SPDX-License-Identifier: Apache-2.0 */
/* The worst errors of a run, to be looked at. */
#ifndef SFD_REPORT_WORST_H
#define SFD_REPORT_WORST_H

#include "eval/analysis.h"
#include "report/json_out.h"
#include "report/people.h"

/* Member "worst": [kind, label, score, video, keyframe, box, other box or null] of a few errors of
 * each kind: false positives by falling score, missed truths by rising score, those without any
 * box by falling size; boxes in ten thousandths. Sets large[] of their keyframes. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_report_put_worst(sfd_json_out *j, const sfd_report *r, const sfd_analysis *a,
                                const sfd_report_keyframes *k, bool *large, sfd_error *err);

/* Four numbers of a box, in ten thousandths. */
void sfd_report_put_box(sfd_json_out *j, const sfd_box_norm *box);

#endif
