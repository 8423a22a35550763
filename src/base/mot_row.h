/* SPDX-License-Identifier: Apache-2.0 */
/* MOTChallenge's csv rows, frame,id,x,y,width,height[,conf[,class,visibility]]: frames count from
 * 1, boxes are in pixels, nothing names the video. Ground truth has nine columns; detections and
 * results ten, the last three -1. */
#ifndef SFD_BASE_MOT_ROW_H
#define SFD_BASE_MOT_ROW_H

#include "base/csv.h"

#define SFD_MOT_MAX_FRAME   1e12
#define SFD_MOT_MAX_COLUMNS 10

typedef struct sfd_mot_row {
    double frame;               /* whole, 1 to SFD_MOT_MAX_FRAME */
    int64_t id;                 /* -1: none */
    double x, y, width, height; /* sizes are 0 or more */
    double conf;                /* 1 where the row has none; truth: 0 does not count */
    double category;            /* 1, pedestrians, but in truth */
} sfd_mot_row;

/* Errors: SFD_ERR_FORMAT. */
sfd_status sfd_mot_row_read(sfd_mot_row *m, const sfd_csv_row *row, sfd_error *err);

/* Whether a row is rather one of these than one of AVA's, whatever else is wrong with it: frames
 * are numbers and boxes pixels, which AVA's are fractions of. */
bool sfd_mot_row_is_likely(const sfd_csv_row *row);

#endif
