/* SPDX-License-Identifier: Apache-2.0 */
/* How good the runs are, where there is a truth. */
#ifndef SFD_REPORT_SCORES_H
#define SFD_REPORT_SCORES_H

#include "report/json_out.h"
#include "report/people.h"

/* Member "scores": a list with an object for each run, or null without truth. Sets large[] of the
 * keyframes (of all videos) that its worst errors are in. Errors: as sfd_eval_score. */
sfd_status sfd_report_put_scores(sfd_json_out *j, const sfd_report *r,
                                 const sfd_report_keyframes *k, bool *large, sfd_error *err);

#endif
