/* SPDX-License-Identifier: Apache-2.0 */
/* From decoded frames with timestamps to a constant frame rate: which frame is picture 0, 1, 2, ...
 * FFmpeg's fps filter followed by the ffmpeg program's constant-frame-rate output, in closed form.
 *
 * A tick is 1 / fps seconds. Pictures are numbered from 0, whatever the tick of the first one.
 */
#ifndef SFD_MEDIA_TIMELINE_H
#define SFD_MEDIA_TIMELINE_H

#include "media/picture.h"

#include <libavutil/frame.h>

/* Pictures first .. end - 1 all show the same decoded frame. */
typedef struct sfd_run {
    AVFrame *frame;       /* NULL once converted, and in an empty run */
    sfd_picture *picture; /* NULL until converted */
    int64_t first, end;
} sfd_run;

typedef struct sfd_timed_frame {
    AVFrame *frame;
    int64_t tick; /* INT64_MIN when unknown */
} sfd_timed_frame;

typedef struct sfd_timeline {
    bool keep_start; /* the first frame is picture 0 whatever its tick */

    /* fps filter: a frame is shown from its own tick, or from where the one before it ended, until
     * the tick of its successor. */
    sfd_timed_frame waiting[2];
    int n_waiting;
    int64_t next_tick; /* first tick not shown yet; INT64_MIN before the first frame */
    bool ended;
    int64_t end_tick;

    /* Output. `clock` is the tick that picture `n_out` stands for: it stays up to two ahead of
     * next_tick where a file has frames before time 0. */
    int64_t n_out, clock;
    bool sent_ahead; /* jumped, and no picture has been placed since: that may be past the end */
    sfd_run run, pending; /* in hand; to follow it */
} sfd_timeline;

typedef enum sfd_timeline_state {
    SFD_TIMELINE_RUN,  /* t->run is the next run */
    SFD_TIMELINE_WANT, /* wants another frame, or the end */
    SFD_TIMELINE_DONE
} sfd_timeline_state;

void sfd_timeline_init(sfd_timeline *t, bool keep_start);
void sfd_timeline_clear(sfd_timeline *t); /* frees what it holds */

/* Takes the frame over; only when a frame is wanted. */
void sfd_timeline_push(sfd_timeline *t, AVFrame *frame, int64_t tick);
void sfd_timeline_end(sfd_timeline *t, int64_t tick);

/* The next frame has another size or format: the ffmpeg program starts its filters anew then and
 * loses the frame that waits in them. */
void sfd_timeline_restart_filter(sfd_timeline *t);

/* Drops the run in hand and makes the next one. */
sfd_timeline_state sfd_timeline_next_run(sfd_timeline *t);

/* The tick that must be reached for picture `index`, which is not before n_out. Only once a run has
 * been made. */
int64_t sfd_timeline_tick_of(const sfd_timeline *t, int64_t index);

/* Forgets all frames and goes on with picture `index` >= n_out as if those before had been handed
 * out. The tick of the next frame pushed must not be after that picture's. */
void sfd_timeline_jump(sfd_timeline *t, int64_t index);

#endif
