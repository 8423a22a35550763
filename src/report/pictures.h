/* SPDX-License-Identifier: Apache-2.0 */
/* Keyframes as small pictures in the page. */
#ifndef SFD_REPORT_PICTURES_H
#define SFD_REPORT_PICTURES_H

#include "report/json_out.h"
#include "report/people.h"

/* Which keyframes of a video get a picture, and how many are made in all. */
typedef struct sfd_report_picture_plan {
    const bool *large;         /* [keyframes of all videos] wanted larger, and in any case */
    size_t n_total, n_done;    /* keyframes of all videos that are there */
    size_t n_pictures, n_made; /* wanted of them, for who watches */
} sfd_report_picture_plan;

void sfd_report_plan_pictures(sfd_report_picture_plan *plan, const sfd_report *r,
                              const sfd_report_keyframes *k, const bool *large);

/* Members "size" (null where the video cannot be read) and "pictures" (data addresses or null, one
 * a keyframe) of a video. Errors: SFD_ERR_CANCELLED, SFD_ERR_NOMEM; all others are told as
 * warnings. */
sfd_status sfd_report_put_pictures(sfd_json_out *j, const sfd_report *r,
                                   const sfd_report_keyframes *k, size_t video,
                                   sfd_report_picture_plan *plan, sfd_error *err);

#endif
